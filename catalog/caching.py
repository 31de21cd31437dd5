"""Caching of answers that depend on the catalogue alone: an ETag names them, so a repeated request costs nothing. They
are sent compressed.

The ETag covers everything that the answer is made of: the catalogue and its search index, this program, the pictures
on its disk, the language, the address. It is read before the answer is made. So an import in between makes an answer
that is out of date for the moment, never one that stays wrong. Decision 14 says what is not named and compressed.
"""

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.translation import get_language

from catalog.pictures import pictures_version
from catalog.revising import one_state, read_state

Rest = ParamSpec("Rest")
# The files that shape a page besides the catalogue.
SHAPES_PAGES = {".py", ".html", ".css", ".js", ".svg", ".mo"}
SHOWN_SETTINGS = tuple(name for name in dir(settings) if name.startswith("LIMIT_"))
VARIES_BY = ("Accept-Language", "Cookie", "Accept-Encoding", "HX-Request", "HX-History-Restore-Request")


def catalogue_version() -> str:
    """A text that changes whenever readers or searchers see a new catalogue."""
    number, indexed, changed_at = read_state()
    return f"{number}.{indexed}.{changed_at.timestamp() if changed_at else 0}"


@cache
def program_version() -> str:
    """A text that changes with this program: after an update the same catalogue may look different."""
    names = sorted(settings.BASE_DIR / app for app in settings.INSTALLED_APPS if "." not in app)
    files = [settings.BASE_DIR / "requirements.txt"]
    for folder in (*names, settings.BASE_DIR / "locale"):
        files.extend(path for path in sorted(folder.rglob("*")) if path.suffix in SHAPES_PAGES)
    return hashlib.sha256(b"".join(path.read_bytes() for path in files if path.is_file())).hexdigest()[:16]


def shown_settings() -> str:
    """A text that changes with the settings that pages show."""
    return repr([getattr(settings, name) for name in SHOWN_SETTINGS])


def catalogue_etag(*parts: str) -> str:
    """The weak ETag of an answer that depends on these parts and on the catalogue, ready for the header.

    Weak, because compressing changes the bytes but not the meaning.
    """
    made_of = "\n".join((catalogue_version(), program_version(), *parts))
    return f'W/"{hashlib.sha256(made_of.encode()).hexdigest()[:24]}"'


def is_known(request: HttpRequest, etag: str) -> bool:
    """Whether the caller already has the answer of this ETag. A W/ before either ETag makes no difference."""
    known = request.headers.get("If-None-Match", "")
    plain = etag.removeprefix("W/")
    return any(each.strip().removeprefix("W/") == plain for each in known.split(","))


def catalogue_page(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """A page, or a part of one, that all readers see alike: it differs only by language, and as whole page or htmx
    part.

    A reader with a session may see more, and a page with a CSRF token is for one reader. Both are neither cached nor
    compressed; compressing could reveal the token (BREACH).
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            return _for_one_reader(view(request, *args, **kwargs))
        with one_state():
            etag = catalogue_etag(
                pictures_version(),
                shown_settings(),
                get_language() or "",
                str(is_part(request)),
                request.get_full_path(),
            )
            if is_known(request, etag):
                return _for_all_readers(request, HttpResponseNotModified(), etag)
            response = view(request, *args, **kwargs)
        if response.cookies or request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
            return _for_one_reader(response)
        return _for_all_readers(request, response, etag)

    return wrapped


def is_part(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page. Going back in the browser's history asks for the whole page."""
    asks = request.headers.get("HX-Request") == "true"
    return asks and request.headers.get("HX-History-Restore-Request") != "true"


def _for_all_readers(request: HttpRequest, response: HttpResponse, etag: str) -> HttpResponseBase:
    patch_vary_headers(response, VARIES_BY)
    # Any cache may keep it, but asks each time, which costs one query: so readers see an import at once.
    patch_cache_control(response, public=True, no_cache=True)
    if response.status_code in (200, 304):
        response["ETag"] = etag
    return GZipMiddleware(lambda _request: response).process_response(request, response)


def _for_one_reader(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, VARIES_BY)
    patch_cache_control(response, private=True, no_store=True)
    return response
