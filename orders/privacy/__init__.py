"""The customer's data: export, erasure, and the links that confirm both."""
