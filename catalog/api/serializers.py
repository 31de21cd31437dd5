"""How sets and pieces look to programs: the serializers that declare them, and the functions that make them."""

from typing import Any

from rest_framework import serializers

from catalog.models import Color, Piece, Set
from catalog.queries import bags_of


class ThemeSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class ColorSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Rebrickable's id; -1 is unknown, 9999 is any.")
    name = serializers.CharField()
    rgb = serializers.CharField(help_text="Six hexadecimal digits.")


class SetSerializer(serializers.Serializer[Any]):
    set_num = serializers.CharField()
    name = serializers.CharField()
    year = serializers.IntegerField()
    theme = ThemeSerializer()
    num_parts = serializers.IntegerField(help_text="Without spares.")
    num_bags = serializers.IntegerField(help_text="0 while the bags are not entered.")
    image_url = serializers.CharField(allow_null=True)


class BagSerializer(serializers.Serializer[Any]):
    label = serializers.CharField(help_text="As printed on the bag.")  # type: ignore[assignment]
    num_pieces = serializers.IntegerField(help_text="Includes spares.")


class SetDetailSerializer(SetSerializer):
    bags_known = serializers.BooleanField(
        help_text="False while the bags are not entered: customers may ask for any label, and service reviews it."
    )
    bags = BagSerializer(many=True)


class PieceInSetSerializer(serializers.Serializer[Any]):
    part_num = serializers.CharField()
    color = ColorSerializer()
    element_ids = serializers.ListField(child=serializers.CharField())
    name = serializers.CharField()
    category = serializers.CharField()
    quantity = serializers.IntegerField()
    bag = serializers.CharField(
        allow_null=True, help_text="The bag's label; null if the piece lies loose, or its bag is unknown."
    )
    is_spare = serializers.BooleanField()
    minifig = serializers.CharField(
        allow_null=True, help_text="The minifig's name, if the piece is part of one."
    )
    image_url = serializers.CharField(allow_null=True)
    weight_mg = serializers.IntegerField(allow_null=True, help_text="The weight of one, in mg.")


def set_with_bags(set_: Set) -> dict[str, Any]:
    """A set and its bags."""
    bags = bags_of(set_)
    return {
        **set_summary(set_),
        "num_bags": len(bags),
        "bags_known": set_.bags_known,
        "bags": [{"label": bag.label, "num_pieces": bag.num_pieces} for bag in bags],
    }


def set_summary(set_: Set) -> dict[str, Any]:
    """A set, also as an order shows it."""
    return {
        "set_num": set_.set_num,
        "name": set_.name,
        "year": set_.year,
        "theme": {"id": set_.theme.pk, "name": set_.theme.name},
        "num_parts": set_.num_parts,
        "image_url": set_.image_url or None,
    }


def piece_summary(piece: Piece) -> dict[str, Any]:
    """A piece, also as an order shows it. The query has fetched its part, colour and elements."""
    return {
        "part_num": piece.part.part_num,
        "color": _color(piece.color),
        "element_ids": [element.element_id for element in piece.elements.all()],
        "name": piece.part.name,
    }


def _color(color: Color) -> dict[str, Any]:
    return {"id": color.pk, "name": color.name, "rgb": color.rgb}
