"""One call under the glass: what its record says, and what speaks for how it ended."""
