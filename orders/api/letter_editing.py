"""Editing letters by REST: the ones that wait for service, their texts, a preview, the release."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, caller_of, user_of
from core.api.pagination import paged_rows
from core.api.parsing import Choice, Text, Whole, escaped, read_body
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, answer_once, moment
from core.idempotency import Answer
from core.refusals import Problem, Refusal
from orders.actors import staff
from orders.api import examples
from orders.api import serializers as shapes
from orders.api.base import OrderApiView
from orders.api.letters import PDF, VersionSerializer, pdf_answer, read_version, version_in_list
from orders.letters.editing import (
    LONGEST_NOTE,
    LONGEST_TEXT,
    LetterWishes,
    OpenLetter,
    change_letter,
    open_letter,
    preview_letter,
)
from orders.letters.holds import LONGEST_PRINTED, release_letter
from orders.mails import order_reference
from orders.models import Access, Letter
from orders.privacy.access_log import note_api_access

MOST_TEXTS = 60


class TroubleSerializer(serializers.Serializer[Any]):
    what = serializers.CharField(help_text="customer, builder, set, item, colour or address.")
    text = serializers.CharField()
    characters = serializers.CharField(
        help_text="The characters that our fonts lack, or the reason why it is not true."
    )


class HeldLetterSerializer(serializers.Serializer[Any]):
    order = serializers.CharField(help_text="Its number.")
    reason = serializers.ChoiceField(["unprintable", "untrue"])
    held_at = serializers.DateTimeField()
    troubles = TroubleSerializer(many=True)


class EditableTextSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field here, a property there
    composed = serializers.CharField(help_text="The text before it was changed.")
    text = serializers.CharField()


class OpenLetterSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    note = serializers.CharField()
    tone = serializers.ChoiceField(Letter.Tone.values)
    texts = EditableTextSerializer(many=True)
    is_printed = serializers.BooleanField()
    has_left = serializers.BooleanField(
        help_text="Its parcel has left, so the letter cannot change any more."
    )


class WishesSerializer(serializers.Serializer[Any]):
    version = Whole(min_value=1, help_text="The version that the caller has edited.")
    note = Text(default="", max_length=LONGEST_NOTE, lines=True, help_text="Placed before the goodbye.")
    tone = Choice(
        Letter.Tone.values, default="", help_text="serious: leaves out the theme's villain and hero."
    )
    texts = serializers.ListField(
        child=Text(max_length=LONGEST_TEXT, lines=True),
        max_length=MOST_TEXTS,
        default=list,
        help_text="All texts, in the letter's order. An empty list keeps them as they are.",
    )


class ReleaseSerializer(serializers.Serializer[Any]):
    print_as = serializers.DictField(
        child=Text(max_length=LONGEST_PRINTED),
        default=dict,
        help_text="The replacement to print for each text that cannot be printed.",
    )


class WaitingLettersView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "listWaitingLetters",
        tag="letters",
        summary="List the letters that wait for service, and why",
        description="The parcel waits with its letter.",
        answers={200: page_of(HeldLetterSerializer, "WaitingLetterPage")},
        parameters=PAGING,
        scope="letters:read",
        answered=page_example(examples.HELD),
        links={"releaseLetter": {"number": "$response.body#/results/0/order"}},
    )
    def get(self, request: Request) -> Response:
        rows = Letter.objects.exclude(held_at=None).select_related("order")
        found, links = paged_rows(request, rows, "held_at", "pk")
        note_api_access(request, Access.Kind.LETTER, [letter.order_id for letter in found])
        return Response({**links, "results": [_held(letter) for letter in found]})


class TextsView(OrderApiView):
    permission_classes = (IsService,)
    shows = Access.Kind.LETTER

    @operation(
        "openLetter",
        tag="letters",
        summary="Get a letter's texts one by one, to edit them",
        answers={200: OpenLetterSerializer},
        refusals=[404],
        scope="letters:read",
        answered=examples.OPEN_LETTER,
    )
    def get(self, request: Request) -> Response:
        return Response(_opened(open_letter(self.order)))

    @operation(
        "changeLetter",
        tag="letters",
        summary="Change a letter: a note, other sentences, a serious tone; it makes a new version",
        description="A text that is not true, or cannot be printed, is refused; the problems name each text.",
        body=WishesSerializer,
        answers={201: VersionSerializer},
        refusals=[404],
        conflicts=["letter_changed", "letter_left"],
        idempotent=True,
        scope="letters:write",
        asked=examples.WISHES,
        answered=examples.VERSION_WITH_BODY,
    )
    def post(self, request: Request) -> Response:
        values = read_body(WishesSerializer, request.data)

        def work() -> Answer:
            made = change_letter(
                order_id=self.order.pk,
                based_on=values["version"],
                wishes=_wishes(values),
                actor=staff(user_of(request)),
            )
            # Kept without its words, which are personal. A version never changes, so it can be read again.
            return Answer(status=201, body={"version": made.version}, reference=order_reference(self.order))

        answer = answer_once(request, callers=[caller_of(request)], work=work)
        found = read_version(self.order, answer.body["version"])
        return Response({**version_in_list(found), "body": found.body}, status=answer.status)


class PreviewView(OrderApiView):
    permission_classes = (IsService,)
    shows = Access.Kind.LETTER

    @operation(
        "previewLetter",
        tag="letters",
        summary="Preview the printed page; nothing is stored",
        body=WishesSerializer,
        answers=PDF,
        refusals=[404],
        scope="letters:read",
        asked=examples.WISHES,
    )
    def post(self, request: Request) -> HttpResponse:
        values = read_body(WishesSerializer, request.data)
        page = preview_letter(order=self.order, wishes=_wishes(values))
        return pdf_answer(page, f"{self.order.number}-preview.pdf")


class ReleaseView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "releaseLetter",
        tag="letters",
        summary="Release a waiting letter",
        description="The letter is composed again. It waits again if it still cannot be printed, or is not true.",
        body=ReleaseSerializer,
        answers={200: shapes.OrderSerializer},
        refusals=[404],
        conflicts=["letter_does_not_wait"],
        scope="letters:write",
        asked={"print_as": {"\U00012000": "John"}},
        answered=examples.ORDER,
    )
    def post(self, request: Request) -> Response:
        values = read_body(ReleaseSerializer, request.data)
        try:
            release_letter(order_id=self.order.pk, print_as=values["print_as"], actor=staff(user_of(request)))
        except Refusal as refusal:
            raise _pointed(refusal) from refusal
        return Response(self.detail())


def _wishes(values: dict[str, Any]) -> LetterWishes:
    return LetterWishes(note=values["note"], tone=values["tone"], texts=tuple(values["texts"]))


def _pointed(refusal: Refusal) -> Refusal:
    """The same refusal, with each problem at its place in the body: the use case names only the text."""
    problems: Iterable[Problem] = (
        Problem(f"/print_as/{escaped(each.pointer.removeprefix('/'))}", each.code, each.detail)
        for each in refusal.problems
    )
    return Refusal(refusal.code, refusal.detail, problems=list(problems), status=refusal.status)


def _opened(opened: OpenLetter) -> dict[str, Any]:
    return {
        "version": opened.version.version,
        "note": opened.note,
        "tone": opened.tone,
        "texts": [
            {"label": each.label, "composed": each.composed, "text": each.text} for each in opened.texts
        ],
        "is_printed": opened.is_printed,
        "has_left": opened.has_left,
    }


def _held(letter: Letter) -> dict[str, Any]:
    return {
        "order": letter.order.number,
        "reason": letter.hold_reason,
        "held_at": moment(letter.held_at),
        "troubles": letter.hold_detail,
    }
