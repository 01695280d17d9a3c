"""Documents as immutable canonical text with exact offsets. Knows nothing of vectors or of Telegram."""
