"""Rounds and their summaries, as messages and as files."""
