"""Letters: composing and typesetting on one core; the rival of the whole is composing alone."""

import os
import tempfile
from collections.abc import Mapping
from datetime import date

from bench.figures import Figure, figure, seconds

LETTERS = 60
RUNS = 5
# The slowest that still keeps one core ahead of seven boxes a second, if one in twenty were asked about: far below.
PER_SECOND_AT_LEAST = 100.0


def run() -> Mapping[str, Figure]:
    """Letters per second on one core, and what of that composing alone would reach. The limit is a lower one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ["VAR"] = tempfile.mkdtemp(prefix="b14bench")
    os.environ.pop("DATABASE_URL", None)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("load_voices", verbosity=0)
    from notifications.composing import compose_letter
    from notifications.facts import AskedItem, LetterFacts
    from notifications.typesetting import typeset

    def facts(number: int) -> LetterFacts:
        return LetterFacts(
            number=f"B14-0000-{number:04d}",
            language=("en", "es", "fa")[number % 3],
            customer_name="John",
            set_num="75290-1",
            set_name="Mos Eisley Cantina",
            theme_names=("Star Wars",),
            items=(AskedItem(kind="bag", label="14", quantity=1, reason="missing"),),
            status_url=f"http://127.0.0.1:8000/orders/B14-0000-{number:04d}/?token=x",
            written_on=date(2026, 1, 1),
            seed=str(number),
        )

    def compose() -> None:
        for number in range(LETTERS):
            compose_letter(facts=facts(number))

    def whole() -> None:
        for number in range(LETTERS):
            letter = compose_letter(facts=facts(number))
            typeset(letter.template, letter.data)

    whole()  # the first compiles the template and reads the fonts
    composed, written = [], []
    for _ in range(RUNS):
        composed.append(LETTERS / seconds(compose))
        written.append(LETTERS / seconds(whole))
    return {
        "composed": figure(composed, "letters/s"),
        "composed_and_typeset": figure(written, "letters/s", limit=PER_SECOND_AT_LEAST, rivals=composed),
    }
