"""Tests of ``retrieval.encoders``."""
