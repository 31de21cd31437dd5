"""Search for sets and pieces, and the index it stands on."""
