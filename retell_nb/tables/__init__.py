"""Calls in, small tidy tables out; nothing here draws."""

from retell_nb.selection.select import select
from retell_nb.tables.audit import audit
from retell_nb.tables.callees import attempts, callee_hours, destinations, redial
from retell_nb.tables.capacity.backoff import backoff
from retell_nb.tables.capacity.concurrency import concurrency
from retell_nb.tables.classification import classify
from retell_nb.tables.costs import costs
from retell_nb.tables.findings.findings import findings
from retell_nb.tables.kpis import kpis
from retell_nb.tables.numbers.bursts import bursts
from retell_nb.tables.numbers.numbers import numbers
from retell_nb.tables.outages.llm_server import llm_server
from retell_nb.tables.outages.outages import outages
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.time_limits.time_limits import time_limits
from retell_nb.tables.trend import hours, trend

__all__ = [
    "attempts",
    "audit",
    "backoff",
    "breakdown",
    "bursts",
    "callee_hours",
    "classify",
    "concurrency",
    "costs",
    "destinations",
    "findings",
    "hours",
    "kpis",
    "llm_server",
    "numbers",
    "outages",
    "rates",
    "redial",
    "select",
    "summary",
    "tally",
    "time_limits",
    "trend",
]
