"""`python manage.py import_catalog DIR [--bags FILE] [--weights FILE]`: import a catalogue from its files."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from catalog.importing.importer import TOLERATED, import_catalog
from catalog.importing.problems import CatalogError
from catalog.importing.progress import Progress
from catalog.importing.report_text import sentences


class Command(BaseCommand):
    help = "Import a catalogue: a folder with the tables of a Rebrickable dump, as .csv or .csv.gz."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("directory", type=Path, metavar="DIR", help="the folder with the dump's tables")
        parser.add_argument(
            "--bags", type=Path, metavar="FILE", help="bag contents: set_num,bag,part_num,color_id,quantity"
        )
        parser.add_argument(
            "--weights", type=Path, metavar="FILE", help="weights of parts: part_num,weight_g,kind"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read, check and compare, but write nothing"
        )
        parser.add_argument(
            "--report", type=Path, metavar="FILE", help="write every bad row and note here, as CSV"
        )
        parser.add_argument(
            "--tolerate",
            type=float,
            default=TOLERATED * 100,
            metavar="PERCENT",
            help="how many of a table's rows may be bad before the import is refused (default %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        begun = time.monotonic()
        try:
            summary = import_catalog(
                directory=options["directory"],
                bags=options["bags"],
                weights=options["weights"],
                dry_run=options["dry_run"],
                report=options["report"],
                tolerated=options["tolerate"] / 100,
                progress=Progress(cast(TextIO, self.stderr._out)),
            )
        except CatalogError as error:
            raise CommandError(f"{error} The catalogue is as it was.") from None
        except OSError as error:
            raise CommandError(
                f"{error.filename or 'A file'} cannot be read or written: {error.strerror}."
            ) from None
        except DatabaseError as error:
            raise CommandError(f"The database failed: {str(error).strip()} Import again.") from None
        except KeyboardInterrupt:
            raise CommandError(
                "Stopped. Import again to finish; until then the old catalogue stays."
            ) from None
        for line in sentences(summary, dry_run=options["dry_run"]):
            self.stdout.write(line)
        if (summary.bad_rows or summary.notes) and options["report"] is None:
            self.stdout.write("Add --report FILE to see each with its file and line.")
        self.stdout.write(f"Took {time.monotonic() - begun:.1f} s.")
