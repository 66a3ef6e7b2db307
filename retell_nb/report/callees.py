"""Whom to call again, for a report: counted, without the numbers."""

from retell_nb.tables.callees.decisions import decisions

__all__ = ["decisions"]
