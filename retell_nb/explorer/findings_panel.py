"""The findings on the screen: each a button that shows its calls."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.explorer.marks import safe
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.selection.filters import plain
from retell_nb.text import calls, cleaned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Finder"]

_MOST = 10


class Finder:
    r"""The findings, ranked; one that is pressed sets the filters to its calls, and says more.

    Parameters
    ----------
    jump : callable
        Called with the filters of a finding.

    Examples
    --------
    >>> finder = Finder(print)
    >>> row = {"title": "No slots left", "calls": 12, "owner": "account", "remedy": "Wait."}
    >>> row |= {"evidence": "12 of 20.", "filters": {"reason": ["concurrency_limit_reached"]}}
    >>> finder.show(pd.DataFrame([row]))
    >>> finder.buttons.box.children[0].description
    'No slots left\n12 calls · account'
    >>> finder.buttons.box.children[0].click()
    {'reason': ['concurrency_limit_reached']}
    """

    def __init__(self, jump: Callable[[dict[str, Any]], None]) -> None:
        self._jump, self._findings = jump, pd.DataFrame()
        self._open: int | None = None
        self.head = block(html="<h3>Findings</h3><p class='soft'>Searching …</p>")
        self.buttons = Buttons(self._pressed, "retell-found")
        self.told = block("retell-told")
        self.box = box([self.head, self.buttons.box], "retell-findings")

    def show(self, findings: pd.DataFrame | BaseException) -> None:
        """Show findings, or the error that looking for them met.

        Examples
        --------
        >>> finder = Finder(print)
        >>> finder.show(ValueError("no <b>"))
        >>> "no &lt;b&gt;" in finder.head.value
        True
        """
        if isinstance(findings, BaseException):
            message = escape(cleaned(f"{type(findings).__name__}: {findings}", 400))
            self.head.value = f"<h3>Findings</h3><p class='retell-trouble'>{message}</p>"
            return
        self._findings = findings.head(_MOST)
        rest = len(findings) - len(self._findings)
        more = f"; {rest} more in findings()" if rest else ""
        subtitle = f"Most recoverable calls first{more}" if len(findings) else "Nothing stands out"
        self.head.value = f"<h3>Findings</h3><p class='soft'>{subtitle}</p>"
        rows = list(self._findings.itertuples())
        self.buttons.show(list(map(_title, rows)), [cleaned(row.remedy, 300) for row in rows])

    def follow(self, made: Mapping[str, Any]) -> None:
        """Say what to do about the finding that was pressed, as long as its filters are made.

        Examples
        --------
        >>> finder = Finder(print)
        >>> row = {"title": "No slots", "calls": 12, "owner": "account", "remedy": "Wait."}
        >>> row |= {"evidence": "12 of 20.", "filters": {"reason": ["dial_busy"]}}
        >>> finder.show(pd.DataFrame([row]))
        >>> finder.buttons.box.children[0].click()
        {'reason': ['dial_busy']}
        >>> finder.follow({"reason": ["dial_busy"]})
        >>> finder.told.value[:48]
        '<p><b>What to do:</b> <bdi>Wait.</bdi></p><p cla'
        >>> finder.follow({})
        >>> finder.told.value
        ''
        """
        if self._open is not None and plain(self._findings["filters"].iloc[self._open]) != made:
            self._open = None
        self.told.value = "" if self._open is None else _more(self._findings.iloc[self._open])
        shown(self.told, yes=self.told.value)

    def _pressed(self, place: int) -> None:
        self._open = place
        self._jump(dict(self._findings["filters"].iloc[place]))


def _title(row: Any) -> str:
    """What a finding says, how many calls it hit, and who can fix it."""
    owner = cleaned(row.owner).replace("_", " ")
    return f"{cleaned(row.title, 160)}\n{calls(row.calls)} · {owner}"


def _more(row: pd.Series[Any]) -> str:
    """What to do about a finding, and what tells of it."""
    remedy, evidence = safe(row["remedy"]), safe(row["evidence"])
    return f"<p><b>What to do:</b> {remedy}</p><p class='soft'>{evidence}</p>"
