"""Tests of ``retrieval.evaluation``."""
