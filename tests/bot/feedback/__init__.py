"""Tests of ``bot.feedback``."""
