"""Pictures of the tables: a table in, axes out.

Every word draws the table of the same name in `retell_nb.tables`, on the axes given or on those
of a new figure. Nothing is counted here: rows of a table may be put in order, and the smallest
ones added up under the name `other`.
"""

from retell_nb.views.plots.audit import audit
from retell_nb.views.plots.findings import findings
from retell_nb.views.plots.rates import kpis, rates, tally
from retell_nb.views.plots.trend import hours, trend

__all__ = ["audit", "findings", "hours", "kpis", "rates", "tally", "trend"]
