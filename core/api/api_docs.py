"""The OpenAPI document, and the page that shows it: served from our own host, without inline script."""

from functools import cache
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils import translation
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request


class SchemaView(SpectacularAPIView):
    """YAML, or JSON for a caller that sends `Accept: application/json`.

    Made once in each process: it takes most of a second, so a caller that repeats its request would delay all others.
    """

    content_negotiation_class = DefaultContentNegotiation
    throttle_classes = ()

    @method_decorator(gzip_page)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        headers = {"Content-Disposition": f'inline; filename="bag14.{renderer.format}"'}
        kind: Any = type(renderer)
        return HttpResponse(document(kind), content_type=renderer.media_type, headers=headers)


@cache
def document(renderer: type[Any]) -> bytes:
    """The document as one of the renderers writes it."""
    with translation.override("en"):
        generator: Any = SchemaView.generator_class()
        schema = generator.get_schema(public=True)
    rendered: bytes = renderer().render(schema, renderer_context={})
    return rendered


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI: its script comes from this address, its other files from the static files."""

    template_name = "core/api_docs.html"
    url_name = "schema"
    throttle_classes = ()
