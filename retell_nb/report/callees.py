"""Dialing, for a report: the tables of it that hold no numbers."""

from retell_nb.tables.callees.dialing import dialing

__all__ = ["dialing"]
