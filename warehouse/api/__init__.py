"""Stock and bins by REST."""
