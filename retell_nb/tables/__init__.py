"""Calls in, small tidy tables out; nothing here draws."""
