"""Search for sets and pieces, and its index."""
