"""The headers that every answer has, whatever made it: a page, the API, a static file, or a refusal before any view.

It is the outermost middleware, so that no answer leaves without them. What a view has set itself stays.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control

# No page of ours uses any of these: scanners type like a keyboard, and no page asks for a camera.
UNUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
}


# For forms that a stranger fills in: without it the browser forgets them, and "back" loses what was typed. Only the
# browser of who typed it may keep it.
kept_by_its_browser = cache_control(private=True, no_cache=True)


class AnswerHeaders:
    """Closes what a view left open: who may keep the answer, who may find it, who may embed it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if "Cache-Control" not in response.headers:
            patch_cache_control(response, private=True, no_store=True)
        if not may_be_found(request, response):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response


def may_be_found(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether search engines may list it: the public pages, and the files that they load."""
    if request.path.startswith(settings.STATIC_URL):
        return True
    match = request.resolver_match
    return match is not None and match.view_name in settings.PUBLIC_PAGES and response.status_code < 400
