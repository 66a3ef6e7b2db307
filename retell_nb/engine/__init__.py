"""Counting and statistics on plain arrays; knows nothing of calls."""
