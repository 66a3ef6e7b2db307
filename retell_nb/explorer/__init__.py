"""The explorer: look at calls by choosing, down to the single call."""

from retell_nb.explorer.exploring import Explorer, explore

__all__ = ["Explorer", "explore"]
