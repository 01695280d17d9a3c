"""Tests of ``bot.preferences``."""
