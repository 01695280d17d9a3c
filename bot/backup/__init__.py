"""Backups and restoring, encryption, and the daily copies of the store."""
