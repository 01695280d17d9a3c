"""Finding and quoting: the encoder, the indexes, the generation, the answer. Knows nothing of Telegram."""
