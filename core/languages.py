"""Choosing the language of the pages: sets a cookie and returns to the same page, with all that was typed."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language

Rest = ParamSpec("Rest")

# Characters in all fields of a customer's form together: the form shows again what was typed, up to six times as long.
# Room for the longest file with a list (orders.pages.form_actions), whose lines may all stand in a field afterwards.
MOST_TYPED = 300_000

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

    The view shows what was typed, unchecked, when `asked_language` names a language. More than anybody types is refused
    with 413.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if sum(len(text) for _name, texts in request.POST.lists() for text in texts) > MOST_TYPED:
            raise RequestDataTooBig("more than anybody types into a form")
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
