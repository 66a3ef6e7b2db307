"""Calls in, small tidy tables out; nothing here draws."""

from retell_nb.tables.audit import audit, troubled
from retell_nb.tables.capacity.backoff import backoff
from retell_nb.tables.capacity.concurrency import concurrency
from retell_nb.tables.choosing import chosen
from retell_nb.tables.classified import classified
from retell_nb.tables.costs import costs
from retell_nb.tables.dialing import (
    attempts,
    callee_hours,
    callees,
    chains,
    destinations,
    redial,
)
from retell_nb.tables.findings.ranking import calls_of, findings
from retell_nb.tables.kpis import kpis
from retell_nb.tables.limits import limits
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.repeaters import repeaters
from retell_nb.tables.reputation.bursts import bursts
from retell_nb.tables.reputation.health import number_health
from retell_nb.tables.reputation.numbers import numbers
from retell_nb.tables.servers.llm_server import llm_server
from retell_nb.tables.servers.outages import outages
from retell_nb.tables.servers.suspicions import suspected
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.trend import hours, trend

__all__ = [
    "attempts",
    "audit",
    "backoff",
    "breakdown",
    "bursts",
    "callee_hours",
    "callees",
    "calls_of",
    "chains",
    "chosen",
    "classified",
    "concurrency",
    "costs",
    "destinations",
    "findings",
    "hours",
    "kpis",
    "limits",
    "llm_server",
    "number_health",
    "numbers",
    "outages",
    "rates",
    "redial",
    "repeaters",
    "summary",
    "suspected",
    "tally",
    "trend",
    "troubled",
]
