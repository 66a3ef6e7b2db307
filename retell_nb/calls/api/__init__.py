"""Retell's API: records in pages, dicts in and dicts out."""
