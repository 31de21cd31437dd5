"""Reads what a caller sends: strict JSON, and a body against a serializer, with every problem at once.

A serializer declares a body once, for this reader and for the OpenAPI document. The reader goes field by field instead
of calling `is_valid`, because it also needs the well-formed values of a body that has a malformed one: one answer
reports a misspelled postal code and a quantity that is not a number.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import APIException, ErrorDetail, ParseError, ValidationError
from rest_framework.fields import SkipField, empty
from rest_framework.parsers import BaseParser

from core.refusals import Problem, Refusal
from core.text import has_control_characters

MAX_BODY_BYTES = 1_000_000
MAX_INT32 = 2**31 - 1

# DRF's codes, and ours for the same.
CODES = {
    "max_length": "too_long",
    "min_value": "out_of_range",
    "max_value": "out_of_range",
    "max_string_length": "out_of_range",
    "null": "wrong_type",
    "not_a_list": "wrong_type",
    "null_characters_not_allowed": "control_characters",
    "surrogate_characters_not_allowed": "control_characters",
}


class TooLarge(APIException):
    """413: a body larger than any use needs."""

    status_code = 413
    default_code = "too_large"
    default_detail = gettext_lazy("The request is too large.")


class StrictJSONParser(BaseParser):
    """JSON by RFC 8259: no NaN, no name twice in one object, no half characters, no endless nesting."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        raw = stream.read(MAX_BODY_BYTES + 1)
        if len(raw) > MAX_BODY_BYTES:
            raise TooLarge
        try:
            text = raw.decode("utf-8")
            data = json.loads(text, object_pairs_hook=_each_name_once, parse_constant=_refuse_constant)
            if "\\u" in text:
                json.dumps(data, ensure_ascii=False).encode()  # half a character cannot be encoded
        except (ValueError, RecursionError) as error:
            raise ParseError(_what_is_wrong(error)) from error
        return data


class _Loose(ValueError):
    """JSON that some parsers accept, each in its own way. The error's text names the fault."""


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = Counter(name for name, _value in pairs).most_common(1)[0][0]
        raise _Loose(_("The name “%(name)s” stands twice in one object.") % {"name": printable(twice)})
    return found


def _refuse_constant(name: str) -> float:
    raise _Loose(_("%(name)s is not a number in JSON.") % {"name": name})


def _what_is_wrong(error: Exception) -> str:
    if isinstance(error, _Loose):
        return str(error)
    if isinstance(error, json.JSONDecodeError):
        place = {"line": error.lineno, "column": error.colno}
        return _("This is not valid JSON from line %(line)d, column %(column)d on.") % place
    if isinstance(error, UnicodeDecodeError):
        return _("The request is not in UTF-8.")
    if isinstance(error, UnicodeEncodeError):
        return _("The request has half of a character in it.")
    if isinstance(error, RecursionError):
        return _("The request is nested too deeply.")
    return _("The request has a number with too many digits in it.")


def printable(text: str, at_most: int = 40) -> str:
    """A caller's text, cut and cleaned so that a sentence of ours can quote it."""
    return "".join(symbol for symbol in text[:at_most] if symbol.isprintable())


class Text(serializers.CharField):
    """A JSON string; a number is refused. Blanks are kept: the use case trims them, and refuses an empty text.

    `lines` allows line breaks.
    """

    default_error_messages = {
        "wrong_type": gettext_lazy("Give a string."),
        "control_characters": gettext_lazy("This holds characters that cannot be printed. Type it again."),
    }

    def __init__(self, *, lines: bool = False, **options: Any) -> None:
        self.lines = lines
        super().__init__(**{"allow_blank": True, "trim_whitespace": False, **options})

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("wrong_type")
        if has_control_characters(data, lines=self.lines):
            self.fail("control_characters")
        return data


class Whole(serializers.IntegerField):
    """A JSON number without a fraction, in the range that the database stores."""

    default_error_messages = {"wrong_type": gettext_lazy("Give a whole number.")}

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -MAX_INT32 - 1, "max_value": MAX_INT32, **options})

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            return int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("wrong_type")
        return data


class Flag(serializers.BooleanField):
    """true or false; 1 or "yes" is refused."""

    default_error_messages = {"wrong_type": gettext_lazy("Give true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("wrong_type")
        return data


class Choice(serializers.ChoiceField):
    """One of a few words; the refusal of another word lists them."""

    default_error_messages = {
        "wrong_type": gettext_lazy("Give a string."),
        "invalid_choice": gettext_lazy("Give one of %(choices)s."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("wrong_type")
        if data not in self.choices:
            message = self.error_messages["invalid_choice"]
            words = ", ".join(str(choice) for choice in self.choices if choice)
            raise ValidationError(message % {"choices": words}, code="invalid_choice")
        return data


@extend_schema_field({"type": ["string", "integer"], "maxLength": 12})  # and null, where a field allows it
class Label(serializers.Field[str, Any, str, Any]):
    """The label on a bag: `"3B"`, `"14"`, or the number 14."""

    default_error_messages = {"wrong_type": gettext_lazy("Give a string or a whole number.")}

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("wrong_type")
        return str(data)

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field(OpenApiTypes.INT)
class TypedWhole(serializers.IntegerField):
    """A whole number in the query, where every value is a string."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": -MAX_INT32 - 1, "max_value": MAX_INT32, **options})


@cache
def made(serializer: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """An instance of the serializer, made once: its fields keep no values between requests."""
    return serializer()


def read_body(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The values of a body by field name, defaults filled in. Raises Refusal `invalid` with every problem."""
    values, problems = read_partly(made(serializer), data)
    if problems:
        raise Refusal("invalid", _("The request is not valid."), problems=problems)
    return values


def read_partly(
    serializer: serializers.Serializer[Any], data: Any, pointer: str = ""
) -> tuple[dict[str, Any], list[Problem]]:
    """The well-formed values of a body by field name, and the problems of the rest. Unknown names are ignored."""
    if not isinstance(data, Mapping):
        return {}, [Problem(pointer, "wrong_type", _("Give a JSON object."))]
    values: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, field in serializer.fields.items():
        given = data.get(name, empty)
        if given is empty and isinstance(field, serializers.Serializer) and field.required:
            # The answer then names each missing field, not only the object.
            given = {}
        value, found = _read_field(field, given, f"{pointer}/{name}")
        problems.extend(found)
        if value is not empty:
            values[name] = value
    return values, problems


def _read_field(field: Any, given: Any, pointer: str) -> tuple[Any, list[Problem]]:
    if given is not empty:
        if isinstance(field, serializers.Serializer):
            return read_partly(field, given, pointer)
        if isinstance(field, serializers.ListSerializer | serializers.ListField):
            return _read_list(field, given, pointer)
    try:
        return field.run_validation(given), []
    except SkipField:
        return empty, []
    except ValidationError as error:
        return empty, list(problems_of(error.get_full_details(), pointer))


def _read_list(field: Any, given: Any, pointer: str) -> tuple[Any, list[Problem]]:
    """Every item keeps its place in the result; a malformed one is there with the values that could be read."""
    if not isinstance(given, list):
        return empty, [Problem(pointer, "wrong_type", _("Give a list."))]
    if field.max_length is not None and len(given) > field.max_length:
        detail = _("At most %(most)d fit into one request.") % {"most": field.max_length}
        return empty, [Problem(pointer, "too_many", detail)]
    values, problems = [], []
    for index, item in enumerate(given):
        value, found = _read_field(field.child, item, f"{pointer}/{index}")
        values.append(value)
        problems.extend(found)
    return values, problems


def problems_of(details: Any, pointer: str = "") -> Iterable[Problem]:
    """DRF's nested details as flat problems with JSON pointers."""
    if isinstance(details, Mapping):
        if "message" in details and isinstance(details.get("code"), str):
            code = str(details["code"])
            yield Problem(pointer, CODES.get(code, code), str(details["message"]))
            return
        for name, inner in details.items():
            own = pointer if name == "non_field_errors" else f"{pointer}/{escaped(str(name))}"
            yield from problems_of(inner, own)
    elif isinstance(details, list):
        nested = any(isinstance(inner, Mapping) and "message" not in inner for inner in details)
        for index, inner in enumerate(details):
            yield from problems_of(inner, f"{pointer}/{index}" if nested else pointer)
    elif isinstance(details, ErrorDetail):
        code = details.code or "invalid"
        yield Problem(pointer, CODES.get(code, code), str(details))


def escaped(name: str) -> str:
    """A name, escaped for a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
