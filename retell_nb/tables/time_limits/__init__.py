"""Calls that ran into a time limit, and who does so again and again."""
