"""The audit log: a chain of entries, and what is written into it."""
