"""Orders by REST: one module for each resource, serializers and examples beside them."""
