"""The study of what the scale catches, on bags made up here: that it counts what it says it counts."""

from collections import Counter

import pytest

from bench.scale import Mould, study
from bench.scale_pages import class_names, table

pytestmark = pytest.mark.once

LIGHT, MIDDLE, HEAVY = (
    Mould("plate", 200, "measured"),
    Mould("brick", 2_300, "measured"),
    Mould("wheel", 9_000, "computed"),
)
UNWEIGHED = Mould("hose", 600, "")


def test_about_one_complete_bag_in_a_hundred_is_weighed_twice() -> None:
    found = study([Counter({LIGHT: 30, MIDDLE: 10, HEAVY: 2})], own=True, draws=4_000)
    assert found.readings == 4_000
    assert 0.005 < found.alarm_rate < 0.015


def test_a_heavy_piece_is_missed_and_a_light_one_among_many_is_not() -> None:
    found = study([Counter({LIGHT: 30, MIDDLE: 40, HEAVY: 2})], own=True, draws=300)
    missing = found.mistakes["missing"]
    assert missing.share(HEAVY.weight_class) == 1.0
    assert missing.share(LIGHT.weight_class) < 0.1
    assert missing.made == {0: 9_000, 3: 12_000, 4: 600}, "each piece of each bag in each draw"


def test_a_bag_with_an_unweighed_mould_is_checked_only_once_it_is_weighed() -> None:
    bags = [Counter({HEAVY: 2}), Counter({HEAVY: 2, UNWEIGHED: 1})]
    assert study(bags, own=False, draws=10).checked == 1
    assert study(bags, own=True, draws=10).checked == 2


def test_the_same_dice_fall_the_same_way() -> None:
    bags = [Counter({LIGHT: 3, HEAVY: 2})]
    first, second = (study(bags, own=False, draws=50) for _ in range(2))
    assert table({"as_the_data_says": first}, (250,)) == table({"as_the_data_says": second}, (250,))
    assert class_names((250, 1_000)) == ["up to 0.25 g", "0.25 to 1 g", "over 1 g"]
