"""Tests of ``bot.preferences.table``."""
