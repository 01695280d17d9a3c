"""Tests of ``bot.rounds``."""
