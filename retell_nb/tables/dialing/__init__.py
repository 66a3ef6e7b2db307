"""Dialing: whom outbound calls went to, at what hour, how often, and whom to call again."""
