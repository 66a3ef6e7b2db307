"""The explorer: look at calls by choosing, down to the single call."""
