"""Questions, answers, citations, and everything that the buttons under them do."""
