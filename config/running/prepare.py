"""What must be there before anything starts: `python -m config.running.prepare`. Every step may be run again.

1. compile the translations
2. check the code and the settings: what cannot work is not started
3. migrate the database
4. collect the static files
5. load the voices of the letters
6. the catalogue: a dump where one was asked for, the sample where there is none yet (never in production)
7. demo accounts (never in production)
"""

import os
import sys
from io import StringIO
from pathlib import Path

import django
from django.core.management import CommandError, call_command

from config.running.options import ROOT, Options, read_options
from config.running.translations import compile_translations

SAMPLE = ROOT / "catalog" / "sample"


def prepare(options: Options) -> None:
    """All steps in their order. Raises CommandError with a sentence."""
    say("Compiling the translations")
    compile_translations()
    say("Checking the code and the settings")
    django.setup()
    call_command("check", stdout=StringIO())  # its word that all is well is of no interest here
    say("Migrating the database")
    call_command("migrate", interactive=False, verbosity=0)
    say("Collecting the static files")
    call_command("collectstatic", interactive=False, verbosity=0)
    say("Loading the letters' voices")
    call_command("load_voices")
    fill_catalog(options)
    if not options.production:
        say("Making sure of the demo accounts")
        call_command("make_demo_accounts")


def fill_catalog(options: Options) -> None:
    """The dump that CATALOG names, each time it is named; else the sample with its stock into an empty house."""
    from django.apps import apps

    if options.catalog:
        import_catalog(options.catalog)
        return
    if options.production:
        return
    if not apps.get_model("catalog", "Set").objects.exists():
        import_catalog(SAMPLE)
    # A first run that was interrupted between the two is made good by the next.
    if not apps.get_model("warehouse", "StockItem").objects.exists():
        say("Putting the sample's stock on the shelves")
        call_command("load_sample_stock")


def import_catalog(folder: Path) -> None:
    """Bag contents and weights lie beside a dump as bags.csv and weights.csv, where anybody wrote them down."""
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
    except CommandError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
