"""The customer's data: what is personal; export, erasure, retention; who saw it; and the links that confirm."""
