"""The index: what changed, how it is encoded and kept in segments and generations, and how they are searched."""
