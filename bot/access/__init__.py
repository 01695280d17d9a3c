"""Who may ask: the gate, people and groups, accounts, and the limits on each."""
