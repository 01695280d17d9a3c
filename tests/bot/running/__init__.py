"""Tests of ``bot.running.root``."""
