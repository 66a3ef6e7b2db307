"""A store under load for ten minutes: nothing is lost, nothing is twice, nothing grows.

    python tests/benchmarks/soak.py [--minutes 10] [--seed 18]

Eight processes sync one store from a false Retell whose calls grow and change; one process compacts
it, two read it, one reports on it, and `retell-nb report` runs beside them. Meanwhile three answers
of a hundred fail, break off or say "too many requests"; a sync is killed every few seconds; and
every fifth sync finds a disk that takes no file of more than a few kilobytes. In the end one last
sync has to make the store the truth. The exit code says whether all of it held; what is printed:

- what was done, and what was refused and why;
- for each process that was never killed: its memory (MB) and open files, early on and at the end.
"""

from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pandas as pd
import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "calls"))
from retell_server import KEY, FakeRetell, Fault, made_up_calls
from truth import assert_true

import retell_nb as rn
from retell_nb.calls.api.errors import RetellError
from retell_nb.report.digest import digest

if TYPE_CHECKING:
    from collections.abc import Callable

START = 1_772_323_200_000  # 2026-03-01, when the calls begin
MOST_CALLS = 20_000
SETTLED = 90 * 60_000  # ms; calls change for so long, and syncs go back for longer
SMALL_DISK = 8_192  # bytes that a file may have where the disk is full
GROWTH = 1.25  # of memory, and 30 MB, once a process has done all that it does
SYNCS = 8


def sync(folder: Path, turn: int, draw: random.Random) -> str:
    """Sync once, on a full disk every fifth time; a sync that cannot be done says why."""
    full = turn % 5 == 4
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    if full:
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_DISK, hard))
    try:
        rn.sync_calls(folder, start="2026-03-01", progress=False)
    except TimeoutError:
        time.sleep(draw.uniform(0, 0.2))
        return "sync: another one is writing"
    except RetellError as error:
        return f"sync: {type(error).__name__}"
    except OSError as error:
        if full and error.errno in (errno.EFBIG, errno.ENOSPC):
            return "sync: disk full"
        raise
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    return "sync: done"


def read(folder: Path, known: list[int]) -> str:
    """Read the store and count; no call is there twice, and there are never fewer than before."""
    calls = rn.read_calls(folder)
    if not calls["call_id"].is_unique:
        raise AssertionError("a call is there twice")
    if len(calls) < known[-1]:
        raise AssertionError(f"{known[-1]} calls before, {len(calls)} now")
    if calls.retell.rates("agent")["calls"].sum() != len(calls):
        raise AssertionError("the rates are of other calls")
    known[:] = [len(calls)]
    return "read"


def compact(folder: Path) -> str:
    """Make the store small."""
    try:
        rn.compact(folder)
    except TimeoutError:
        time.sleep(0.1)
        return "compact: another one is writing"
    time.sleep(5)
    return "compact: done"


def summarize(folder: Path) -> str:
    """Report on the store as text."""
    if not digest(str(folder)).startswith("Failure report"):
        raise AssertionError("no report")
    return "summary"


def report(folder: Path) -> str:
    """Report on the store as a page, as a user would."""
    command = [sys.executable, "-c", "from retell_nb.cli import main; main()", "report"]
    page = folder.parent / "report.html"
    run = subprocess.run(
        [*command, "failure_report", "-p", "source", str(folder), "-o", str(page)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise AssertionError(run.stderr)
    return "report"


def work(name: str, folder: Path, seed: int) -> None:
    """Do one thing again and again, and write what came of it, a line each."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a full disk is an error, not the end
    warnings.simplefilter("ignore")
    draw, known, turn = random.Random(seed), [0], 0  # noqa: S311 - not a secret
    do: dict[str, Callable[[], str]] = {
        "sync": lambda: sync(folder, turn, draw),
        "compact": lambda: compact(folder),
        "read": lambda: read(folder, known),
        "summary": lambda: summarize(folder),
        "report": lambda: report(folder),
    }
    with (folder.parent / f"{name}-{os.getpid()}.log").open("a") as log:
        while True:
            try:
                line = do[name.partition("-")[0]]()
            except Exception as error:  # noqa: BLE001 - any is told, and none is right
                line = f"WRONG {name}: {type(error).__name__}: {error}"
            log.write(json.dumps(line) + "\n")
            log.flush()
            turn += 1


class Soak:
    """The processes, and what is known of them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.draw = folder, random.Random(seed)  # noqa: S311 - not a secret
        self.processes: dict[str, Any] = {}
        self.kills = 0
        self.sizes: dict[str, list[tuple[float, int]]] = {}
        names = [*(f"sync-{n}" for n in range(SYNCS)), "compact", "read-0", "read-1", "summary"]
        for name in (*names, "report"):
            self.start(name)

    def start(self, name: str) -> None:
        context = multiprocessing.get_context("spawn")
        arguments = (name, self.folder, self.draw.randrange(2**32))
        self.processes[name] = context.Process(target=work, args=arguments, daemon=False)
        self.processes[name].start()

    def kill_a_sync(self) -> None:
        """Kill one of them at whatever it does; the first is left alone."""
        name = f"sync-{self.draw.randrange(1, SYNCS)}"
        self.processes[name].kill()
        self.processes[name].join()
        self.kills += 1
        self.start(name)

    def measure(self) -> None:
        """Note memory and open files of those that are never killed."""
        for name in ("sync-0", "compact", "read-0", "read-1", "summary"):
            process = psutil.Process(self.processes[name].pid)
            size = (process.memory_info().rss / 1e6, process.num_fds())
            self.sizes.setdefault(name, []).append(size)

    def stop(self) -> None:
        for process in self.processes.values():
            for child in psutil.Process(process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            process.kill()
            process.join()

    def grown(self) -> pd.DataFrame:
        """Memory and open files of each process, when all has been done once and at the end."""
        rows = []
        for name, sizes in self.sizes.items():
            some = max(1, len(sizes) // 6)
            early, late = sizes[2 * some : 3 * some] or sizes[:1], sizes[-some:]
            (mb, files), (late_mb, late_files) = (
                map(max, zip(*part, strict=True)) for part in (early, late)
            )
            flat = late_mb <= GROWTH * mb + 30 and late_files <= files + 2
            rows.append((name, mb, late_mb, files, late_files, flat))
        columns = ["process", "MB early", "MB late", "files early", "files late", "flat"]
        return pd.DataFrame(rows, columns=columns).round(0)


def faults(draw: random.Random) -> Callable[[Any], Fault | None]:
    """What goes wrong with three answers of a hundred."""
    kinds = [
        Fault(status=500), Fault(status=502), Fault(cut=200), Fault(reset=True),
        Fault(status=429, headers={"Retry-After": "0"}),
    ]  # fmt: skip
    return lambda _asked: draw.choice(kinds) if draw.random() < 0.03 else None


def feed(server: FakeRetell, soon: list[dict[str, Any]], draw: random.Random) -> None:
    """Let some calls end, and some that ended a while ago be analysed or charged anew."""
    server.put(*soon)
    latest = max(call.get("end_timestamp") or 0 for call in server.calls.values())
    late = [
        call for call in server.calls.values()
        if (call.get("end_timestamp") or 0) > latest - SETTLED
    ]  # fmt: skip
    changed = draw.sample(late, min(3, len(late)))
    server.put(*({**call, "call_cost": {"combined_cost": draw.random()}} for call in changed))


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--seed", default=18, show_default=True)
def main(minutes: float, seed: int) -> None:
    """Load a store, and print what came of it."""
    draw = random.Random(seed)  # noqa: S311 - not a secret
    made_up = made_up_calls(MOST_CALLS, seed=seed, start=START)
    first, rest = made_up[:500], made_up[500:]
    with tempfile.TemporaryDirectory() as place, FakeRetell(first) as server:
        folder = Path(place, "store")
        os.environ |= {"RETELL_API_KEY": KEY, "RETELL_BASE_URL": server.url}
        os.environ |= {"NO_PROXY": "127.0.0.1"}
        rn.sync_calls(folder, start="2026-03-01", progress=False)
        server.fault_of = faults(draw)
        soak = Soak(folder, seed)
        began, ends, turn = time.monotonic(), 60 * minutes, 0
        while (elapsed := time.monotonic() - began) < ends:
            share = min(1.0, elapsed / (0.5 * ends))  # all calls are there by half of the time
            until = int(share * len(rest))
            feed(server, rest[len(server.calls) - len(first) : until], draw)
            soak.measure()
            if turn % 3 == 2:
                soak.kill_a_sync()
            turn += 1
            time.sleep(2)
        soak.stop()
        server.fault_of = lambda _asked: None
        rn.sync_calls(folder, progress=False)
        calls = rn.read_calls(folder)
        lines = Counter(
            json.loads(line)
            for path in Path(place).glob("*.log")
            for line in path.read_text().splitlines()
            if line.endswith('"')  # one who was killed may have left half a line
        )
        lines["sync: killed"] = soak.kills
        sizes = soak.grown()
        click.echo(f"{minutes:g} minutes, seed {seed}, {len(calls):,} calls")
        for words, count in sorted(lines.items()):
            click.echo(f"{count:>8,}  {words}")
        click.echo(sizes.to_string(index=False))
        assert_true(calls, server, Path(place))
        click.echo("in the end each call is there once, as the API has it")
    wrong = [words for words in lines if words.startswith("WRONG")]
    undone = {"sync: done", "sync: disk full", "compact: done", "read", "summary"} - set(lines)
    if wrong or undone or not sizes["flat"].all():
        sys.exit(f"not held: {wrong or ''} {undone or ''}")


if __name__ == "__main__":
    main()
