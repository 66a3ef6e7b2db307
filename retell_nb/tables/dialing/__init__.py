"""Dialing: whom outbound calls went to, at what hour, how often, and whom to call again."""

from retell_nb.tables.dialing.attempts import attempts, chains
from retell_nb.tables.dialing.callees import callees
from retell_nb.tables.dialing.decisions import decisions
from retell_nb.tables.dialing.destinations import destinations
from retell_nb.tables.dialing.hours import callee_hours
from retell_nb.tables.dialing.redial import redial

__all__ = [
    "attempts",
    "callee_hours",
    "callees",
    "chains",
    "decisions",
    "destinations",
    "redial",
]
