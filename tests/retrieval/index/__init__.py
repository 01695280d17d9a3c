"""Tests of ``retrieval.index``."""
