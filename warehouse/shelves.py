"""The bins, and what lies in them."""

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from catalog.text import clean_identifier
from warehouse.models import Bin


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
