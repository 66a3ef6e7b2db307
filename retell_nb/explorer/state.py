"""The state of an explorer: choices as plain data, and what they make of the calls."""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from retell_nb.explorer.choices import as_report, checked, chips, narrowed
from retell_nb.explorer.view import View, view
from retell_nb.tables.choosing import plain
from retell_nb.tables.coding import as_code

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from retell_nb.explorer.index import Index

__all__ = ["State"]

_KEPT = 32
"""Views that are remembered: who goes back, sees at once what was there."""


_NUMBERS = ("from_number", "to_number", "search")
_PSEUDONYMS = (
    "# The numbers are pseudonyms of this run; load the calls with mask=False to pass it on."
)


class State:
    """Choices on an index of calls; several states can share one index.

    Parameters
    ----------
    index : Index
    choices : mapping, optional
        As `retell_nb.tables.chosen` takes them, and `group_by`.
    source : str, optional
        Where the calls are from.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> state = State(Index(calls), {"outcome": "failed"})
    >>> state.choices, state.calls.index.tolist(), state.view.total
    ({'outcome': ['failed']}, [1], 2)
    """

    def __init__(
        self, index: Index, choices: Mapping[str, Any] | None = None, source: str | None = None
    ) -> None:
        self.index, self.source = index, source
        self.made, self.group_by = checked(index, choices or {})
        self._views: OrderedDict[str, View] = OrderedDict()

    @property
    def choices(self) -> dict[str, Any]:
        """The choices made, with `group_by`, as plain values that JSON can hold; may be set.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.choices
        {'outcome': ['failed']}
        """
        group_by = {} if self.group_by is None else {"group_by": self.group_by}
        told: dict[str, Any] = json.loads(json.dumps({**self.made, **group_by}))
        return told

    @choices.setter
    def choices(self, choices: Mapping[str, Any]) -> None:
        self.made, self.group_by = checked(self.index, choices)

    @property
    def calls(self) -> pd.DataFrame:
        """The calls in view: those that `chosen` chooses.

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
        """The tables of what is chosen.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.view.calls, state.view.total
        (1, 2)
        """
        asked = json.dumps([self.made, self.group_by])
        if asked not in self._views:
            self._views[asked] = view(self.index, self.made, self.group_by)
            while len(self._views) > _KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(asked)
        return self._views[asked]

    @property
    def said(self) -> dict[str, str]:
        """Each choice in words.

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
        """Make some choices, and take back those that are None or that have no room any more.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"reason": "dial_busy"})
        >>> state.pick({"outcome": ["failed"]})
        >>> state.choices
        {'outcome': ['failed']}
        """
        made = {**self.made, **changed}
        made = {name: value for name, value in made.items() if value is not None}
        for name in changed:
            made = narrowed(self.index, made, name)
        self.made = plain(made)

    def jump(self, choices: Mapping[str, Any]) -> None:
        """Make these choices and no other, grouped as before.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> state = State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})))
        >>> state.jump({"reason": ["dial_busy"]})
        >>> state.choices
        {'reason': ['dial_busy']}
        """
        self.made, _ = checked(self.index, choices)

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
        """The command that makes a report of the calls chosen.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> state = State(Index(calls), {"outcome": "failed"})
        >>> state.report[:29]
        'retell-nb report failure_repo'
        """
        command = as_report(self.made, self.group_by, source=self.source, tz=self.index.tz)
        hidden = self.index.calls.attrs.get("masked") and {*_NUMBERS} & {*self.made}
        return f"{command}\n{_PSEUDONYMS}" if hidden else command
