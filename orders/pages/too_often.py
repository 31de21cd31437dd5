"""The page for a customer who has to wait a little: the same form, with all that they typed, and how long it takes."""

import math
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def refused_too_often(
    request: HttpRequest, template: str, context: Mapping[str, Any], error: Any
) -> HttpResponse:
    """Status 429, for a Throttled. The template includes orders/_too_often.html."""
    seconds = math.ceil(error.wait or 1)
    response = render(
        request, template, {**context, "wait_minutes": max(1, math.ceil(seconds / 60))}, status=429
    )
    response["Retry-After"] = str(seconds)
    return response
