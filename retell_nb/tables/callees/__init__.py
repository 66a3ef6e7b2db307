"""Dialing: whom outbound calls went to, at what hour, how often, and whom to call again."""

from retell_nb.tables.callees.attempts import attempts, chains
from retell_nb.tables.callees.callee_hours import callee_hours
from retell_nb.tables.callees.callees import callees
from retell_nb.tables.callees.destinations import destinations
from retell_nb.tables.callees.dialing import dialing
from retell_nb.tables.callees.redial import redial

__all__ = [
    "attempts",
    "callee_hours",
    "callees",
    "chains",
    "destinations",
    "dialing",
    "redial",
]
