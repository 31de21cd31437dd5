"""What a value of the catalogue may be at most, whether an import reads it or a member of staff corrects it."""

from decimal import Decimal

MOST_PARTS_OF_A_SET = 1_000_000
YEARS = range(1900, 2101)
HEAVIEST_GRAMS = Decimal(20_000)
HEAVIEST_MG = int(HEAVIEST_GRAMS * 1000)
