"""Calls in, small tidy tables out; nothing here draws."""

from retell_nb.tables.audit import audit, troubled
from retell_nb.tables.classified import classified
from retell_nb.tables.dialing import (
    attempts,
    callee_hours,
    callees,
    chains,
    destinations,
    redial,
)
from retell_nb.tables.kpis import kpis
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.trend import hours, trend

__all__ = [
    "attempts",
    "audit",
    "breakdown",
    "callee_hours",
    "callees",
    "chains",
    "classified",
    "destinations",
    "hours",
    "kpis",
    "rates",
    "redial",
    "summary",
    "tally",
    "trend",
    "troubled",
]
