"""The outbox, and the frame of every mail."""
