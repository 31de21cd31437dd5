"""How a letter names the items: “bag 14 and two red plates” in a sentence, and line by line in a list."""

from collections import Counter
from collections.abc import Sequence

from core.writing import write_number
from notifications.letters.facts import AskedItem
from notifications.letters.voicebook import Phrases
from notifications.wording import (
    isolate_code,
    isolate_name,
    plural_category,
    write_list,
)

#: A sentence counts more items than these instead of naming them; the list below it still names everything.
MOST_BAGS_NAMED = 6
MOST_PIECES_NAMED = 3


def name_items(items: Sequence[AskedItem], words: Phrases, language: str) -> str:
    """The items as one list inside a sentence: bags by label, pieces by number, kind and colour."""
    parts: list[str] = []
    labels = list(dict.fromkeys(item.label for item in items if item.kind == "bag"))
    if labels:
        parts.append(_name_bags(labels, words, language))
    groups: Counter[tuple[str, str]] = Counter()
    for item in items:
        if item.kind == "piece":
            groups[(_noun_for(item.label, words), item.color_name)] += item.quantity
    if len(groups) > MOST_PIECES_NAMED:
        parts.append(_name_pieces("plain", "", groups.total(), words, language))
    else:
        parts += [
            _name_pieces(noun, color, count, words, language) for (noun, color), count in groups.items()
        ]
    return write_list(parts, language)


def name_item(item: AskedItem, words: Phrases, language: str) -> str:
    """One line of the list: “Bag 14”, or “2 × Plate 1 x 2, Red, element 302321”."""
    if item.kind == "bag":
        text = words["page.bag"][0].fill({"label": isolate_code(item.label, language)})
    else:
        text = isolate_code(item.label, language)
        if item.color_name:
            comma = "، " if language == "fa" else ", "
            text += comma + color_in(item.color_name, words, language)
    if item.quantity > 1 or item.kind == "piece":
        text = f"{count_of(item, words, language)} {text}"
    return text


def count_of(item: AskedItem, words: Phrases, language: str) -> str:
    """The quantity as a list shows it: “2 ×”."""
    return words["page.times"][0].fill({"count": write_number(item.quantity, language)})


def color_in(name: str, words: Phrases, language: str) -> str:
    """A colour in the letter's language; if it has no word for the colour, the catalogue's English name."""
    if known := words.get(f"color.{name.casefold()}"):
        return known[0].text
    return isolate_name(name.lower(), language)


def _name_bags(labels: list[str], words: Phrases, language: str) -> str:
    if len(labels) > MOST_BAGS_NAMED:
        return words["noun.bags.other"][0].fill({"count": write_number(len(labels), language)})
    form = "one" if len(labels) == 1 else "other"
    listed = write_list([isolate_code(label, language) for label in labels], language)
    return words[f"noun.bag.{form}"][0].fill({"labels": listed})


def _noun_for(label: str, words: Phrases) -> str:
    """The first word of the piece's name if the language has a noun for it, else `piece`."""
    first = label.split(maxsplit=1)[0].casefold().strip(",") if label.strip() else ""
    return first if f"noun.{first}.other" in words and first not in {"bag", "bags", "plain"} else "piece"


def _name_pieces(noun: str, color: str, count: int, words: Phrases, language: str) -> str:
    if not color or color.startswith("["):
        noun = "plain"
    form = f"noun.{noun}.{plural_category(count, language)}"
    phrase = words[form if form in words else f"noun.{noun}.other"][0]
    spelled = words.get("numbers.words", ())
    number = spelled[count - 1].text if 0 < count <= len(spelled) else write_number(count, language)
    return phrase.fill({"count": number, "color": color_in(color, words, language)})
