"""What a question says: rounds, processes, parties, places, periods, sources, and topics."""
