"""The CSV export of Retell's dashboard, which its header gives away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.calls.labels import plain

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

__all__ = ["is_dashboard_export"]

_LABELS = {"time", "callduration", "type", "cost", "callid", "disconnectionreason", "callstatus"}
"""What the header begins with; in its times the month comes first."""


def is_dashboard_export(labels: Iterable[Hashable]) -> bool:
    """Return whether these are the columns of an export of the dashboard.

    Examples
    --------
    >>> header = "Time,Call Duration,Type,Cost,Call ID,Disconnection Reason,Call Status,From,To"
    >>> is_dashboard_export(header.split(",")), is_dashboard_export(["Time", "Call ID"])
    (True, False)
    """
    return {plain(label) for label in labels} >= _LABELS
