"""A page of pieces by the framework's own serializers and cursors, over the same tables as ours."""

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from rest_framework import generics, pagination, serializers

from catalog.models import Bag, Color, Content, Element, Part, Piece


def shown(model: type, *names: str) -> type[serializers.ModelSerializer[Any]]:
    """A serializer of some columns of a table."""
    meta = type("Meta", (), {"model": model, "fields": names})
    return type(f"{model.__name__}Serializer", (serializers.ModelSerializer,), {"Meta": meta})


class PieceSerializer(serializers.ModelSerializer[Piece]):
    part = shown(Part, "part_num", "name", "category")()
    color = shown(Color, "id", "name", "rgb")()
    elements = shown(Element, "element_id")(many=True)

    class Meta:
        model = Piece
        fields = ("part", "color", "elements", "weight_mg", "image_url")


class ContentSerializer(serializers.ModelSerializer[Content]):
    piece = PieceSerializer()
    bag = shown(Bag, "label")()

    class Meta:
        model = Content
        fields = ("piece", "bag", "quantity", "is_spare", "minifig")


class ByNumber(pagination.CursorPagination):
    page_size = 50
    ordering = "pk"


class Pieces(generics.ListAPIView[Content]):
    serializer_class = ContentSerializer
    pagination_class = ByNumber

    def get_queryset(self) -> QuerySet[Content]:
        rows = Content.objects.filter(inventory__set__set_num=self.kwargs["set_num"])
        return rows.select_related("piece__part", "piece__color", "bag").prefetch_related("piece__elements")


urlpatterns = [path("api/v1/sets/<set_num>/pieces/", Pieces.as_view())]
