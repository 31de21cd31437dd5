"""`manage.py load_voices`: load the voices of the letters from their files into the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from notifications.letters.voice_files import VOICES_FOLDER, BadVoiceFiles
from notifications.letters.voices_loading import checked_voicebook, load_voices


class Command(BaseCommand):
    help = "Checks the voices of the letters and loads them. Run it again after every change of the files."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--folder", type=Path, default=VOICES_FOLDER, help="the folder of the voices")
        parser.add_argument("--check", action="store_true", help="check the files, load nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                checked_voicebook(options["folder"])
                self.stdout.write("The voices are correct.")
                return
            loaded = load_voices(options["folder"])
        except BadVoiceFiles as error:
            raise CommandError(
                f"The voices were not loaded, {len(error.problems)} problems:\n{error}"
            ) from error
        if loaded.changed:
            self.stdout.write(
                f"Loaded {loaded.voices} voices in {loaded.languages} languages, {loaded.sentences} sentences"
                f" ({loaded.changed} rows changed)."
            )
        else:
            self.stdout.write(f"{loaded.voices} voices, {loaded.sentences} sentences: nothing has changed.")
