"""Tests of ``bot.corrections``."""
