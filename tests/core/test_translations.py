"""Every sentence for customers exists in every language, and says the same with the same placeholders."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from config.running.translations import LOCALE, ROOT, mistakes, read_translations, translation_files

pytestmark = [pytest.mark.once, pytest.mark.slow]
LANGUAGES = ("es", "fa")
ROOMS = (
    "accounts",
    "catalog",
    "config",
    "core",
    "dashboard",
    "notifications",
    "orders",
    "quality",
    "warehouse",
)


def sentences(catalog: Catalog) -> set[tuple[str | None, str]]:
    """(context, sentence) of each message; of one with a plural, its singular."""
    ids = ((m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in catalog)
    return {(context, text) for context, text in ids if text}


def test_there_is_a_file_for_each_language() -> None:
    assert [po.parent.parent.name for po in translation_files(LOCALE)] == sorted(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_fuzzy_and_placeholders_agree(language: str) -> None:
    assert mistakes(LOCALE / language / "LC_MESSAGES" / "django.po") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_code_is_in_the_file_and_none_besides(language: str, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        if os.environ.get("CI"):
            pytest.fail("no xgettext (apt-get install gettext)")
        pytest.skip("no xgettext, so what the code says cannot be extracted (apt-get install gettext)")
    for room in ROOMS:
        shutil.copytree(
            ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("static", "*.pyc", "sample")
        )
    (tmp_path / "locale" / language).mkdir(parents=True)
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", language, "--no-wrap"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
        check=True,
        capture_output=True,
    )
    said = sentences(read_translations(tmp_path / "locale" / language / "LC_MESSAGES" / "django.po"))
    assert sentences(read_translations(LOCALE / language / "LC_MESSAGES" / "django.po")) == said


def test_digits_of_persian_sentences_are_persian() -> None:
    """Except in what is a code in every language: B14-..., 3B, 45R0, and what stands between isolates."""
    catalog = read_translations(LOCALE / "fa" / "LC_MESSAGES" / "django.po")
    odd = []
    for message in catalog:
        texts = message.string if isinstance(message.string, tuple) else (message.string,)
        for text in texts:
            plain = "".join(part.rpartition("\u2069")[2] for part in str(text).split("\u2066"))
            if message.id and any(
                digit in plain.replace("Bag 14", "").replace("B14", "") for digit in "0123456789"
            ):
                odd.append(text)
    assert odd == []
