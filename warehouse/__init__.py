"""What is on the shelves: bins, stock, the ledger, reservations. Knows pieces, knows no orders."""
