"""Tests of ``bot.backup``."""
