"""The closed list of what a letter is made of: slots, the placeholders each may have, what each has to say.

A voice (one theme in one language) fills the voice slots, a language fills the general ones. `things` in a slot is
always the list that slot speaks of: in `taken` what was missing, in `rescue` what is coming, and so on.
"""

from dataclasses import dataclass

MINIMUM_ALTERNATIVES = 2

#: What must be true, and said only where it is true: apology, weighing and report belong to a fault of ours.
FAULT_FACTS = frozenset({"sorry", "weighed", "inspected"})
#: Said of what is coming, of what lies in this parcel, of what comes later.
DELIVERY_FACTS = frozenset({"on_its_way", "arrived", "following"})
FACTS = FAULT_FACTS | DELIVERY_FACTS | {"thanks", "lost"}


@dataclass(frozen=True, slots=True)
class Slot:
    """What an editor may put into one slot.

    `says`: facts of which each alternative needs a word (the words stand in the language's `words.toml`).
    `may_say`: further facts it may touch. Every other fault or delivery fact is refused in it.
    `single`: exactly one text rather than alternatives.
    """

    needs: frozenset[str] = frozenset()
    allows: frozenset[str] = frozenset()
    says: frozenset[str] = frozenset()
    may_say: frozenset[str] = frozenset()
    single: bool = False

    @property
    def placeholders(self) -> frozenset[str]:
        return self.needs | self.allows


def _slot(
    needs: str = "", *, allows: str = "", says: str = "", may_say: str = "", single: bool = False
) -> Slot:
    return Slot(
        needs=frozenset(needs.split()),
        allows=frozenset(allows.split()),
        says=frozenset(says.split()),
        may_say=frozenset(may_say.split()),
        single=single,
    )


_CAST = "villain hero set_name"

VOICE_SLOTS: dict[str, Slot] = {
    "greeting": _slot("name"),
    "taken": _slot("villain things", allows="hero set_name"),
    "broken": _slot("villain things", allows="hero set_name"),
    "strayed": _slot("villain things", allows="hero set_name"),
    "rescue": _slot("hero things", allows="villain set_name", says="on_its_way"),
    "turn": _slot(allows=_CAST),
    "farewell": _slot(allows=_CAST),
    "builder_child": _slot("builder", allows=_CAST),
}

GENERAL_SLOTS: dict[str, Slot] = {
    "subject": _slot("set_name", allows="set_num hero"),
    "thanks": _slot("set_name set_num", says="thanks"),
    "again": _slot(says="thanks"),
    "sorry": _slot(says="sorry"),
    "weighed": _slot(says="weighed"),
    "inspected": _slot(says="inspected"),
    "lost_kindness": _slot(says="lost"),
    "lost_too": _slot("things", says="lost"),
    "packing_note": _slot(),
    "arrived": _slot("hero things", says="arrived"),
    "arrived_instead": _slot("hero things", says="arrived"),
    "waiting": _slot("things", allows="hero", says="following"),
    "following": _slot("things", allows="hero", says="following"),
    "substituted": _slot("things"),
    "left_out": _slot("things"),
    "builder_teen": _slot("builder", allows="set_name"),
    "builder_grown": _slot("builder", allows="set_name"),
    "status": _slot(),
    "signature": _slot(single=True),
    "builder_self": _slot(allows="set_name"),
}

#: How a voice calls its villain from the second time on; it may leave that out.
VILLAIN_AGAIN = "villain_again"

#: Short texts of the page itself, each exactly once. Their placeholders, by name.
PAGE_WORDS: dict[str, Slot] = {
    "page.order": _slot("number", single=True),
    "page.set": _slot("set_num", single=True),
    "page.items": _slot(single=True),
    "page.scan": _slot(single=True),
    "page.bag": _slot("label", single=True),
    "page.element": _slot("element", single=True),
    "page.part": _slot("part", single=True),
    "page.times": _slot("count", single=True),
    "page.following": _slot(single=True),
    "page.substituted": _slot(single=True),
    "page.left_out": _slot(single=True),
    "page.friend": _slot(single=True),
    "page.number": _slot("page pages", single=True),
}

#: `noun.<first word of the piece's name>.<plural category>`; these must be there, a language may have more.
NEEDED_NOUNS: dict[str, Slot] = {
    "noun.bag.one": _slot("labels", single=True),
    "noun.bag.other": _slot("labels", single=True),
    "noun.bags.other": _slot("count", single=True),
    "noun.piece.one": _slot("color", allows="count", single=True),
    "noun.piece.other": _slot("color count", single=True),
    "noun.plain.one": _slot(allows="count", single=True),
    "noun.plain.other": _slot("count", single=True),
}
MORE_NOUNS = _slot("color", allows="count", single=True)
WORD = _slot(single=True)


PLURAL_CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})
NEEDED_WORDS = frozenset(PAGE_WORDS) | frozenset(NEEDED_NOUNS) | {f"fact.{fact}" for fact in FACTS}


def word_slot(name: str) -> Slot | None:
    """The rules for an entry of a language's `words.toml`, or None where there is no such entry."""
    if name in PAGE_WORDS:
        return PAGE_WORDS[name]
    if name in NEEDED_NOUNS:
        return NEEDED_NOUNS[name]
    group, _, rest = name.partition(".")
    if group == "noun" and rest.count(".") == 1 and rest.rsplit(".", 1)[1] in PLURAL_CATEGORIES:
        return MORE_NOUNS
    if group == "color" and rest:
        return WORD
    if group == "fact" and rest in FACTS:
        return Slot()
    if name == "numbers.words":
        return Slot()
    return None
