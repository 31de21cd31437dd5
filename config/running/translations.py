"""Compile the translations: locale/*/LC_MESSAGES/*.po to .mo, with Babel instead of GNU gettext's tools.

python -m config.running.translations            compile what changed
python -m config.running.translations --check    compile nothing; print every mistake, exit 1 if there is one
"""

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent.parent
LOCALE = ROOT / "locale"
PLACEHOLDER = re.compile(r"%\(\w+\)")


def translation_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/LC_MESSAGES/*.po"))


def compile_translations(folder: Path = LOCALE) -> list[Path]:
    """Write a .mo beside each .po that is newer than it. Returns those .po files. Fuzzy translations are left out."""
    compiled = []
    for po in translation_files(folder):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        catalog = read_translations(po)
        # Write under another name first: another process may be reading the old file.
        new = mo.with_suffix(".mo.new")
        with new.open("wb") as file:
            write_mo(file, catalog)
        new.chmod(0o644)  # part of the program, as the .po is, whatever this process' own files are
        new.rename(mo)
        compiled.append(po)
    return compiled


def read_translations(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parent.parent.name, domain=po.stem, abort_invalid=True)


def mistakes(po: Path) -> list[str]:
    """What would go wrong when these translations are shown: broken files, differing placeholders, gaps."""
    try:
        catalog = read_translations(po)
    except PoFileError as error:
        return [f"{po}: {error}"]
    found = [f"{po}:{message.lineno}: {error}" for message, errors in catalog.check() for error in errors]
    for message in catalog:
        if not message.id:
            continue
        texts = message.string if isinstance(message.string, list | tuple) else [message.string]
        if message.fuzzy:
            found.append(f"{po}:{message.lineno}: fuzzy, would not be shown: {message.id!r}")
        elif not all(texts):
            found.append(f"{po}:{message.lineno}: not translated: {message.id!r}")
        elif isinstance(message.id, str) and (differing := _differing_placeholders(message)):
            found.append(f"{po}:{message.lineno}: placeholders differ: {', '.join(sorted(differing))}")
    return found


def _differing_placeholders(message: Message) -> set[str]:
    """Placeholders that only the text or only its translation has. Plural forms may leave the number out."""
    return set(PLACEHOLDER.findall(str(message.id))) ^ set(PLACEHOLDER.findall(str(message.string)))


def main() -> None:
    if "--check" not in sys.argv[1:]:
        for po in compile_translations():
            print(f"compiled {po.relative_to(ROOT)}")
        return
    found = [mistake for po in translation_files(LOCALE) for mistake in mistakes(po)]
    print("\n".join(found) or f"{len(translation_files(LOCALE))} translation files, no mistakes")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
