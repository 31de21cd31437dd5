"""Staff, roles, API keys, sign-in."""
