"""Measuring on sets of questions and summaries."""
