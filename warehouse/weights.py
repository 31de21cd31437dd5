"""What pieces weigh and how far that may be off, in mg; and weighing those nobody has weighed yet."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.correcting import correct_weight
from catalog.models import Piece
from core.refusals import NotFound, Problem, Refusal
from warehouse.models import PieceWeight

# How far a piece may be from its stated weight, by how that was found, in parts of a hundred: 95 of 100 moulds are
# nearer than that.
ERROR_PERCENT = {"measured": 2.0, "computed": 5.0, "guessed": 25.0}
# No two pieces of a mould weigh quite the same, however well their mean is known.
SPREAD_PERCENT = 1.0
MOST_TOGETHER = 1_000
HEAVIEST_MG = 2_000_000


@dataclass(frozen=True, slots=True)
class Weight:
    """A piece's weight, and how far it may be off, both in mg: 95 of 100 are nearer than `error_mg`."""

    mg: int
    error_mg: float


def weights_of(piece_ids: Iterable[int]) -> dict[int, Weight]:
    """The weights of these pieces; those nobody knows are missing from the answer.

    A weight that was taken here and still stands in the catalogue has the error of that weighing, any other the one
    that goes with how it was found.
    """
    rows = Piece.objects.filter(pk__in=list(piece_ids), weight_mg__isnull=False).values_list(
        "pk", "weight_mg", "weight_kind", "own_weight__weight_mg", "own_weight__error_mg"
    )
    weights = {}
    for pk, mg, kind, own_mg, own_error in rows:
        if mg is not None:
            error = own_error if own_error and own_mg == mg else mg * ERROR_PERCENT[kind] / 100
            weights[pk] = Weight(mg, error)
    return weights


def weigh_piece(*, piece_id: int, count: int, total_mg: int, by: User | None) -> PieceWeight:
    """Enter what so many of a piece weigh together. From then on the scale can check parcels they lie in.

    The weight goes into the catalogue as a correction, which imports keep; its error is the scale's, shared among the
    pieces, and their own spread. Raises NotFound, Refusal `invalid`, or 409 `too_few` with how many would do.
    """
    problems = []
    if not 0 < count <= MOST_TOGETHER:
        problems.append(Problem("/count", "out_of_range", f"Give 1 to {MOST_TOGETHER} pieces."))
    if not 0 < total_mg <= HEAVIEST_MG or (count > 0 and total_mg < count):
        problems.append(Problem("/total_mg", "out_of_range", "Give what the scale says, in mg."))
    if problems:
        raise Refusal("invalid", problems=problems)
    weight_mg = max(1, round(total_mg / count))
    scale = settings.SCALE_TOLERANCE_MG / count
    if scale * 4 > weight_mg:
        enough = math.ceil(settings.SCALE_TOLERANCE_MG * 4 / weight_mg)
        detail = f"They are too light for this scale. Weigh at least {enough} of them together."
        raise Refusal("too_few", detail, problems=[Problem("/count", "too_few", detail)], status=409)
    error_mg = max(1, math.ceil(math.hypot(scale, weight_mg * SPREAD_PERCENT / 100)))
    with transaction.atomic():
        if not Piece.objects.filter(pk=piece_id).exists():
            raise NotFound("There is no such piece.")
        correct_weight(piece_id=piece_id, weight_mg=weight_mg, by=by, reason=f"{count} weighed together")
        weight, _ = PieceWeight.objects.update_or_create(
            piece_id=piece_id,
            defaults={
                "weight_mg": weight_mg,
                "error_mg": error_mg,
                "weighed_together": count,
                "by": by,
                "at": timezone.now(),
            },
        )
    return weight
