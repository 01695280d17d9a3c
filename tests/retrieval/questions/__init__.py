"""Tests of ``retrieval.questions``."""
