"""The customer's pages: asking for parts, following a request, finding its link. They translate and decide nothing."""
