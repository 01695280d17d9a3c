"""Tests of ``bot.feedback.judging``."""
