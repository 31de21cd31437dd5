"""A translator who makes a mistake reads the file, the line, and what to do; and all mistakes at once."""

import re
import shutil
from pathlib import Path

import pytest

from notifications.letters.voice_files import VOICES_FOLDER, BadVoiceFiles, read_voicebook
from notifications.letters.voices_loading import checked_voicebook

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the real voices to make mistakes in."""
    return Path(shutil.copytree(VOICES_FOLDER, tmp_path / "voices"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(BadVoiceFiles) as caught:
        read_voicebook(folder, languages=["en", "es", "fa"])
    return [str(problem) for problem in caught.value.problems]


def line_of(folder: Path, file: str, text: str) -> int:
    lines = (folder / file).read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


STAR_WARS, SENTENCES, WORDS = "en/star-wars.toml", "en/sentences.toml", "en/words.toml"
MISTAKES = [
    (
        STAR_WARS,
        '"Dear {name},"',
        '"Dear {nmae},"',
        "Dear {nmae}",
        r"placeholder \{nmae\} is unknown here; allowed: \{name\}",
    ),
    (
        STAR_WARS,
        '"Dear {name},"',
        '"Dear friend,"',
        "Dear friend",
        r"placeholder \{name\} must be in this text",
    ),
    (STAR_WARS, '"Dear {name},"', '"Dear {name,"', "Dear {name,", "a brace without its partner"),
    (STAR_WARS, '"Dear {name},"', '"Dear name},"', "Dear name}", "a brace without its partner"),
    (
        STAR_WARS,
        '"Dear {name},"',
        '"Dear {name.__class__} {name},"',
        "__class__",
        "a brace without its partner",
    ),
    (STAR_WARS, '"Dear {name},"', '"Dear {0} {name},"', "Dear {0}", "a brace without its partner"),
    (STAR_WARS, '"Dear {name},"', '"Dear {name} and {name},"', "and {name}", "stands here twice"),
    (STAR_WARS, '"Dear {name},"', '"Dear {name} ❦,"', "❦", "no font of ours has “❦”"),
    (STAR_WARS, '"Dear {name},"', '"Dear \u202e{name},"', "Dear \u202e", "invisible character"),
    (STAR_WARS, '"Dear {name},"', '""', "greeting = [", "none of them empty"),
    (STAR_WARS, "greeting = [", "greetings = [", "greetings", "there is no passage greetings"),
    (STAR_WARS, 'villain = "Lord Vader"', 'villain = ""', "villain", "villain: give a name"),
    (STAR_WARS, 'villain = "Lord Vader"', 'villain = "{hero}"', "villain", "a name has no placeholders"),
    (STAR_WARS, "May the bricks be with you", "We are sorry", "We are sorry", "states the fact “sorry”"),
    (
        STAR_WARS,
        "settled for a tank of fuel, and is on the way",
        "and slept",
        "and slept",
        "must state the fact “on_its_way”",
    ),
    (SENTENCES, "All joking aside, we are sorry that", "Well,", "Well,", "must state the fact “sorry”"),
    (
        SENTENCES,
        "It happens to everybody here, too.",
        "We weigh it.",
        "We weigh it.",
        "states the fact “weighed”",
    ),
    (
        SENTENCES,
        'signature = "All of us at Bag 14"',
        'signature = ["Us"]',
        "signature",
        "signature: give one text",
    ),
    (WORDS, 'sorry = ["sorry", "apolog"]', "", "[fact]", "the entry fact.sorry is missing"),
    (
        WORDS,
        'bag.one = "bag {labels}"',
        'bag.one = "bag"',
        'bag.one = "bag"',
        r"placeholder \{labels\} must be in this text",
    ),
    (WORDS, 'friend = "friend"', 'freind = "friend"', "freind", "page.freind is not an entry of this file"),
    (WORDS, "[page]", "[page", "[page", "not valid TOML"),
    ("themes.toml", 'accent = "#b06a1f"', 'accent = "brown"', "[star-wars]", "write a colour as #rrggbb"),
    ("themes.toml", 'ornament = "two-suns"', "", "[star-wars]", r"\[star-wars\] needs ornament"),
    ("themes.toml", "[neutral]", "[plain]", "", r"the voice \[neutral\] is missing"),
]


@pytest.mark.parametrize(("file", "old", "new", "where", "what"), MISTAKES)
def test_a_mistake_is_told_with_its_line(
    folder: Path, file: str, old: str, new: str, where: str, what: str
) -> None:
    change(folder, file, old, new)
    found = [problem for problem in problems(folder) if re.search(what, problem)]
    assert found
    assert found[0].startswith(f"{file}:{line_of(folder, file, where)}: ")


def test_a_missing_slot_is_told(folder: Path) -> None:
    path = folder / "es/city.toml"
    path.write_text(
        re.sub(r"turn = \[.*?\n\]\n", "", path.read_text(encoding="utf-8"), flags=re.DOTALL), encoding="utf-8"
    )
    assert problems(folder) == [
        "es/city.toml:1: the passage turn is missing: add it, with 2 or more alternatives"
    ]


def test_a_single_alternative_is_too_few(folder: Path) -> None:
    path = folder / "es/city.toml"
    text = re.sub(
        r"farewell = \[.*?\n\]\n",
        'farewell = [\n  "Adiós,",\n]\n',
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    path.write_text(text, encoding="utf-8")
    assert problems(folder)[0].endswith("farewell: give 2 or more alternatives")


def test_a_voice_missing_in_one_language_is_told(folder: Path) -> None:
    (folder / "fa/castle.toml").unlink()
    assert any(each.startswith("fa/castle.toml:1: the file is missing") for each in problems(folder))


def test_a_file_no_theme_knows_is_told(folder: Path) -> None:
    (folder / "en/pirates.toml").write_text('villain = "Redbeard"', encoding="utf-8")
    assert problems(folder) == ["en/pirates.toml:1: no voice of that name: add [pirates] to themes.toml"]


def test_a_language_without_a_folder_is_told(folder: Path) -> None:
    shutil.rmtree(folder / "es")
    assert problems(folder) == ["themes.toml:1: the language es has no folder: add es/ with all files of en/"]


def test_all_mistakes_are_told_at_once(folder: Path) -> None:
    change(folder, "en/city.toml", "{name}", "{nmae}")
    change(folder, "fa/city.toml", "{name}", "{nmae}")
    assert len({problem.split(":")[0] for problem in problems(folder)}) == 2


def test_a_voice_that_would_write_an_untrue_letter_is_found_by_writing_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.letters.voice_files._check_phrase", lambda *given: None)
    change(folder, SENTENCES, "All joking aside, we are sorry that", "Well,")
    for old in ("we are truly sorry", "we are sorry, because", "we apologise"):
        change(folder, SENTENCES, old, "it went wrong,")
    with pytest.raises(BadVoiceFiles, match=r"en/star-wars.toml: a letter about .*missing: sorry"):
        checked_voicebook(folder)


def test_the_real_voices_are_in_order() -> None:
    book = checked_voicebook()
    assert set(book.voices) == {"en", "es", "fa"}
    assert all(len(voices) >= 13 for voices in book.voices.values())
