"""What people think of answers, and the question sets made of it."""
