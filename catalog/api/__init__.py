"""The catalogue by REST: sets, corrections, imports."""
