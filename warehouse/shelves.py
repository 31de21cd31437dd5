"""The bins, and what lies in them."""

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from catalog.text import clean_identifier
from warehouse.models import Bin


def find_bin(code: str) -> Bin | None:
    """The bin of this code, in whichever case it was typed."""
    code = code.strip()
    return (
        Bin.objects.filter(code=code).first() or Bin.objects.filter(code__iexact=code).order_by("pk").first()
    )


def bin_named(code: str) -> Bin:
    """The same; a code that is new is a new bin. The one door: `a-03-2-14` must never be a second shelf."""
    return find_bin(code) or Bin.objects.get_or_create(code=code.strip())[0]


def list_bins(beginning: str) -> QuerySet[Bin]:
    """The bins whose code begins so, with how many kinds and how many things lie in each."""
    return (
        Bin.objects.filter(code__istartswith=clean_identifier(beginning))
        .annotate(
            kinds=Count("levels", filter=Q(levels__on_hand__gt=0)),
            things=Coalesce(Sum("levels__on_hand"), 0),
            promised=Coalesce(Sum("levels__reserved"), 0),
        )
        .order_by("code")
    )
