"""What the warehouse does by hand: picking, putting back, counting, stock files."""
