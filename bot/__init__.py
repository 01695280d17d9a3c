"""People and Telegram: settings, handlers, rendering, the store, the outbox, the local server, the command line."""
