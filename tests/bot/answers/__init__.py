"""Tests of ``bot.answers``."""
