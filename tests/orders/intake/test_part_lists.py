"""A pasted or uploaded list is matched against the set, and what does not match is reported line by line."""

from collections import Counter

import pytest

from orders.intake.part_lists import MAX_ROWS, match_list, read_list
from tests.cast import SmallSet, small_set

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "300121,2\n3024,71,1",
        "300121;2\r\n3024;71;1\r\n",
        "300121\t2\n3024\t71\t1",
        "300121 2\n3024 71 1",
        "۳۰۰۱۲۱،۲\n۳۰۲۴،۷۱،۱",
        "\ufeffPart,Color,Quantity,Is Spare\n3001,4,2,False\n3024,71,1,False",
        "part_num,color_id,quantity\n\n3001,4,2\n\n3024,71,1\n",
        'element_id,quantity\n"300121","2"\n',
        "Quantity;Color ID;Part Num\n2;4;3001\n1;71;3024",
    ],
    ids=["commas", "semicolons", "tabs", "blanks", "persian", "rebrickable", "api", "quoted", "other order"],
)
def test_a_list_is_read_as_people_keep_it(cantina: SmallSet, text: str) -> None:
    found = match_list(text, cantina.set)
    assert found.others == ()
    assert [(row.key, row.quantity) for row in found.matched][:1] == [("3001:4", 2)]
    assert {row.key for row in found.matched} <= {"3001:4", "3024:71"}


def test_each_line_that_does_not_fit_says_why(cantina: SmallSet) -> None:
    text = "300121,7\n999999,1\nhello\n3001,4,0\n3001,4,2\n3070b,19,many"
    found = match_list(text, cantina.set)
    assert [row.number for row in found.matched] == [5]
    assert [(row.number, row.text, str(row.problem)) for row in found.others] == [
        (1, "300121,7", "This set has only 6 of this piece."),
        (2, "999999,1", "We do not know this piece."),
        (3, "hello", "We cannot read how many."),
        (4, "3001,4,0", "Enter a number from 1 on."),
        (6, "3070b,19,many", "We cannot read how many."),
    ]


def test_a_piece_of_another_set_is_not_in_this_one(cantina: SmallSet) -> None:
    other = small_set("928-1")
    other.set.inventory.contents.filter(piece=other.grey).delete()  # type: ignore[union-attr]
    assert [str(row.problem) for row in match_list("3024,71,1", other.set).others] == [
        "This piece is not in this set."
    ]


def test_lines_add_up_with_what_is_asked_for_already(cantina: SmallSet) -> None:
    found = match_list("300121,3\n3001,4,1", cantina.set, taken=Counter({"3001:4": 3}))
    assert [row.number for row in found.matched] == [1]
    assert [row.number for row in found.others] == [2]


@pytest.mark.parametrize(
    "text", ["", "\n\n", ",,,", "Part,Color,Quantity", "\x00", '"', "," * 5000, "9" * 50_000]
)
def test_nothing_pasted_breaks_it(cantina: SmallSet, text: str) -> None:
    assert match_list(text, cantina.set).matched == ()


def test_an_endless_list_ends(cantina: SmallSet) -> None:
    rows = read_list("300121,1\n" * 2000)
    assert len(rows) == MAX_ROWS + 1
    assert rows[-1].problem


def test_a_long_list_costs_few_queries(cantina: SmallSet, django_assert_max_num_queries: object) -> None:
    text = "\n".join(["300121,1", "3024,71,1", *(f"{n},1" for n in range(100_000, 100_300))])
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        assert len(match_list(text, cantina.set).matched) == 2
