"""Tests of ``bot.subscriptions.table``."""
