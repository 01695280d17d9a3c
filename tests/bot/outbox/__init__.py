"""Tests of ``bot.outbox``."""
