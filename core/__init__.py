"""What every room stands on and no room's nouns: jobs, refusals, API defaults, idempotency, codes."""
