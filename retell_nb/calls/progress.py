"""A bar that shows how far it got, where somebody looks on."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["bar"]


def bar(progress: bool, *, unit: str) -> Any:  # noqa: FBT001 - the user's own word, passed on
    """Return a tqdm bar: seen on a terminal and in a notebook, and gone when it ends.

    Parameters
    ----------
    progress : bool
        False for none.
    unit : str
        What it counts.

    Examples
    --------
    >>> with bar(False, unit="calls") as shown:
    ...     shown.update(1)
    """
    from tqdm import tqdm  # noqa: PLC0415 - nothing else wants it

    visible = sys.stderr.isatty() or _in_a_notebook()
    return tqdm(
        disable=not (progress and visible), unit=f" {unit}", leave=False, dynamic_ncols=True
    )


def _in_a_notebook() -> bool:
    """Whether a kernel runs this; that somebody imported its package says nothing."""
    shell = sys.modules.get("IPython")
    return shell is not None and getattr(shell.get_ipython(), "kernel", None) is not None
