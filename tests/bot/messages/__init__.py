"""Tests of ``bot.messages``."""
