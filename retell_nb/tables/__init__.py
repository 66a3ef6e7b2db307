"""Calls in, small tidy tables out; nothing here draws."""

from retell_nb.tables.audit import audit, troubled
from retell_nb.tables.choosing import chosen
from retell_nb.tables.classified import classified
from retell_nb.tables.findings.ranking import calls_of, findings
from retell_nb.tables.kpis import kpis
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.trend import hours, trend

__all__ = [
    "audit",
    "breakdown",
    "calls_of",
    "chosen",
    "classified",
    "findings",
    "hours",
    "kpis",
    "rates",
    "summary",
    "tally",
    "trend",
    "troubled",
]
