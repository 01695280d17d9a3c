"""A Telegram on loopback, in which the real bot runs unchanged: for demonstrations, the terminal and the tests."""
