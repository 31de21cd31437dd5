"""Choosing the language of the pages: sets a cookie and returns to the same page, with all that was typed."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

Rest = ParamSpec("Rest")

# Pages whose address holds a token send no referrer and so a null origin, which Django's CSRF check refuses. Leaving
# the check out is safe here: a forged request could at most change the language of the pages.
choose_language = csrf_exempt(set_language)


def asked_language(request: HttpRequest) -> str | None:
    """The language whose button was pressed inside a form: `action=language:es`."""
    action, _, code = request.POST.get("action", "").partition(":")
    return code if action == "language" and code in dict(settings.LANGUAGES) else None


def with_language_buttons(
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponse],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponse]:
    """A page whose language buttons send its form along: the page comes again in that language.

    The view shows what was typed, unchecked, when `asked_language` names a language.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        language = asked_language(request)
        if language is None:
            return view(request, *args, **kwargs)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = view(request, *args, **kwargs)
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax",
        )
        return response

    return wrapped
