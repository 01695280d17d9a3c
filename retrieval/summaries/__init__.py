"""Summaries of rounds: which sentences of whose documents are quoted, and in what order."""
