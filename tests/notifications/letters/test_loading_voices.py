"""The files' voices become rows: all or none, nothing twice, and a running process notices."""

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from notifications.letters import voicebook, voices_loading
from notifications.letters.composing import check_letter, compose_from, compose_letter
from notifications.letters.voice_files import VOICES_FOLDER, BadVoiceFiles, read_voicebook
from notifications.letters.voicebook import VoicesNotLoaded, current_voicebook
from notifications.letters.voices_loading import load_voices
from notifications.models import Sentence, Voice
from tests.notifications.letters.letter_samples import JOHN, about, item, real_book

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins like a fresh process."""
    monkeypatch.setattr(voicebook, "_kept", None)


@pytest.fixture(autouse=True)
def _no_letters_on_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take seconds for each change of a file; test_voice_files.py has them written."""
    monkeypatch.setattr(
        voices_loading, "_checked", lambda folder, _, languages: read_voicebook(folder, languages=languages)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VOICES_FOLDER, tmp_path / "voices"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_letter_from_the_rows_is_the_letter_from_the_files() -> None:
    load_voices()
    assert compose_letter(facts=JOHN) == compose_from(real_book(), JOHN)


def test_a_letter_from_the_rows_is_checked_against_the_facts() -> None:
    load_voices()
    letter = compose_letter(facts=JOHN)
    assert check_letter(letter, JOHN) == []
    lost = about(items=(item(reason="lost"),))
    assert "wrongly claimed: sorry" in check_letter(letter, lost)


def test_without_voices_the_message_says_what_to_run() -> None:
    with pytest.raises(VoicesNotLoaded, match="load_voices"):
        compose_letter(facts=JOHN)


def test_loading_twice_changes_nothing() -> None:
    first = load_voices()
    rows = set(Sentence.objects.values_list("pk", "updated_at"))
    second = load_voices()
    assert first.changed == first.voices + first.sentences
    assert second.changed == 0
    assert set(Sentence.objects.values_list("pk", "updated_at")) == rows


def test_a_changed_sentence_is_noticed_by_a_running_process(folder: Path) -> None:
    load_voices(folder)
    assert current_voicebook() is current_voicebook()
    change(folder, "en/star-wars.toml", '"Dear {name},"', '"Well met, {name},"')
    assert load_voices(folder).changed == 1
    texts = [phrase.text for phrase in current_voicebook().voices["en"]["star-wars"].phrases["greeting"]]
    assert texts[0] == "Well met, {name},"


def test_a_deleted_sentence_is_noticed_too(folder: Path) -> None:
    load_voices(folder)
    before = len(current_voicebook().voices["en"]["star-wars"].phrases["farewell"])
    change(folder, "en/star-wars.toml", '  "Until we meet in a galaxy not so far away,",\n', "")
    load_voices(folder)
    assert len(current_voicebook().voices["en"]["star-wars"].phrases["farewell"]) == before - 1


def test_a_deleted_voice_is_gone(folder: Path) -> None:
    load_voices(folder)
    for language in ("en", "es", "fa"):
        (folder / language / "castle.toml").unlink()
    themes = (folder / "themes.toml").read_text(encoding="utf-8")
    start = themes.index("[castle]")
    (folder / "themes.toml").write_text(themes[:start] + themes[themes.index("[space]") :], encoding="utf-8")
    load_voices(folder)
    assert not Voice.objects.filter(key="castle").exists()
    assert current_voicebook().voice_for(("Castle",), "en").key == "neutral"


def test_a_villain_renamed_is_the_villain_of_the_next_letter(folder: Path) -> None:
    load_voices(folder)
    change(folder, "en/star-wars.toml", "Lord Vader", "Lord Helmet")
    load_voices(folder)
    assert "Lord Helmet" in compose_letter(facts=JOHN).body


def test_bad_files_change_no_row(folder: Path) -> None:
    load_voices()
    rows = set(Sentence.objects.values_list("pk", "text"))
    change(folder, "fa/space.toml", "{villain}", "{vilain}")
    with pytest.raises(BadVoiceFiles):
        load_voices(folder)
    assert set(Sentence.objects.values_list("pk", "text")) == rows


def test_composing_asks_the_database_for_little() -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    load_voices()
    compose_letter(facts=JOHN)
    with CaptureQueriesContext(connection) as queries:
        compose_letter(facts=JOHN)
    assert len(queries) == 1


def test_the_command_says_what_it_did() -> None:
    out = StringIO()
    call_command("load_voices", stdout=out)
    call_command("load_voices", stdout=out)
    first, second = out.getvalue().splitlines()
    assert first.startswith("Loaded 39 voices in 3 languages")
    assert "nothing has changed" in second


def test_the_command_lists_file_and_line(folder: Path) -> None:
    change(folder, "es/space.toml", "{villain}", "{vilain}")
    with pytest.raises(CommandError, match=r"es/space\.toml:\d+: taken: the placeholder \{vilain\}"):
        call_command("load_voices", folder=folder)
    assert not Voice.objects.exists()


def test_the_command_can_check_without_loading() -> None:
    call_command("load_voices", check=True, stdout=StringIO())
    assert not Voice.objects.exists()


def test_the_database_refuses_a_second_text_in_one_place() -> None:
    voice = Voice.objects.create(
        key="x", language="en", villain="v", hero="h", ornament="studs", accent="#000000"
    )
    for owner in (voice, None):
        Sentence.objects.create(voice=owner, language="en", slot="turn", position=0, text="a")
        with pytest.raises(IntegrityError), transaction.atomic():
            Sentence.objects.create(voice=owner, language="en", slot="turn", position=0, text="b")


def test_the_database_refuses_a_voice_twice_in_a_language() -> None:
    Voice.objects.create(key="x", language="en", villain="v", hero="h", ornament="studs", accent="#000000")
    with pytest.raises(IntegrityError), transaction.atomic():
        Voice.objects.create(
            key="x", language="en", villain="v", hero="h", ornament="studs", accent="#000000"
        )
