"""Tests of ``bot.access``."""
