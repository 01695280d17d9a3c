"""Tests of ``bot.running``."""
