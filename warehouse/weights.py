"""What pieces weigh and how far that may be off, in mg; and weighing pieces whose weight is unknown."""

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

# How far a piece may be from its stated weight, in percent, by how the weight was found. 95 of 100 moulds are nearer.
ERROR_PERCENT = {"measured": 2.0, "computed": 5.0, "guessed": 25.0}
# Two pieces of a mould never weigh quite the same, however well their mean is known.
SPREAD_PERCENT = 1.0
MOST_TOGETHER = 1_000
HEAVIEST_MG = 2_000_000


@dataclass(frozen=True, slots=True)
class Weight:
    """A piece's weight, and how far it may be off, both in mg: 95 of 100 are nearer than `error_mg`."""

    mg: int
    error_mg: float


def weights_of(piece_ids: Iterable[int]) -> dict[int, Weight]:
    """The weights of these pieces. Pieces of unknown weight are missing from the answer.

    If the piece was weighed here and that weight still stands in the catalogue, its error is that of the weighing.
    Else the error follows from how the weight was found.
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
    """Enter what a quantity of a piece weighs together. From then on the scale can check shipments that contain it.

    The weight goes into the catalogue as a correction, which imports keep. Its error comes from the scale's, shared
    among the pieces, and the spread between pieces. Raises NotFound, Refusal `invalid`, or 409 `too_few` with how many
    are enough.
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
