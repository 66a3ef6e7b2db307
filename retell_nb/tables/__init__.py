"""Calls in, small tidy tables out; nothing here draws."""

from retell_nb.tables.audit import audit, troubled
from retell_nb.tables.classified import classified
from retell_nb.tables.kpis import kpis
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.reputation.bursts import bursts
from retell_nb.tables.reputation.health import number_health
from retell_nb.tables.reputation.numbers import numbers
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.trend import hours, trend

__all__ = [
    "audit",
    "breakdown",
    "bursts",
    "classified",
    "hours",
    "kpis",
    "number_health",
    "numbers",
    "rates",
    "summary",
    "tally",
    "trend",
    "troubled",
]
