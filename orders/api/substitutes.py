"""Substitutes by REST, for a piece that a line waits for: the candidates, the offer, the customer's answer."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, caller_of, user_of
from catalog.api.serializers import piece_summary
from catalog.models import Piece
from catalog.queries import find_piece
from core.api.parsing import Text, Whole, read_body
from core.api.schema import operation
from core.api.views import id_parameter, moment, respond_once
from core.idempotency import Answer
from core.refusals import NotFound, Problem, Refusal
from orders.actors import staff
from orders.allocation.substitutes import (
    Candidate,
    answer_offer,
    candidates_of,
    is_open,
    offer_of,
    offer_substitute,
    offers_of,
)
from orders.api import examples
from orders.api.base import OrderApiView
from orders.api.serializers import PieceSerializer
from orders.mails import order_reference
from orders.models import Substitution
from orders.permissions import MayReadOrder, actor_of

OFFER_CONFLICTS = (
    "not_waiting", "not_alike", "offered_already", "wants_to_wait", "not_on_the_shelf", "erased",
)  # fmt: skip


class PieceNameSerializer(serializers.Serializer[Any]):
    part_num = Text(max_length=60)
    color_id = Whole()


class OfferRequestSerializer(serializers.Serializer[Any]):
    line = Whole(min_value=1, help_text="The id of the waiting line.")
    wanted = PieceNameSerializer(help_text="The line's piece, or the missing piece of its bag.")
    offered = PieceNameSerializer()


class AnswerRequestSerializer(serializers.Serializer[Any]):
    answer = Text(
        help_text="yes: send the other piece. no: not this one. wait: for the piece itself, and for no other. "
        "send_rest: send the rest without it."
    )


class CandidateSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(help_text="The id of the order's line.")
    wanted = PieceSerializer()
    offered = PieceSerializer()
    quantity = serializers.IntegerField()
    available = serializers.IntegerField(help_text="The quantity in stock that is not reserved.")


class OfferSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    line = serializers.IntegerField(help_text="The id of the order's line.")
    wanted = PieceSerializer()
    offered = PieceSerializer()
    quantity = serializers.IntegerField()
    offered_at = serializers.DateTimeField()
    answer = serializers.ChoiceField(["", *Substitution.Answer.values])
    answered_at = serializers.DateTimeField(allow_null=True)
    is_open = serializers.BooleanField(help_text="Whether an answer still has an effect.")


class OffersSerializer(serializers.Serializer[Any]):
    offers = OfferSerializer(many=True)


class CandidatesSerializer(serializers.Serializer[Any]):
    candidates = CandidateSerializer(many=True)


class SubstitutesView(OrderApiView):
    permission_classes = (MayReadOrder,)
    post_permission_classes = (IsService,)

    @operation(
        "getSubstitutes",
        tag="orders",
        summary="List the offers of other pieces, and the customer's answers",
        answers={200: OffersSerializer},
        refusals=[404, 410],
        scope="orders:read",
        answered={"offers": [examples.OFFER]},
    )
    def get(self, request: Request) -> Response:
        return Response({"offers": [_offer(each) for each in offers_of(self.order)]})

    @operation(
        "offerSubstitute",
        tag="orders",
        summary="Offer the customer another piece",
        description="The customer gets a mail. `substitutes/candidates/` lists the pieces that can be offered.",
        body=OfferRequestSerializer,
        answers={201: OfferSerializer},
        refusals=[404, 410],
        conflicts=OFFER_CONFLICTS,
        idempotent=True,
        scope="review",
        asked=examples.OFFER_REQUEST,
        answered=examples.OFFER,
    )
    def post(self, request: Request) -> Response:
        asked = self._asked(request)

        def work() -> Answer:
            made = offer_substitute(**asked, actor=staff(user_of(request)))
            body = _offer(offer_of(self.order, made.pk))
            return Answer(status=201, body=body, reference=order_reference(self.order))

        return respond_once(request, callers=[caller_of(request)], work=work)

    def _asked(self, request: Request) -> dict[str, int]:
        """The line and the two pieces. Raises Refusal `invalid`; NotFound for a line of another order."""
        values = read_body(OfferRequestSerializer, request.data)
        wanted, offered = _pieces(values)
        if not self.order.lines.filter(pk=values["line"]).exists():
            raise NotFound("This order has no such line.")
        return {"line_id": values["line"], "wanted_id": wanted.pk, "offered_id": offered.pk}


class CandidatesView(OrderApiView):
    permission_classes = (IsService,)

    @operation(
        "getSubstituteCandidates",
        tag="orders",
        summary="List the pieces that can be offered for the waiting lines",
        description="Only other moulds of the piece that are in stock and not reserved.",
        answers={200: CandidatesSerializer},
        refusals=[404],
        scope="review",
        answered={"candidates": [examples.CANDIDATE]},
    )
    def get(self, request: Request) -> Response:
        return Response({"candidates": [_candidate(each) for each in candidates_of(self.order)]})


class AnswerView(OrderApiView):
    permission_classes = (MayReadOrder,)

    @operation(
        "answerSubstitute",
        tag="orders",
        summary="Answer an offer of another piece",
        description="The same answer again changes nothing.",
        body=AnswerRequestSerializer,
        answers={200: OfferSerializer},
        refusals=[404, 410],
        conflicts=["answered_already", "no_longer_open"],
        parameters=[id_parameter("offer_id")],
        scope="orders:write",
        asked={"answer": "yes"},
        answered=examples.ANSWERED_OFFER,
    )
    def post(self, request: Request, offer_id: int) -> Response:
        offer = offer_of(self.order, offer_id)
        values = read_body(AnswerRequestSerializer, request.data)
        answer_offer(offer_id=offer.pk, answer=values["answer"], actor=actor_of(request))
        return Response(_offer(offer_of(self.stored_order(), offer_id)))


def _pieces(values: dict[str, Any]) -> list[Piece]:
    """The pieces wanted and offered. Raises Refusal `invalid`."""
    found, problems = [], []
    for name in ("wanted", "offered"):
        given = values[name]
        piece = find_piece(part_num=given["part_num"].strip(), color_id=given["color_id"])
        if piece is None:
            problems.append(Problem(f"/{name}", "unknown_piece", "We do not know this piece."))
        else:
            found.append(piece)
    if problems:
        raise Refusal("invalid", problems=problems)
    return found


def _candidate(found: Candidate) -> dict[str, Any]:
    return {
        "line": found.line.pk,
        "wanted": piece_summary(found.wanted),
        "offered": piece_summary(found.offered),
        "quantity": found.quantity,
        "available": found.available,
    }


def _offer(offer: Substitution) -> dict[str, Any]:
    return {
        "id": offer.pk,
        "line": offer.line_id,
        "wanted": piece_summary(offer.wanted),
        "offered": piece_summary(offer.offered),
        "quantity": offer.quantity,
        "offered_at": moment(offer.offered_at),
        "answer": offer.answer,
        "answered_at": moment(offer.answered_at),
        "is_open": not offer.answer and is_open(offer.line.order, offer.line),
    }
