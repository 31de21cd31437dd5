"""The staff's pages. Views only."""
