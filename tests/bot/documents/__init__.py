"""Tests of ``bot.documents``."""
