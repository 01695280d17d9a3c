"""Tests of ``bot.subscriptions``."""
