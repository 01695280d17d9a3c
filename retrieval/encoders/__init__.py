"""Texts to vectors: the models, how they are exported and served, and their tokens."""
