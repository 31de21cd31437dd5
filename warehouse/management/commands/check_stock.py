"""`manage.py check_stock`: recompute every level from the ledger and the reservations, and report the differences."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from warehouse.drift import find_drift
from warehouse.models import StockLevel


class Command(BaseCommand):
    help = (
        "Report where stock differs from its ledger. Repairs nothing; ends with an error if anything differs."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        drift = find_drift()
        for row in drift:
            self.stdout.write(str(row))
        if drift:
            raise CommandError(
                f"{len(drift)} figures differ from their rows. Count these bins, and enter what you find."
            )
        self.stdout.write(f"{StockLevel.objects.count()} levels agree with the ledger and the reservations.")
