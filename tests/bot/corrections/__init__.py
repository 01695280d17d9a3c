"""Tests of ``bot.corrections.noting``."""
