"""Pictures of the tables: a table in, axes out.

Every word draws the table of the same name in `retell_nb.tables`, on the axes given or on those
of a new figure. Nothing is counted here: rows of a table may be put in order, and the smallest
ones added up under the name `other`.
"""

from retell_nb.plots.audit import audit
from retell_nb.plots.callees import attempts, callee_hours, destinations
from retell_nb.plots.capacity import backoff, concurrency
from retell_nb.plots.change import (
    change_points,
    compare,
    control_chart,
    decompose,
    explain,
    silence,
)
from retell_nb.plots.costs import costs
from retell_nb.plots.findings import findings
from retell_nb.plots.numbers import bursts, numbers
from retell_nb.plots.outages import llm_server, outages
from retell_nb.plots.rates import kpis, rates, tally
from retell_nb.plots.time_limits import time_limits
from retell_nb.plots.transfers import transfers
from retell_nb.plots.trend import hours, trend

__all__ = [
    "attempts",
    "audit",
    "backoff",
    "bursts",
    "callee_hours",
    "change_points",
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
    "silence",
    "tally",
    "time_limits",
    "transfers",
    "trend",
]
