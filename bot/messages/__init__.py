"""Messages: what an update asks, how texts become messages, and how they are sent."""
