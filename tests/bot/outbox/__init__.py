"""Tests of ``bot.outbox.worker``."""
