"""The customer's pages: forms, tracking, timeline and the views."""
