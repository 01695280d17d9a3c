"""Tests of ``bot.audit``."""
