"""From a request to an accepted order: validating, placing, reviewing, changing, cancelling."""
