"""Tests of ``retrieval.evaluation.measuring``."""
