"""Runs words of the store in processes that are killed: one line of JSON in, one status out.

Everything is imported once; each word runs in a fork. `after` is how many seconds it has to live;
the argument is the time at which all of this happens.
"""

from __future__ import annotations

import json
import multiprocessing.synchronize  # noqa: F401 - so that no fork has to, as those below
import os
import signal
import sys
import time
import traceback

import httpcore  # noqa: F401
import tqdm  # noqa: F401

import retell_nb as rn
from retell_nb.calls.api import (
    client,  # noqa: F401
    windows,
)
from retell_nb.calls.store import syncing


def run(word: str, folder: str, options: dict[str, object]) -> None:
    """Do it, and end the process."""
    code = 1
    try:
        getattr(rn, word)(folder, **options)
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is, it is told
        traceback.print_exc()
    finally:
        os._exit(code)


def serve() -> None:
    """Answer every line until there is none."""
    windows.MOST = 15
    syncing._now = lambda: int(sys.argv[1])  # noqa: SLF001 - just behind the calls
    for line in sys.stdin:
        word, folder, options, after = json.loads(line)
        began = time.monotonic()
        child = os.fork()
        if not child:
            run(word, folder, options)
        if after is not None:
            time.sleep(after)
            os.kill(child, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps([status, time.monotonic() - began]), flush=True)  # noqa: T201 - it is the answer


if __name__ == "__main__":
    serve()
