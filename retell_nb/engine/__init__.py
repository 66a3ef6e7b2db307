"""Counting and ordering of large arrays: codes, joint counts, threads. Knows nothing of calls."""
