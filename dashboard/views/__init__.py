"""The staff's pages. Views translate, they decide nothing."""
