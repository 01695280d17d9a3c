"""The bot under everything that goes wrong, for long: kills, weeks of updates, a Telegram that fails, and bad input."""
