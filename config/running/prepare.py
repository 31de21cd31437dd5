"""The steps before anything starts: `python -m config.running.prepare`. Every step may run again.

1. compile the translations
2. take the rights to VAR and all in it from other users: an older version left the database readable
3. check the code and the settings: what cannot work must not start
4. migrate the database
5. collect the static files
6. load the voices of the letters
7. the catalogue: the dump that CATALOG names; else the sample, if there is no catalogue yet (never in production)
8. demo accounts (never in production)
"""

import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.core.management import CommandError, call_command

from config.private_files import keep_all_private, write_for_us_only
from config.running.options import ROOT, CannotRun, Options, read_options
from config.running.translations import compile_translations

SAMPLE = ROOT / "catalog" / "sample"


def prepare(options: Options) -> None:
    """All steps in their order. Raises CommandError with a sentence."""
    say("Compiling the translations")
    compile_translations()
    write_for_us_only()
    keep_all_private(options.var)
    say("Checking the code and the settings")
    django.setup()
    call_command("check", stdout=StringIO())  # it also prints that all is well
    say("Migrating the database")
    call_command("migrate", interactive=False, verbosity=0)
    say("Collecting the static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    say("Loading the letters' voices")
    call_command("load_voices")
    fill_catalog(options)
    if not options.production:
        say("Making the demo accounts")
        call_command("make_demo_accounts")


def fill_catalog(options: Options) -> None:
    """Import the dump that CATALOG names, on every run. Else fill an empty system with the sample and its stock."""
    from django.apps import apps

    if options.catalog:
        import_catalog(options.catalog)
        return
    if options.production:
        return
    if not apps.get_model("catalog", "Set").objects.exists():
        import_catalog(SAMPLE)
    # If the first run was interrupted between the two, the next one loads the stock.
    if not apps.get_model("warehouse", "StockItem").objects.exists():
        say("Putting the sample's stock on the shelves")
        call_command("load_sample_stock")


def import_catalog(folder: Path) -> None:
    """Bag contents and weights lie beside a dump as bags.csv and weights.csv, if they are known."""
    say(f"Importing the catalogue from {folder}")
    beside = [(f"--{name}", folder / f"{name}.csv") for name in ("bags", "weights")]
    files = [str(part) for option in beside if option[1].exists() for part in option]
    call_command("import_catalog", str(folder), *files)


def say(step: str) -> None:
    print(f"  {step} ...", flush=True)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        prepare(read_options())
    except (CommandError, CannotRun) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
