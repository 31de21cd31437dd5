"""The staff's door, and each one's own account."""
