"""Topics in six languages, and which rounds of the starter briefings speak of each."""
