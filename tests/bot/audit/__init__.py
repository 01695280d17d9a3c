"""Tests of ``bot.audit.entries``."""
