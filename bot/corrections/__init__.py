"""What chats were sent and may not rely on any more, and how they are told."""
