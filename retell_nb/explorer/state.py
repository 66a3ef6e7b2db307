"""The state of an explorer: filters as plain data, and what they make of the calls."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.explorer.filters import NAMES, as_report, checked, chips, narrowed
from retell_nb.explorer.view import View, view
from retell_nb.selection.code import as_code
from retell_nb.selection.filters import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from retell_nb.explorer.index import Index

__all__ = ["State"]

_KEPT = 32
"""Views that are remembered: who goes back, sees at once what was there."""

_HIDDEN = """\
# There is no command: {selected} is selected by a pseudonym.
# Pseudonyms are made anew by every run, so a report would find none of these calls.
# Load the calls with mask=False (a notebook: -p mask false), choose again, and copy then."""
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
        cache_key = json.dumps([self.made, self.group_by])
        if cache_key not in self._views:
            self._views[cache_key] = view(self.index, self.made, self.group_by)
            while len(self._views) > _KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(cache_key)
        return self._views[cache_key]

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
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.report[:29]
        'retell-nb report failure_repo'
        """
        hidden = [NAMES.get(name, name) for name in self.made if _is_hidden(self.made[name])]
        if hidden:
            return _HIDDEN.format(selected=" and ".join(hidden))
        command = as_report(self.made, self.group_by, source=self.source, tz=self.index.tz)
        masked = self.index.calls.attrs.get("masked") and "search" in self.made
        return f"{command}\n{_PARTS}" if masked else command


def _is_hidden(value: Any) -> bool:
    """Whether a filter holds a pseudonym of a number; a search for one may be in capitals."""
    values = value if isinstance(value, list) else [f"{value[:2].upper()}{value[2:].lower()}"]
    return any(isinstance(one, str) and is_pseudonym(one) for one in values)
