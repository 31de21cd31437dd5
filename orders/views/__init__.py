"""The customer's pages: asking for parts, following a request, finding its link again. They translate, they decide nothing."""
