"""Servers that break: one's own LLM server, the provider, Retell; when, how often, for whom."""
