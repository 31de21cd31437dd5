"""Before voices are loaded, each of them writes a letter for every combination of reasons and deliveries."""

from collections.abc import Iterator
from datetime import date
from itertools import combinations, product

from notifications.letters.composing import UntrueLetter, compose_from
from notifications.letters.facts import AskedItem, Delivery, LetterFacts, Reason
from notifications.letters.voicebook import VoiceBook

REASONS: tuple[Reason, ...] = ("missing", "damaged", "lost")
DELIVERIES: tuple[tuple[Delivery, ...], ...] = (
    ("coming",),
    ("following",),
    ("substituted",),
    ("coming", "left_out"),
    ("coming", "following", "substituted", "left_out"),
)


def trial_facts(language: str, theme_names: tuple[str, ...], seed: str = "trial") -> Iterator[LetterFacts]:
    """Facts for every set of reasons, with every mix of deliveries, by mail and in the parcel."""
    reason_sets = [chosen for size in (1, 2, 3) for chosen in combinations(REASONS, size)]
    for reasons, deliveries, in_parcel in product(reason_sets, DELIVERIES, (False, True)):
        pairs = [(reason, deliveries[index % len(deliveries)]) for index, reason in enumerate(reasons)]
        pairs += [(reasons[0], delivery) for delivery in deliveries[len(reasons) :]]
        yield LetterFacts(
            number="B14-TRYA-TRYB",
            language=language,
            customer_name="Zoë",
            set_num="990001-1",
            set_name="Trial Tower",
            theme_names=theme_names,
            items=tuple(
                AskedItem(
                    kind="bag" if index % 2 == 0 else "piece",
                    label=f"{90 + index}" if index % 2 == 0 else f"Plate 1 x {index}",
                    quantity=index + 1,
                    reason=reason,
                    color_name="Red",
                    delivery=delivery,
                )
                for index, (reason, delivery) in enumerate(pairs)
            ),
            status_url="https://example.org/o",
            written_on=date(2026, 11, 21),
            seed=seed,
            builder_name="Ada",
            age_band="7-12",
            wrote_to_packing_team=True,
            follows=True,
            in_parcel=in_parcel,
        )


def try_every_voice(book: VoiceBook) -> list[str]:
    """The untrue letters: voice, language, reasons, and the facts that were missing or wrongly claimed."""
    problems = []
    for language, voices in book.voices.items():
        for voice in voices.values():
            for facts in trial_facts(language, voice.theme_names[:1]):
                try:
                    compose_from(book, facts)
                except UntrueLetter as error:
                    reasons = " and ".join(sorted({item.reason for item in facts.items}))
                    problems.append(f"{language}/{voice.key}.toml: a letter about {reasons}: {error}")
    return problems
