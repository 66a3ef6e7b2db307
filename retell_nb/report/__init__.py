"""Parts of a page, as the notebooks use them: ``rn.report.page.table(frame)``.

`plots` draws a table that is there already, for a page; ``calls.retell.plot`` makes it anew.

>>> import retell_nb as rn
>>> calls = rn.sample_calls(2_000, seed=7)
>>> "completed" in repr(rn.report.page.table(calls.retell.tally("outcome")))
True
"""

from importlib import import_module as _import_module
from types import ModuleType as _ModuleType

__all__ = [
    "callees",
    "capacity",
    "change",
    "figures",
    "findings",
    "numbers",
    "page",
    "plots",
    "sections",
    "source",
]


def __getattr__(name: str) -> _ModuleType:
    """A part comes in when it is first used, as Jinja2 and what it writes take their time."""
    if name in __all__:
        return _import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__]
