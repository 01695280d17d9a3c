"""A running bot: its start and end, the inbox, webhooks, logs, health and metrics."""
