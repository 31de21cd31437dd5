"""The closed list of a letter's passages, with the placeholders and facts of each.

A voice (one theme in one language) fills the voice passages, a language fills the general ones. `things` is always the
list that the passage speaks of: in `taken` what was missing, in `rescue` what is coming, and so on.
"""

from dataclasses import dataclass

MINIMUM_ALTERNATIVES = 2

#: Facts that a letter states only if the fault is ours: apology, weighing and report.
FAULT_FACTS = frozenset({"sorry", "weighed", "inspected"})
#: Facts about what is coming, what lies in this parcel, and what comes later.
DELIVERY_FACTS = frozenset({"on_its_way", "arrived", "following"})
FACTS = FAULT_FACTS | DELIVERY_FACTS | {"thanks", "lost"}


@dataclass(frozen=True, slots=True)
class Passage:
    """The rules for the texts of one passage.

    `says`: each alternative needs a word of these facts (the words stand in the language's `words.toml`). `may_say`:
    further facts it may state. Every other fault or delivery fact is refused. `single`: exactly one text instead of
    alternatives.
    """

    needs: frozenset[str] = frozenset()
    allows: frozenset[str] = frozenset()
    says: frozenset[str] = frozenset()
    may_say: frozenset[str] = frozenset()
    single: bool = False

    @property
    def placeholders(self) -> frozenset[str]:
        return self.needs | self.allows


def _passage(
    needs: str = "", *, allows: str = "", says: str = "", may_say: str = "", single: bool = False
) -> Passage:
    return Passage(
        needs=frozenset(needs.split()),
        allows=frozenset(allows.split()),
        says=frozenset(says.split()),
        may_say=frozenset(may_say.split()),
        single=single,
    )


_CAST = "villain hero set_name"

VOICE_PASSAGES: dict[str, Passage] = {
    "greeting": _passage("name"),
    "taken": _passage("villain things", allows="hero set_name"),
    "broken": _passage("villain things", allows="hero set_name"),
    "strayed": _passage("villain things", allows="hero set_name"),
    "rescue": _passage("hero things", allows="villain set_name", says="on_its_way"),
    "turn": _passage(allows=_CAST),
    "farewell": _passage(allows=_CAST),
    "builder_child": _passage("builder", allows=_CAST),
}

GENERAL_PASSAGES: dict[str, Passage] = {
    "subject": _passage("set_name", allows="set_num hero"),
    "thanks": _passage("set_name set_num", says="thanks"),
    "again": _passage(says="thanks"),
    "sorry": _passage(says="sorry"),
    "weighed": _passage(says="weighed"),
    "inspected": _passage(says="inspected"),
    "lost_kindness": _passage(says="lost"),
    "lost_too": _passage("things", says="lost"),
    "packing_note": _passage(),
    "arrived": _passage("hero things", says="arrived"),
    "arrived_instead": _passage("hero things", says="arrived"),
    "waiting": _passage("things", allows="hero", says="following"),
    "following": _passage("things", allows="hero", says="following"),
    "substituted": _passage("things"),
    "left_out": _passage("things"),
    "builder_teen": _passage("builder", allows="set_name"),
    "builder_grown": _passage("builder", allows="set_name"),
    "status": _passage(),
    "signature": _passage(single=True),
    "builder_self": _passage(allows="set_name"),
}

#: A voice's shorter name for its villain from the second time on. A voice may leave it out.
VILLAIN_AGAIN = "villain_again"

#: Short texts of the page itself, each exactly once, with their placeholders.
PAGE_WORDS: dict[str, Passage] = {
    "page.order": _passage("number", single=True),
    "page.set": _passage("set_num", single=True),
    "page.items": _passage(single=True),
    "page.scan": _passage(single=True),
    "page.bag": _passage("label", single=True),
    "page.element": _passage("element", single=True),
    "page.part": _passage("part", single=True),
    "page.times": _passage("count", single=True),
    "page.following": _passage(single=True),
    "page.substituted": _passage(single=True),
    "page.left_out": _passage(single=True),
    "page.friend": _passage(single=True),
    "page.number": _passage("page pages", single=True),
}

#: `noun.<first word of the piece's name>.<plural category>`: every language needs these and may have more.
NEEDED_NOUNS: dict[str, Passage] = {
    "noun.bag.one": _passage("labels", single=True),
    "noun.bag.other": _passage("labels", single=True),
    "noun.bags.other": _passage("count", single=True),
    "noun.piece.one": _passage("color", allows="count", single=True),
    "noun.piece.other": _passage("color count", single=True),
    "noun.plain.one": _passage(allows="count", single=True),
    "noun.plain.other": _passage("count", single=True),
}
MORE_NOUNS = _passage("color", allows="count", single=True)
WORD = _passage(single=True)


PLURAL_CATEGORIES = frozenset({"zero", "one", "two", "few", "many", "other"})
NEEDED_WORDS = frozenset(PAGE_WORDS) | frozenset(NEEDED_NOUNS) | {f"fact.{fact}" for fact in FACTS}


def word_passage(name: str) -> Passage | None:
    """The rules for an entry of a language's `words.toml`, or None if there is no such entry."""
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
        return Passage()
    if name == "numbers.words":
        return Passage()
    return None
