"""The outbox: messages that are sent once, whatever happens."""
