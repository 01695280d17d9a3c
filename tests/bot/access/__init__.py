"""Tests of ``bot.access.rights``."""
