"""Tests of ``bot.backup.making``."""
