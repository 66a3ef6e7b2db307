"""`.retell` of dask frames and Series: names and delegation, as for pandas."""

from __future__ import annotations

import inspect
from functools import wraps
from typing import TYPE_CHECKING, Any, NoReturn

from dask.dataframe.extensions import register_dataframe_accessor, register_series_accessor

from retell_nb import tables
from retell_nb.accessors import CallsAccessor, ReasonsAccessor
from retell_nb.calls.facts import TIMES
from retell_nb.dask.arguments import Arguments
from retell_nb.dask.auditing import audit
from retell_nb.dask.columns import ENDING, READS, megabytes
from retell_nb.dask.lazy import classify, column, select

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["DaskCallsAccessor", "DaskReasonsAccessor"]

_COUNTED = """\
Computed at once. Each partition is counted where it is, and what comes from it is how often each
combination of the columns occurs. The process that asks lays them out as calls again, in about
{size} MB per million calls. Grouped by times, or by columns of many values, calls come instead.
"""

_GATHERED = """\
Computed at once, without a shuffle: people, order, durations or money take the calls themselves.
The {columns} columns that it reads, and those that it is asked to group by, come to the process
that asks, in the order of the partitions: about {size} MB per million calls, and up to three times
that while it works on them.
"""


def _lazily(word: Callable[..., Any]) -> Callable[..., Any]:
    """Return a lazy word as a method."""

    @wraps(word)
    def method(self: DaskCallsAccessor, /, *args: Any, **kwargs: Any) -> Any:
        return word(self._calls, *args, **kwargs)

    return method


def _at_once(
    word: Callable[..., pd.DataFrame], here: Callable[..., pd.DataFrame] | None = None
) -> Callable[..., pd.DataFrame]:
    """Return a table word of pandas as a method, whose docstring says what it costs.

    `here` is the word as dask calls have it, where it is another one.
    """
    reads = READS[word.__name__]

    @wraps(word)
    def method(self: DaskCallsAccessor, /, *args: Any, **kwargs: Any) -> pd.DataFrame:
        if here is not None:
            return here(self._calls, *args, **kwargs)
        table: pd.DataFrame = Arguments(self._calls, reads, args, kwargs).into(word)
        return table

    cost = (_COUNTED if reads.countable else _GATHERED).format(
        size=megabytes(reads), columns=len(reads.columns) + len(reads.present)
    )
    first, _, rest = (inspect.getdoc(word) or "").partition("\n")
    method.__doc__ = f"{first}\n\n{cost}{rest}"
    return method


def _column(name: str, *reads: str) -> property:
    """Return a column word as a property that gives a dask Series."""

    def word(self: _Words) -> Any:
        return column(self._calls, name, ("disconnection_reason", *reads))

    first = (inspect.getdoc(getattr(CallsAccessor, name)) or "").partition("\n")[0]
    word.__doc__ = f"{first} Lazy."
    return property(word)


class _Words:
    """The column words of the vocabulary."""

    _calls: Any

    answered = _column("answered", *ENDING)
    category = _column("category", *ENDING)
    expected = _column("expected", *ENDING)
    meaning = _column("meaning", *ENDING)
    outcome = _column("outcome", *ENDING)
    owner = _column("owner", *ENDING)
    reason = _column("reason", *ENDING)
    remedy = _column("remedy", *ENDING)
    retry = _column("retry", *ENDING)
    stage = _column("stage", *ENDING)
    status = _column("status", *ENDING)


@register_series_accessor("retell")
class DaskReasonsAccessor(_Words):
    """Column words of a dask Series of disconnection reasons; lazy.

    Raises
    ------
    AttributeError
        If the Series holds numbers, times or truth values, which are no reasons.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> reasons = dd.from_pandas(pd.Series(["Dial no answer"]), npartitions=1)
    >>> reasons.retell.outcome.compute().tolist()
    ['not_reached']
    """

    def __init__(self, reasons: Any) -> None:
        ReasonsAccessor(reasons._meta_nonempty)  # noqa: SLF001 - which refuses what holds no reasons
        self._calls = reasons


@register_dataframe_accessor("retell")
class DaskCallsAccessor(_Words):
    """Words of a dask frame of calls: columns are lazy, tables are computed and those of pandas.

    Tables are exactly what the same word gives of the calls as one frame of pandas. What is asked
    for as a column (`by`, `of`, `among`) may be a dask Series of the same frame; a function of the
    calls, such as business hours, is called on each partition. Calls to compare with may be a
    frame of pandas or of dask.

    Raises
    ------
    AttributeError
        If the frame has no column `disconnection_reason`, or the word takes calls in memory.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup", "dial_busy"]})
    >>> dd.from_pandas(calls, npartitions=2).retell.tally("outcome")
           outcome  calls     share
    0  not_reached      2  0.666667
    1    completed      1  0.333333
    """

    def __init__(self, calls: Any) -> None:
        CallsAccessor(calls._meta)  # noqa: SLF001 - which refuses what holds no calls
        self._calls = calls

    country = _column("country", "to_number")
    when = _column("when", *TIMES)

    classify = _lazily(classify)
    select = _lazily(select)

    attempts = _at_once(tables.attempts)
    audit = _at_once(tables.audit, audit)
    backoff = _at_once(tables.backoff)
    breakdown = _at_once(tables.breakdown)
    bursts = _at_once(tables.bursts)
    callee_hours = _at_once(tables.callee_hours)
    change_points = _at_once(tables.change_points)
    compare = _at_once(tables.compare)
    concurrency = _at_once(tables.concurrency)
    control_chart = _at_once(tables.control_chart)
    costs = _at_once(tables.costs)
    decompose = _at_once(tables.decompose)
    destinations = _at_once(tables.destinations)
    explain = _at_once(tables.explain)
    findings = _at_once(tables.findings)
    hours = _at_once(tables.hours)
    kpis = _at_once(tables.kpis)
    llm_server = _at_once(tables.llm_server)
    numbers = _at_once(tables.numbers)
    outages = _at_once(tables.outages)
    rates = _at_once(tables.rates)
    redial = _at_once(tables.redial)
    silence = _at_once(tables.silence)
    summary = _at_once(tables.summary)
    tally = _at_once(tables.tally)
    time_limits = _at_once(tables.time_limits)
    transfers = _at_once(tables.transfers)
    trend = _at_once(tables.trend)

    def __getattr__(self, name: str) -> NoReturn:
        if name == "plot" or (not name.startswith("_") and hasattr(CallsAccessor, name)):
            raise AttributeError(
                f"calls.retell.{name} takes calls in memory. Use calls.compute().retell.{name}, "
                "after calls.retell.select(...) where they are many; a table of this accessor is "
                "drawn by the picture of its name in retell_nb.plots."
            )
        raise AttributeError(f"dask calls have no word {name!r}.")

    def __repr__(self) -> str:
        names = ", ".join(name for name in dir(type(self)) if not name.startswith("_"))
        return f"Calls in {self._calls.npartitions} partitions. After calls.retell.: {names}"
