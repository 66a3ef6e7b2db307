"""The pictures of `retell_nb.plots` as parts of a page: each is drawn when the page shows it.

While a page is made, another process draws them as soon as their tables are there.
"""

from __future__ import annotations

import warnings
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any

from retell_nb import tables
from retell_nb.report.page import Html
from retell_nb.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from retell_nb.engine.processes import HandOver

__all__ = ["HAND_OVER", "ready"]

HAND_OVER: ContextVar[HandOver] = ContextVar("HAND_OVER", default=lambda work: work)
"""What hands the drawing over to a process, where there is one."""


def __getattr__(word: str) -> Callable[..., Html]:
    """Return the picture of that word, which takes what that of `retell_nb.plots` takes."""
    if word not in tables.__all__:  # those are named alike
        raise AttributeError(f"no table has the name {word!r}.{did_you_mean(word, tables.__all__)}")
    return partial(_picture, word)


def _picture(word: str, table: pd.DataFrame, **options: Any) -> Html:
    return Html(HAND_OVER.get()(partial(_drawn, word, table, options)))


def _drawn(word: str, table: pd.DataFrame, options: Mapping[str, Any]) -> str:
    from retell_nb import plots  # noqa: PLC0415 - brings matplotlib
    from retell_nb.report.sections import picture  # noqa: PLC0415 - which takes these as parts

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as of signs that no font has
        return repr(picture(getattr(plots, word)(table, **options)))


def ready() -> str:
    """Bring in what draws, which takes its time, before there is anything to draw.

    Examples
    --------
    >>> ready()
    'retell_nb.plots'
    """
    from retell_nb import plots  # noqa: PLC0415 - as above

    return plots.__name__
