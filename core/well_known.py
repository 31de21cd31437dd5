"""What programs look for at a known place: `/robots.txt`, and `/.well-known/security.txt` (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

# The RFC asks for less than a year.
TRUE_FOR = timedelta(days=180)

# Pages about an order are not here on purpose: a search engine that may not open a page can still list its address,
# with the token in it. It opens the page, and finds `X-Robots-Tag: noindex`.
FOR_NO_ROBOT = ("/api/", "/dashboard/", "/admin/", "/sign-in/", "/account/", "/language/", "/i18n/")


@require_safe
@cache_control(public=True, max_age=24 * 3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Where a robot finds nothing for its readers."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in FOR_NO_ROBOT)]
    return _text(lines)


@require_safe
@cache_control(public=True, max_age=24 * 3600)
def security_txt(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness. `Expires` moves on by itself: the setting is checked at each start."""
    contact = settings.SECURITY_CONTACT
    uri = contact if contact.startswith(("https://", "mailto:", "tel:")) else f"mailto:{contact}"
    expires = datetime.combine(timezone.now().date() + TRUE_FOR, time.min, UTC)
    return _text(
        [
            f"Contact: {uri}",
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
            "Preferred-Languages: en, es",
            f"Canonical: {settings.SITE_URL}{reverse('core:security_txt')}",
        ]
    )


def _text(lines: list[str]) -> HttpResponse:
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; charset=utf-8")
