"""The limits of the catalogue's values, for imports and for corrections by staff."""

from decimal import Decimal

MOST_PARTS_OF_A_SET = 1_000_000
YEARS = range(1900, 2101)
HEAVIEST_GRAMS = Decimal(20_000)
HEAVIEST_MG = int(HEAVIEST_GRAMS * 1000)
