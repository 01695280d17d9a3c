"""What people and groups have chosen, and what is kept about them."""
