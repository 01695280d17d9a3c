"""Tests of ``bot.rounds.showing``."""
