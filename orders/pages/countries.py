"""Countries by name in the page's language, and the fields of each country's address form."""

from dataclasses import dataclass
from functools import lru_cache

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.writing import current_language
from orders.intake.addresses import address_rules, is_country

# Where a browser names only a language, most customers who speak it live here.
HOME_OF = {"en": "US", "es": "ES", "fa": "IR"}

_AREAS = {
    "state": _("State"),
    "province": _("Province"),
    "prefecture": _("Prefecture"),
    "emirate": _("Emirate"),
    "county": _("County"),
    "department": _("Department"),
    "district": _("District"),
    "island": _("Island"),
    "parish": _("Parish"),
}
_CITIES = {"post_town": _("Post town"), "district": _("District"), "suburb": _("Suburb")}
_CODES = {"zip": _("ZIP code"), "eircode": _("Eircode"), "pin": _("PIN code")}
_FIELD_OF = {"A": ("line1", "line2"), "C": ("city",), "S": ("region",), "Z": ("postal_code",)}
_PERSIAN_ORDER = {letter: index for index, letter in enumerate("آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهی")}


@dataclass(frozen=True, slots=True)
class AddressField:
    """One field of a country's address form."""

    name: str
    label: str | Promise
    autocomplete: str
    optional: bool
    example: str = ""


@lru_cache(maxsize=8)
def country_choices(language: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country that gets mail, in the order of the language's alphabet."""
    names = Locale.parse(language).territories
    found = [(code, name) for code, name in names.items() if len(code) == 2 and is_country(code)]
    return tuple(sorted(found, key=lambda choice: _sort_key(choice[1], language)))


def country_name(code: str) -> str:
    """The country in the page's language."""
    return str(Locale.parse(current_language()).territories.get(code, code))


def likely_country(accept_language: str) -> str:
    """The country of the first browser language that names one, else where most speak the page's language."""
    for tag in accept_language.split(",")[:5]:
        region = tag.partition(";")[0].strip().rpartition("-")[2].upper()
        if len(region) == 2 and "-" in tag and is_country(region):
            return region
    return HOME_OF[current_language()]


def address_fields(country: str) -> list[AddressField]:
    """The fields of a country's addresses, in the order they are written there; a plain form for no country."""
    rules = address_rules(country)
    if rules is None:
        return [_FIELDS[name] for name in ("line1", "line2", "city", "region", "postal_code")]
    fields = []
    for letter in _letters(rules.address_format):
        for name in _FIELD_OF.get(letter, ()):
            plain = _FIELDS[name]
            required = {
                "line1": True,
                "city": "city" in rules.required_fields,
                "region": "country_area" in rules.required_fields,
                "postal_code": "postal_code" in rules.required_fields,
            }.get(name, False)
            label = {
                "city": _CITIES.get(rules.city_type, plain.label),
                "region": _AREAS.get(rules.country_area_type, plain.label),
                "postal_code": _CODES.get(rules.postal_code_type, plain.label),
            }.get(name, plain.label)
            example = next(iter(rules.postal_code_examples), "") if name == "postal_code" else ""
            fields.append(AddressField(name, label, plain.autocomplete, not required, example))
    return fields


def region_choices(country: str) -> list[str]:
    """What a state or province may be called there, each name once."""
    rules = address_rules(country)
    return list(dict.fromkeys(name for _code, name in rules.country_area_choices)) if rules else []


def _letters(address_format: str) -> list[str]:
    found = [part[0] for part in address_format.split("%")[1:] if part]
    return list(dict.fromkeys(found))


def _sort_key(name: str, language: str) -> tuple[object, ...]:
    if language == "fa":
        return tuple(_PERSIAN_ORDER.get(letter, 99) for letter in name)
    plain = name.casefold().translate(str.maketrans("áéíóúüñåãôçæ", "aeiouunaaoca"))
    return (plain,)


_FIELDS = {
    "line1": AddressField("line1", _("Street and house number"), "address-line1", False),
    "line2": AddressField("line2", _("Flat, floor, care of"), "address-line2", True),
    "city": AddressField("city", _("Town or city"), "address-level2", True),
    "region": AddressField("region", _("State, province or region"), "address-level1", True),
    "postal_code": AddressField("postal_code", _("Postal code"), "postal-code", True),
}
