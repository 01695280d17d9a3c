"""Tests of ``retrieval.summaries``."""
