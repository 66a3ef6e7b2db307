"""How good evidence is."""

__all__ = ["GRADES"]

GRADES = {
    "observed": "in the record",
    "classified": "what Retell or the vocabulary makes of it",
    "unproven": "a guess, with what would prove it",
}
"""How good evidence is, and what that means."""
