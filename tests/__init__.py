"""The tests: one folder a room; `running`, `e2e`, `faults` and `contract` go across them."""
