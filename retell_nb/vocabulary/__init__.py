"""Retell's disconnection reasons as data, and what they say of a column of reasons."""
