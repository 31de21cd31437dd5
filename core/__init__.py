"""What every room uses, without any room's nouns: jobs, refusals, API defaults, idempotency, codes."""
