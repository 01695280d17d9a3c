"""Readers of file formats: from bytes to canonical text with blocks."""
