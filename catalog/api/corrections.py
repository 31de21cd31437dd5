"""Correcting the catalogue by REST: the contents of a bag, a set's facts, a piece's weight; and earlier corrections."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import IsService, caller_of, user_of
from catalog.api import examples
from catalog.api.serializers import SetDetailSerializer, set_with_bags
from catalog.api.sets import SET_NUM, live_set
from catalog.bag_entry import MAX_QUANTITY, MAX_ROWS, BagRowEntry, correct_bag, enter_bag, find_bag
from catalog.bounds import HEAVIEST_MG, MOST_PARTS_OF_A_SET, YEARS
from catalog.correcting import MAX_REASON, correct_set, correct_weight, take_back
from catalog.models import Correction, Set
from catalog.queries import find_set, known_piece
from catalog.text import clean_identifier
from core.api.pagination import paged_rows
from core.api.parsing import Flag, Text, TypedWhole, Whole, read_body
from core.api.schema import PAGING, operation, page_example, page_of
from core.api.views import ApiView, id_parameter, moment, read_query, respond_once
from core.idempotency import Answer
from core.refusals import NotFound

SCOPE = "catalogue:write"
TAG = "catalogue"
LABEL_IN_PATH = id_parameter("label", {"type": "string"}, "As printed on the bag.")


class BagRowSerializer(serializers.Serializer[Any]):
    """A quantity of a piece, by its element id, or by part and colour."""

    element_id = Text(default="", max_length=20)
    part_num = Text(default="", max_length=60)
    color_id = Whole(default=None, allow_null=True)
    quantity = Whole(min_value=1, max_value=MAX_QUANTITY)


class CorrectBagSerializer(serializers.Serializer[Any]):
    rows: serializers.ListSerializer[Any] = serializers.ListSerializer(
        child=BagRowSerializer(), max_length=MAX_ROWS
    )
    reason = Text(default="", max_length=MAX_REASON)


class EnterBagSerializer(CorrectBagSerializer):
    label = Text(max_length=12, help_text="As printed on the bag.")  # type: ignore[assignment]


class CorrectSetSerializer(serializers.Serializer[Any]):
    """Only the fields given are corrected."""

    name = Text(required=False, max_length=255)
    year = Whole(required=False, min_value=YEARS[0], max_value=YEARS[-1])
    theme = Whole(required=False, min_value=0, help_text="The theme's id.")
    num_parts = Whole(required=False, min_value=0, max_value=MOST_PARTS_OF_A_SET)
    bags_known = Flag(
        required=False, help_text="Whether all bags are entered: customers then cannot ask for others."
    )
    reason = Text(default="", max_length=MAX_REASON)


class CorrectWeightSerializer(serializers.Serializer[Any]):
    part_num = Text(max_length=60)
    color_id = Whole()
    weight_mg = Whole(min_value=1, max_value=HEAVIEST_MG, help_text="The weight of one.")
    reason = Text(default="", max_length=MAX_REASON)


class CorrectionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    set_num = serializers.CharField(allow_null=True, help_text="The corrected set, or null.")
    part_num = serializers.CharField(
        allow_null=True, help_text="With `color_id`: the corrected piece, or null."
    )
    color_id = serializers.IntegerField(allow_null=True)
    field = serializers.ChoiceField(Correction.Field.values)
    bag = serializers.CharField(allow_null=True, help_text="The label of the corrected bag, or null.")
    before = serializers.JSONField(
        help_text="May be null. A weight is `[mg, its kind]`; a bag is `[[part_num, color_id, quantity]]`."
    )
    after = serializers.JSONField(help_text="In the same form.")
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    holds = serializers.BooleanField(
        help_text="Whether it is in force. Imports keep it until it is taken back."
    )


class CorrectionsMadeSerializer(serializers.Serializer[Any]):
    made = CorrectionSerializer(many=True, help_text="Empty if the catalogue had these values already.")


class CorrectionsQuery(serializers.Serializer[Any]):
    set_num = Text(required=False, max_length=40, help_text="Only corrections of this set.")
    part_num = Text(required=False, max_length=60, help_text="Only corrections of this part's pieces.")
    color_id = TypedWhole(required=False, help_text="Only corrections of pieces in this colour.")


class EnterBagView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "enterBag",
        tag=TAG,
        summary="Enter the contents of a bag that the catalogue lacks",
        description="The pieces are taken out of the set's loose pieces, for all later requests.",
        body=EnterBagSerializer,
        answers={201: SetDetailSerializer},
        refusals=[404],
        conflicts=["bag_contents_known"],
        parameters=[SET_NUM],
        idempotent=True,
        scope="review",
        asked=examples.BAG_ROWS,
        answered=examples.SET_WITH_BAGS,
        links={"correctBag": {"set_num": "$response.body#/set_num", "label": "$response.body#/bags/0/label"}},
    )
    def post(self, request: Request, set_num: str) -> Response:
        set_ = live_set(set_num)
        values = read_body(EnterBagSerializer, request.data)

        def work() -> Answer:
            enter_bag(
                set_id=set_.pk,
                label=values["label"],
                rows=_rows(values["rows"]),
                by=user_of(request),
                reason=values["reason"],
            )
            return Answer(status=201, body=set_with_bags(live_set(set_.set_num)))

        return respond_once(request, callers=[caller_of(request)], work=work)


class CorrectBagView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "correctBag",
        tag=TAG,
        summary="Correct the contents of a bag",
        description="The rows replace the present ones. An empty list removes the bag.",
        body=CorrectBagSerializer,
        answers={200: SetDetailSerializer},
        refusals=[404],
        parameters=[SET_NUM, LABEL_IN_PATH],
        scope=SCOPE,
        asked={name: examples.BAG_ROWS[name] for name in ("rows", "reason")},
        answered=examples.SET_WITH_BAGS,
    )
    def post(self, request: Request, set_num: str, label: str) -> Response:
        set_ = _exact_set(set_num)
        bag = find_bag(set_, clean_identifier(label))
        if bag is None:
            raise NotFound
        values = read_body(CorrectBagSerializer, request.data)
        correct_bag(
            set_id=set_.pk,
            label=bag.label,
            rows=_rows(values["rows"]),
            by=user_of(request),
            reason=values["reason"],
        )
        return Response(set_with_bags(_exact_set(set_.set_num)))


class CorrectSetView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "correctSet",
        tag=TAG,
        summary="Correct a set's facts",
        description="Imports keep the corrections. The same request again changes nothing.",
        body=CorrectSetSerializer,
        answers={200: CorrectionsMadeSerializer},
        refusals=[404],
        parameters=[SET_NUM],
        scope=SCOPE,
        asked={"year": 2020, "reason": "As printed on the box"},
        answered={"made": [examples.CORRECTION]},
        links={"takeBackCorrection": {"correction_id": "$response.body#/made/0/id"}},
    )
    def post(self, request: Request, set_num: str) -> Response:
        set_ = _exact_set(set_num)
        changes = read_body(CorrectSetSerializer, request.data)
        reason = changes.pop("reason")
        made = correct_set(set_id=set_.pk, changes=changes, by=user_of(request), reason=reason)
        return Response({"made": _shown(made)})


class CorrectWeightView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "correctWeight",
        tag=TAG,
        summary="Correct a piece's weight",
        description="The scale uses it from then on, and imports keep it.",
        body=CorrectWeightSerializer,
        answers={200: CorrectionsMadeSerializer},
        refusals=[404],
        scope=SCOPE,
        asked={"part_num": "3001", "color_id": 4, "weight_mg": 2320},
        answered={"made": [examples.WEIGHT]},
        links={"takeBackCorrection": {"correction_id": "$response.body#/made/0/id"}},
    )
    def post(self, request: Request) -> Response:
        values = read_body(CorrectWeightSerializer, request.data)
        piece = known_piece(part_num=values["part_num"].strip(), color_id=values["color_id"])
        made = correct_weight(
            piece_id=piece.pk, weight_mg=values["weight_mg"], by=user_of(request), reason=values["reason"]
        )
        return Response({"made": _shown([made] if made else [])})


class CorrectionsView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "listCorrections",
        tag=TAG,
        summary="List corrections, newest first",
        answers={200: page_of(CorrectionSerializer, "CorrectionPage")},
        parameters=[CorrectionsQuery, *PAGING],
        scope=SCOPE,
        answered=page_example(examples.WEIGHT, examples.CORRECTION),
        links={"takeBackCorrection": {"correction_id": "$response.body#/results/0/id"}},
    )
    def get(self, request: Request) -> Response:
        query = read_query(CorrectionsQuery, request)
        rows = Correction.objects.all()
        if query.get("set_num"):
            set_ = find_set(query["set_num"])
            rows = rows.filter(set=set_.pk) if set_ else rows.none()
        if query.get("part_num"):
            rows = rows.filter(piece__part__part_num=clean_identifier(query["part_num"]))
        if query.get("color_id") is not None:
            rows = rows.filter(piece__color=query["color_id"])
        found, links = paged_rows(request, rows.select_related("set", "piece__part"), "-pk")
        return Response({**links, "results": [_correction(row) for row in found]})


class TakeBackView(ApiView):
    permission_classes = (IsService,)

    @operation(
        "takeBackCorrection",
        tag=TAG,
        summary="Take a correction back: the source's value counts again",
        description="Imports may change the value again. The contents of a bag cannot be taken back: correct them.",
        answers={200: CorrectionSerializer},
        refusals=[404],
        conflicts=["not_in_force", "bag_is_entered"],
        parameters=[id_parameter("correction_id")],
        scope=SCOPE,
        answered={
            **examples.CORRECTION,
            "id": 9,
            "before": 2020,
            "after": 2021,
            "reason": "",
            "holds": False,
        },
    )
    def post(self, request: Request, correction_id: int) -> Response:
        made = take_back(correction_id=correction_id, by=user_of(request))
        return Response(_shown([made])[0])


def _exact_set(set_num: str) -> Set:
    """The set by its exact number, retired or not: staff correct the set that they looked up. Raises NotFound."""
    found = Set.objects.select_related("theme").filter(set_num=clean_identifier(set_num)).first()
    if found is None:
        raise NotFound
    return found


def _rows(rows: Iterable[dict[str, Any]]) -> list[BagRowEntry]:
    return [BagRowEntry(**row) for row in rows]


def _shown(made: Iterable[Correction]) -> list[dict[str, Any]]:
    rows = Correction.objects.filter(pk__in=[each.pk for each in made]).select_related("set", "piece__part")
    return [_correction(row) for row in rows.order_by("pk")]


def _correction(row: Correction) -> dict[str, Any]:
    return {
        "id": row.pk,
        "set_num": row.set.set_num if row.set else None,
        "part_num": row.piece.part.part_num if row.piece else None,
        "color_id": row.piece.color_id if row.piece else None,
        "field": row.field,
        "bag": row.bag_label or None,
        "before": row.before,
        "after": row.after,
        "reason": row.reason,
        "at": moment(row.at),
        "holds": row.holds,
    }
