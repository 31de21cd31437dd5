"""Things picked that belong to no parcel any more: what a worker carries from a slot back to its bin, and when."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import User
from core.refusals import NotFound
from orders.models import PutBack

_SHOWN = (
    "wave",
    "level__bin",
    "level__item__piece__part",
    "level__item__piece__color",
    "level__item__bag__set",
)


def open_put_backs() -> QuerySet[PutBack]:
    """What still has to be carried back, by slot and along the bins, with all that a page shows of it."""
    return (
        PutBack.objects.filter(done_at=None)
        .select_related(*_SHOWN)
        .prefetch_related("level__item__piece__elements")
        .order_by("slot", "level__bin__code", "pk")
    )


def wave_of_lost_shipment(shipment_id: int) -> int | None:
    """The wave of a shipment that left its walk when the order ended, where something of it was picked."""
    return PutBack.objects.filter(parcel=shipment_id).values_list("wave_id", flat=True).first()


def confirm_put_back(*, put_back_id: int, wave_id: int, by: User | None) -> PutBack:
    """Note that it lies in its bin, where the books have it. Repeating this changes nothing. Raises NotFound."""
    found = PutBack.objects.select_related(*_SHOWN).filter(pk=put_back_id, wave=wave_id).first()
    if found is None:
        raise NotFound("There is nothing to carry back.")
    PutBack.objects.filter(pk=found.pk, done_at=None).update(done_at=timezone.now(), done_by=by)
    found.refresh_from_db(fields=["done_at", "done_by"])
    return found
