"""Subscriptions, releases and digests: which chat gets which summaries, and when."""
