"""What must hold after a run. Each module looks at one kind of promise; all of them return findings."""
