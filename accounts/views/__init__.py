"""The staff's sign-in, and each user's own account."""
