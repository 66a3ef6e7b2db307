"""Calls in, small tidy tables out; nothing here draws."""

from retell_nb.selection.select import select
from retell_nb.tables.audit import audit
from retell_nb.tables.callees import attempts, callee_hours, destinations, redial
from retell_nb.tables.capacity.backoff import backoff
from retell_nb.tables.capacity.concurrency import concurrency
from retell_nb.tables.change.change_points import change_points
from retell_nb.tables.change.compare import compare
from retell_nb.tables.change.control_chart import control_chart
from retell_nb.tables.change.decompose import decompose
from retell_nb.tables.change.explain import explain
from retell_nb.tables.change.silence import silence
from retell_nb.tables.classification import classify
from retell_nb.tables.costs import costs
from retell_nb.tables.export import to_excel
from retell_nb.tables.findings.findings import findings
from retell_nb.tables.kpis import kpis
from retell_nb.tables.numbers.bursts import bursts
from retell_nb.tables.numbers.numbers import numbers
from retell_nb.tables.outages.llm_server import llm_server
from retell_nb.tables.outages.outages import outages
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.time_limits.time_limits import time_limits
from retell_nb.tables.transfers import transfers
from retell_nb.tables.trend import hours, trend

__all__ = [
    "attempts",
    "audit",
    "backoff",
    "breakdown",
    "bursts",
    "callee_hours",
    "change_points",
    "classify",
    "compare",
    "concurrency",
    "control_chart",
    "costs",
    "decompose",
    "destinations",
    "explain",
    "findings",
    "hours",
    "kpis",
    "llm_server",
    "numbers",
    "outages",
    "rates",
    "redial",
    "select",
    "silence",
    "summary",
    "tally",
    "time_limits",
    "to_excel",
    "transfers",
    "trend",
]
