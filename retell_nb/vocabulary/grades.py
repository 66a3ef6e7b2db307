"""How good evidence is."""

__all__ = ["GRADES"]

GRADES = {
    "observed": "in the record",
    "classified": "by Retell, or by the table of reasons",
    "unproven": "a guess, with what would prove it",
}
"""How good evidence is, and what that means."""
