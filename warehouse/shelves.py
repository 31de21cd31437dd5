"""The bins, and what lies in them."""

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from catalog.text import clean_identifier
from core.refusals import Problem
from warehouse.models import Bin

LONGEST_BIN_CODE: int = Bin._meta.get_field("code").max_length or 0


def check_bin_code(code: str, pointer: str = "/bin") -> list[Problem]:
    """The one rule of a bin's code: printable, and no longer than its column. Returns what is wrong with this one."""
    typed = code.strip()
    if 0 < len(typed) <= LONGEST_BIN_CODE and typed.isprintable():
        return []
    return [Problem(pointer, "invalid", "Give a bin's code, such as A-03-2-14.")]


def find_bin(code: str) -> Bin | None:
    """The bin of this code, in whichever case it was typed."""
    code = code.strip()
    return (
        Bin.objects.filter(code=code).first() or Bin.objects.filter(code__iexact=code).order_by("pk").first()
    )


def bin_named(code: str) -> Bin:
    """The bin of this code, made where there is none. Only this makes bins, so `a-03-2-14` is never a second shelf."""
    return find_bin(code) or Bin.objects.get_or_create(code=code.strip())[0]


def list_bins(beginning: str) -> QuerySet[Bin]:
    """The bins whose code begins like this, with the number of kinds and of things in each."""
    return (
        Bin.objects.filter(code__istartswith=clean_identifier(beginning))
        .annotate(
            kinds=Count("levels", filter=Q(levels__on_hand__gt=0)),
            things=Coalesce(Sum("levels__on_hand"), 0),
            promised=Coalesce(Sum("levels__reserved"), 0),
        )
        .order_by("code")
    )
