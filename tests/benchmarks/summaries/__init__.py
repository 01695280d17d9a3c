"""How well the summaries of the starter briefings keep to their sections, and how much of the facts they give."""
