"""What a client may send, how much of it, and how often."""
