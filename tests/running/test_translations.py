"""Translations are compiled when they changed, and every mistake in them is said with its place."""

import gettext
import os
from pathlib import Path

import pytest

from config.running.translations import LOCALE, compile_translations, mistakes, translation_files

pytestmark = pytest.mark.once

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
BAG = 'msgid "Bag %(label)s"\nmsgstr "Bolsa %(label)s"\n'


def write_po(folder: Path, text: str) -> Path:
    path = folder / "es" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEAD + text)
    return path


def test_what_was_translated_is_said(tmp_path: Path) -> None:
    po = write_po(tmp_path, BAG)
    assert compile_translations(tmp_path) == [po]
    with po.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Bag %(label)s") == "Bolsa %(label)s"


def test_only_what_changed_is_compiled_again(tmp_path: Path) -> None:
    po = write_po(tmp_path, BAG)
    compile_translations(tmp_path)
    assert compile_translations(tmp_path) == []
    later = po.with_suffix(".mo").stat().st_mtime + 1
    os.utime(po, (later, later))
    assert compile_translations(tmp_path) == [po]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('msgid "Bag %(label)s"\nmsgstr "Bolsa"\n', "placeholders differ: %(label)"),
        ('msgid "Bag"\nmsgstr "Bolsa %(etiqueta)s"\n', "etiqueta"),
        ('msgid "Bag"\nmsgstr ""\n', "not translated"),
        ('#, fuzzy\nmsgid "Bag"\nmsgstr "Bolso"\n', "fuzzy"),
        ('msgid "Bag"\nBolsa\n', "misformatted"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, complaint: str, tmp_path: Path) -> None:
    po = write_po(tmp_path, text)
    (mistake,) = mistakes(po)
    assert str(po) in mistake
    assert complaint in mistake


def test_our_own_translations_have_no_mistakes() -> None:
    assert [mistake for po in translation_files(LOCALE) for mistake in mistakes(po)] == []
