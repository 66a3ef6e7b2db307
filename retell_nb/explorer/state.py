"""The state of an explorer: filters as plain data, and what they make of the calls."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.explorer.explanation import Explanation, explanation
from retell_nb.explorer.filters import NAMES, as_report, checked, chips, narrowed, split
from retell_nb.explorer.pages import Order
from retell_nb.explorer.view import PERIOD, View, view
from retell_nb.selection.code import as_code
from retell_nb.selection.filters import moment, plain

if TYPE_CHECKING:
    from retell_nb.explorer.index import Index

__all__ = ["Compared", "State"]

Compared: TypeAlias = "str | Mapping[str, Any] | None"

_KEPT = 32
"""Views that are remembered: who goes back, sees at once what was there."""

_HIDDEN = """\
# There is no command: {selected} is selected by a pseudonym.
# Pseudonyms are made anew by every run, so a report would find none of these calls.
# Load the calls with mask=False (a notebook: -p mask false), choose again, and copy then."""
_NO_SOURCE = """\
# There is no command: nothing says where the calls are from. Open the explorer with
# calls.retell.explore(source="export.csv"), or whatever file they are from, and copy then."""
_PARTS = "# A search for a part of a pseudonym finds nothing in a report: it has others."


class State:
    """Filters on an index of calls; several states can share one index.

    Parameters
    ----------
    index : Index
    filters : mapping, optional
        As `calls.retell.select` takes them, and `group_by`.
    source : str, optional
        Where the calls are from.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> state = State(Index(calls), {"outcome": "failed"})
    >>> state.filters, state.calls.index.tolist(), state.view.total
    ({'outcome': ['failed']}, [1], 2)
    """

    def __init__(
        self, index: Index, filters: Mapping[str, Any] | None = None, source: str | None = None
    ) -> None:
        self.index, self.source = index, source
        self.made, self.group_by = checked(index, filters or {})
        self.zoomed, self.order = False, Order()
        self._compare: Compared = None
        self._views: OrderedDict[str, View] = OrderedDict()

    @property
    def filters(self) -> dict[str, Any]:
        """The filters made, with `group_by`, as plain values that JSON can hold; may be set.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.filters
        {'outcome': ['failed']}
        """
        group_by = {} if self.group_by is None else {"group_by": self.group_by}
        copy: dict[str, Any] = json.loads(json.dumps({**self.made, **group_by}))
        return copy

    @filters.setter
    def filters(self, filters: Mapping[str, Any]) -> None:
        self.made, self.group_by = checked(self.index, filters)

    @property
    def calls(self) -> pd.DataFrame:
        """The calls in view: those that `select` gives.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> len(state.calls)
        1
        """
        return self.index.calls[self.index.mask(self.made)]

    @property
    def view(self) -> View:
        """The tables of what is selected.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.view.calls, state.view.total
        (1, 2)
        """
        return self._view_of(self.made, zoomed=self.zoomed or self.counterpart is not None)

    @property
    def alone(self) -> View:
        """The tables of what is selected, and of no time around its period.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))).alone.calls
        1
        """
        return self._view_of(self.made, zoomed=True)

    @property
    def beside(self) -> View | None:
        """The tables of the counterpart; None where nothing is compared.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "agent_id": ["a"]})
        >>> state = State(Index(calls), {"agent_id": "a"})
        >>> state.compare = {"agent_id": None}
        >>> state.beside.calls
        1
        """
        filters = self.counterpart
        return None if filters is None else self._view_of(filters, zoomed=True)

    def _view_of(self, filters: Mapping[str, Any], *, zoomed: bool) -> View:
        cache_key = json.dumps([filters, self.group_by, zoomed])
        if cache_key not in self._views:
            self._views[cache_key] = view(self.index, filters, self.group_by, zoomed=zoomed)
            while len(self._views) > _KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(cache_key)
        return self._views[cache_key]

    @property
    def compare(self) -> Compared:
        """What the view is compared with: "before", other filters, or nothing; may be set.

        "before" is the time before the period that is selected, and as long; filters are those
        that are other than in the view, None for one that it lacks.

        Raises
        ------
        ValueError
            If it is neither, or if one of the filters is not valid.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> state = State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})))
        >>> state.compare = "after"
        Traceback (most recent call last):
        ValueError: compare='after' is not valid. Write "before" for the period before, the filters
        of another selection such as {"agent_version": [7]}, or None.
        """
        return self._compare

    @compare.setter
    def compare(self, compare: object) -> None:
        if compare is not None and compare != "before" and not isinstance(compare, Mapping):
            raise ValueError(
                f'compare={compare!r} is not valid. Write "before" for the period before, the '
                'filters of another selection such as {"agent_version": [7]}, or None.'
            )
        if not isinstance(compare, Mapping):
            self._compare = "before" if compare else None
            return
        absent = {str(name): None for name, value in compare.items() if value is None}
        others, _ = checked(self.index, {k: v for k, v in compare.items() if v is not None})
        self._compare = {**absent, **others}

    @property
    def counterpart(self) -> dict[str, Any] | None:
        """The filters of what the view is compared with; None where there is nothing.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-04T09:00Z"], format="ISO8601")
        >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "start_timestamp": times})
        >>> state = State(Index(calls), {"start": "2026-03-03", "end": "2026-03-05"})
        >>> state.compare = "before"
        >>> state.counterpart
        {'start': '2026-03-01', 'end': '2026-03-03'}
        """
        if isinstance(self._compare, Mapping):
            merged = {**self.made, **self._compare}
            return {name: value for name, value in merged.items() if value is not None}
        period = self._before() if self._compare else None
        return None if period is None else {**self.made, **period}

    def _before(self) -> dict[str, str] | None:
        """The filters of the time before the period, and as long; None where it has no start."""
        last, tz = self.index.last, self.index.tz
        if "start" not in self.made or last is None:
            return None
        start, end = (  # by the clock, so that a day is as long as another
            moment(self.made[name], tz).tz_convert(tz).tz_localize(None)
            if name in self.made
            else last
            for name in PERIOD
        )
        earlier = start - (end - start)
        if earlier >= start:
            return None
        return {"start": _written(earlier), "end": self.made["start"]}

    def explain(self, *, period: bool = False) -> Explanation:
        """Return what is behind the difference from the counterpart, or from the time before.

        Parameters
        ----------
        period : bool
            Whether the period is explained, against all the time before it; where there are no
            calls before it, against the time after it.

        Raises
        ------
        ValueError
            If there is nothing to compare with.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))).explain()
        Traceback (most recent call last):
        ValueError: nothing is compared. Choose what to compare with, or select a period first.
        """
        if not period:
            if self.counterpart is None:
                raise ValueError(
                    "nothing is compared. Choose what to compare with, or select a period first."
                )
            return explanation(self.index, self.made, self.counterpart, "Counterpart")
        places = {name: value for name, value in self.made.items() if name not in PERIOD}
        if "start" in self.made:
            before = {**places, "end": self.made["start"]}
            if "end" not in self.made or self.index.mask(split(before).places).any():
                return explanation(self.index, self.made, before, "Before")
        after = {**places, "start": self.made.get("end", "")}
        return explanation(self.index, self.made, after, "After")

    @property
    def said(self) -> dict[str, str]:
        """Each filter in words.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.said
        {'outcome': 'Outcome: failed'}
        """
        return chips(self.made, self.index.agents)

    def pick(self, changed: Mapping[str, Any]) -> None:
        """Make some filters, and take back those that are None or that have no room any more.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"reason": "dial_busy"})
        >>> state.pick({"outcome": ["failed"]})
        >>> state.filters
        {'outcome': ['failed']}
        """
        merged = {**self.made, **changed}
        merged = {name: value for name, value in merged.items() if value is not None}
        for name in changed:
            merged = narrowed(self.index, merged, name)
        self.made = plain(merged)

    def jump(self, filters: Mapping[str, Any]) -> None:
        """Make these filters and no other, grouped as before.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> state = State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})))
        >>> state.jump({"reason": ["dial_busy"]})
        >>> state.filters
        {'reason': ['dial_busy']}
        """
        self.made, _ = checked(self.index, filters)

    @property
    def code(self) -> str:
        """The lines of pandas that make the same frame.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> "calls.retell.outcome.isin(['failed'])" in state.code
        True
        """
        return as_code(self.made, tz=self.index.tz)

    @property
    def report(self) -> str:
        """The command that makes a report of the calls selected.

        A pseudonym means nothing to another run: where one is selected, a comment says so instead.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"}, "sample")
        >>> state.report[:29]
        'retell-nb report failure_repo'
        """
        hidden = [NAMES.get(name, name) for name in self.made if _is_hidden(self.made[name])]
        if hidden:
            return _HIDDEN.format(selected=" and ".join(hidden))
        if self.source is None:
            return _NO_SOURCE
        source = str(Path(self.source).resolve()) if _is_path(self.source) else self.source
        command = as_report(self.made, self.group_by, source=source, tz=self.index.tz)
        masked = self.index.calls.attrs.get("masked") and "search" in self.made
        return f"{command}\n{_PARTS}" if masked else command


def _is_path(source: str) -> bool:
    """Whether a source is a file, a folder or a glob: a terminal may be in another folder."""
    try:
        return Path(source).exists() or any(sign in source for sign in "*?[/\\")
    except (OSError, ValueError):
        return False


def _written(time: pd.Timestamp) -> str:
    return f"{time:%Y-%m-%d}" if time == time.normalize() else time.isoformat()


def _is_hidden(value: Any) -> bool:
    """Whether a filter holds a pseudonym of a number; a search for one may be in capitals."""
    values = value if isinstance(value, list) else [f"{value[:2].upper()}{value[2:].lower()}"]
    return any(isinstance(one, str) and is_pseudonym(one) for one in values)
