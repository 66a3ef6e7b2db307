"""Counting, intervals and searches on plain arrays; nothing here knows Retell."""
