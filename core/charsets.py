"""Every request is read as UTF-8, whatever charset its Content-Type names.

Django decodes the query and a form with the codec of that name, as soon as it makes its request. Python has codecs that
are none for text: with `charset=rot13` no page answered.
"""

import codecs
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

# In the environ of a request that names another charset.
OTHER_CHARSET = "bag14.other_charset"


class NotUTF8(BadRequest):
    """A body in another charset. The text of the error is for the caller."""


def read_as_utf8(environ: dict[str, Any]) -> dict[str, Any]:
    """The same environ, without a charset in its content type; where that is not UTF-8, it says so to `UTF8Only`."""
    kind, *parameters = environ.get("CONTENT_TYPE", "").split(";")
    charsets = [
        each for each in parameters if each.partition("=")[0].strip().lower() in ("charset", "charset*")
    ]
    if charsets:
        environ["CONTENT_TYPE"] = ";".join([kind, *(each for each in parameters if each not in charsets)])
        if not all(_is_utf8(each.partition("=")[2].strip().strip("\"'")) for each in charsets):
            environ[OTHER_CHARSET] = True
    return environ


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name in ("utf-8", "ascii")
    except (LookupError, ValueError):
        return False


class UTF8Only:
    """Middleware. Raises NotUTF8 for a body in another charset; where nothing is sent the name does not matter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if OTHER_CHARSET in request.META and request.method not in ("GET", "HEAD"):
            raise NotUTF8(_("The request is not in UTF-8."))
        return self.get_response(request)
