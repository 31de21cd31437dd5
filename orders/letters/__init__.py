"""The cover letter of an order: its facts, when it is written, held, edited."""
