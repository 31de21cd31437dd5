"""What looks like an address in the net: of a page, a mailbox or a messenger, also where it is typed so as not to.

A mail that repeats what a stranger typed must not carry their link. So what looks like one is held for a person; a name
or a street must pass. Where a dot only stands for a missing space ("Mary.Jo", "St.Gallen", "Av.de America"), length,
case and abbreviations decide.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from pathlib import Path

_TOP_LEVEL = Path(__file__).parent / "data" / "top_level_domains.txt"

# Held however they are written: no person's name, no word that begins a sentence, no abbreviation of a street.
_PLAIN = frozenset(["com", "net", "org", "info", "biz", "xyz", "ru"])
# Held after a single letter or an abbreviation too, where they are in small letters: t.me, g.co.
_AFTER_ANYTHING = _PLAIN | set("me co io ly gg to link click top icu site online shop".split())  # noqa: SIM905
# Of two letters, and held also with a capital. The others are names and words: Mary.Jo, "was empty.It came".
_COUNTRIES = frozenset(
    """ru cn tk gq cf cc ws uk eu fr jp nl pw vg kz ua cz co io tv gg fm sh hk nz kr mx br cl dk hu pk rs tw vn za zw bz
    gl lk lv nu sx tj uy uz vc yt""".split()  # noqa: SIM905
)
# Of three and more, and with a capital a person's name, a title, or a word after a full stop without its space.
_WORDS = frozenset(
    """abbott able ally art author baby beauty best bible bing black blue bond book bosch boston brother camp cam
    case cash cat chase church city coach college cologne corsica cricket cruise cruises crown dad day deal dell
    dentist design desi doctor dog dot drive durban earth email esq faith family fan farm ferrari ferrero fish
    fire florist ford fox free frl fun gal gallo gallup game garden gay gent george gift glass gmbh gold got
    grainger green group guide hamburg haus help here hermes horse house how hughes inc ing ist java jetzt jot
    joy kids kim kitchen kiwi land lat law lds leclerc life like lilly limited lincoln living london love ltd
    ltda llc madrid maison man mango med melbourne men merck mini mint mit moe mom moscow museum name navy new
    next nico nissan norton now obi office one orange otsuka page paris pars parts party phd philips photo pink
    place play plus pohl poker post prof pub quest read red ren rent rest rich rio rogers room ruhr run safe
    sakura sale sarl sas save saxo schmidt school schule schwarz scot see select sharp shell ski sky smart smile
    song sport spot srl staples star study style swiss sydney target team tirol today tokyo total town toys
    trust uno vana vegas viking vin virgin vision viva vote wales walter wang watch wed weir wien you zara zero
    zone""".split()  # noqa: SIM905 (a list of them would be four times as long)
)
# What stands before a dot in names and addresses.
_ABBREVIATIONS = frozenset(
    """abg afdo apt apto av avd avda ave bd bldg blk bldv blvd bros bzw c calle cap ch cia co col cond cra ctra ct
    cto cz dcha dept depto dipl dir dpto dr dra dña ed edif esc esq ext fa fam fco fl fr fray frl ft gob gral
    gte hno hnos hr hs hwy inc ing int izq jr km lic ln lt ltd ma mag med mlle mme mr mrs ms mstr mt mz mx ntra
    nr nro no num núm of ofc pbro pfc ph pl plz plza po pob pr prof prol psje pso pst pt pta pte pza rd rev rm
    rte rva sen sgt sr sra srta ss st sta ste stg sto str sir tel top trav ud urb vda via vía whg z гор г ул д
    кв пр""".split()  # noqa: SIM905 (a list of them would be four times as long)
)
_CYRILLIC = frozenset(["рф", "сайт", "онлайн", "орг", "ком", "рус", "дети"])
_LOOK_ALIKE = str.maketrans(
    "аеорсухіѕјԁԛԝкмтнвАВЕКМНОРСТХοαενιρτυΟıօսոհցςᴄᴏᴍɴᴇᴛʀɢɪʙᴢʏᴜ",
    "aeopcyxisjdqwkmthbABEKMHOPCTXoaeviptuOiounhgccomnetrgibzyu",  # pragma: allowlist secret
)  # Cyrillic, Greek, Armenian letters and small capitals to the Latin ones they look like
_CASED = frozenset(["LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU"])
_DOTS = str.maketrans("\u3002\u2022\u2219\u22c5\u2044\u2215\u29f8\u2236\ua789", "....///::") | dict.fromkeys(
    # Marks and full stops of other scripts that look like our dot, or nearly.
    map(
        ord, "\u2023\u2027\u2e33\u02d9\u06d4\u0701\u0702\u1427\u16eb\u1390\ua4f8\ua60e\u30fb\u0589\U00010101"
    ),
    ".",
)
# A middle dot, but not that of Catalan (Gal\u00b7la); and the Arabic zeros, between Latin letters.
_DOT_BETWEEN = re.compile(
    r"(?<=[A-Za-z0-9])(?:\u00b7(?!l)|(?<!l)\u00b7|[\u0660\u06f0])(?=[A-Za-z])", re.IGNORECASE
)
# Seen as nothing or as a space: fillers, the blank of Braille. All of category Cf goes too, and what only joins.
_NOTHING = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE10)
}

_APART = r"\s.,;:/?#@()<>\[\]{}\"'|\\!&=+*"
# A label is read from its first letter only: a long text is read once, not once from each of its letters.
_LABEL = rf"(?<![^{_APART}])[^{_APART}]++"
_SCHEME = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,19}://|h(?:tt|xx)ps?\b|www\d{0,2}\b|xn--\w)", re.IGNORECASE)
_MAILBOX = re.compile(rf"{_LABEL}(?:\.{_LABEL})*@{_LABEL}(?:\.{_LABEL})+")
_HOST = re.compile(rf"(?<![.@])(?P<host>{_LABEL}(?:\.{_LABEL})+)\.?(?P<more>[:/?#][\w~%@!$&=+-]|/$|/\s)?")
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?:[:/]\S)")
_SAID_DOT = re.compile(
    r"\s*[(\[{]\s*(?:dot|punto|\.)\s*[)\]}]\s*"
    r"|(?<=[^\W_])[\s_*~|=+-]{1,9}(?:dot|punto)[\s_*~|=+-]{1,9}(?=[a-z]{2,6}(?![^\W_]))",
    re.IGNORECASE,
)
_SAID_AT = re.compile(r"\s*[(\[{]\s*(?:at|arroba|@)\s*[)\]}]\s*|\s+arroba\s+", re.IGNORECASE)
_SPACED_OUT = re.compile(r"(?:(?<=\s)|^)(?:\S\s){4,}\S(?=\s|$)")
_AROUND_SIGNS = re.compile(r"\s*([.:/@])\s*")
_HANDLE = re.compile(r"(?:^|[\s(])@[^\W\d_]")
_WORTH_A_LOOK = re.compile(r"[.@/]|dot|punto|arroba|\bat\b|www|h(?:tt|xx)p|xn--", re.IGNORECASE)
_MANY_DIGITS = 7


def find_web_address(text: str) -> str:
    """The part of a text that looks like an address in the net, as it was folded; empty where nothing does."""
    if text.isascii() and not _WORTH_A_LOOK.search(text):
        return ""  # most texts
    folded = fold(text)
    for match in _HOST.finditer(folded):
        if _is_disguised(match["host"].split(".")):
            return match[0]
    for variant in dict.fromkeys([folded, folded.translate(_LOOK_ALIKE)]):
        if found := _found_in(variant):
            return found
    return ""


def looks_like_a_name(text: str) -> bool:
    """Whether a text may stand in a greeting: no address in the net, no name in a messenger, no telephone number.

    No real name has seven digits, whatever stands around them.
    """
    if sum(symbol.isdigit() for symbol in text) >= _MANY_DIGITS or _HANDLE.search(fold(text)):
        return False
    return not find_web_address(text)


def fold(text: str) -> str:
    """The text as a reader sees it: one form for each letter, plain dots and slashes, nothing that is not seen."""
    plain = unicodedata.normalize("NFKC", text.translate(_DOTS)).translate(_DOTS).replace("\u2800", " ")
    plain = _DOT_BETWEEN.sub(".", plain)
    seen = "".join(
        symbol for symbol in plain if unicodedata.category(symbol) != "Cf" and symbol not in _NOTHING
    )
    # Again, for accents that came together with their letters only now.
    return " ".join(unicodedata.normalize("NFKC", seen).split())


def _found_in(text: str) -> str:
    said = _SAID_AT.sub("@", _SAID_DOT.sub(".", text))
    joined = _SPACED_OUT.sub(lambda run: re.sub(r"\s", "", run[0]), said)
    for variant in dict.fromkeys([said, joined]):
        for pattern in (_SCHEME, _MAILBOX, _IP):
            if match := pattern.search(variant):
                return match[0]
        for match in _HOST.finditer(variant):
            if _is_host(match["host"].split("."), has_more=bool(match["more"]), after=variant[match.end() :]):
                return match[0]
    # "evil . com", "evil .com": only what begins no sentence counts with a space before or after its dot.
    for match in _HOST.finditer(_AROUND_SIGNS.sub(r"\1", joined)):
        last = match["host"].rpartition(".")[2]
        if last in _PLAIN and last.islower():
            return match[0]
    return ""


def _is_host(labels: list[str], *, has_more: bool, after: str) -> bool:
    """Whether labels between dots are the name of a server. `has_more`: a path or a port follows."""
    before, last = labels[-2], labels[-1].rstrip("-_")
    top = last.casefold()
    if top not in top_level_domains():
        # "evil.com" may go on without a space in an alphabet that does not know it.
        latin = re.match(r"[a-z]+", top)
        return latin is not None and not top.isascii() and latin[0] in _PLAIN
    if not top.isascii():
        return has_more or top in _CYRILLIC or _is_without_case(top)
    short = all(
        (len(label) == 1 and label.isalpha()) or label.isdigit() or label.casefold() in _ABBREVIATIONS
        for label in labels[:-1]
    )
    if top in _PLAIN and not (len(before) == 1 and last.istitle()):
        return True
    if has_more and not (short and before.casefold() in _ABBREVIATIONS and top not in _AFTER_ANYTHING):
        return True
    if short:
        return (
            last.islower()
            and top in _AFTER_ANYTHING
            and not before.isdigit()
            and before.casefold() not in ("co", "c")
        )
    if top in ("no", "nr") and re.match(r"[.:]?\s*\d", after):
        return False  # House.no 5
    if last.islower():
        return True
    return top not in _WORDS if len(top) > 2 else top in _COUNTRIES


def _is_disguised(labels: list[str]) -> bool:
    """Whether the end has letters of two alphabets, as no name has them: some are there to look like others."""
    before, last = labels[-2], labels[-1]
    if last.isascii() or not last[0].isalpha() or "μ" in last:
        return False  # a measure
    if len(before) == 1 or not before[-1].isalpha() or before.casefold() in _ABBREVIATIONS:
        return False  # a street or an initial, mistyped
    return len({unicodedata.name(letter, "").partition(" ")[0] for letter in last} & _CASED) > 1


def _is_without_case(text: str) -> bool:
    """Whether it is Chinese, Japanese, Korean or Indian: there a dot before such a word is no missing space."""
    return not any(
        unicodedata.name(symbol, "").startswith(("ARABIC", "CYRILLIC", "GREEK", "HEBREW")) for symbol in text
    )


@cache
def top_level_domains() -> frozenset[str]:
    """All that IANA lists, those of other alphabets also as they are written."""
    lines: Iterable[str] = _TOP_LEVEL.read_text().split("\n")
    plain = {line for line in lines if line and not line.startswith("#")}
    return frozenset(plain | {_written(name) for name in plain if name.startswith("xn--")})


def _written(name: str) -> str:
    return name.removeprefix("xn--").encode().decode("punycode")
