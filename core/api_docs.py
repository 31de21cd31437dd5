"""The OpenAPI document, and the page that shows it: all from our own host, without a line of inline script."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation


class SchemaView(SpectacularAPIView):
    """YAML, or JSON for who asks for it with `Accept: application/json`."""

    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = ()


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI, its script from this address and its files from the static ones."""

    template_name = "core/api_docs.html"
    url_name = "schema"
    throttle_classes = ()
