"""Make the letter's Persian typeface from IBM Plex Sans Arabic: it looks the same, and its text can be copied.

    python -m notifications.print.fonts.make

A PDF says of each glyph which letters it stands for. Where one glyph stands for two (lam with alef, many a letter
before reh or yeh), programs that copy text reverse the two. And the joiner, which keeps letters apart, has no glyph,
so it is lost, or lands a letter too far. In this typeface each letter has a glyph of its own: a ligature is drawn by
its first letter and followed by an empty glyph for its second, and the joiner is an empty glyph that the shaper keeps.

IBM Plex is under the SIL Open Font License with the reserved name “Plex”: a derived typeface needs another name.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from statistics import median_low
from typing import Any

from fontTools import subset
from fontTools.otlLib.builder import buildAnchor, buildCoverage, buildSingleSubstSubtable
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables

FOLDER = Path(__file__).parent
FAMILY = "Kiseh"
WEIGHTS = ("Regular", "SemiBold", "Bold")
JOINER = 0x200C
#: Widths in thousandths of the size. Some programs skip a glyph of width zero.
EMPTY_WIDTH, JOINER_WIDTH = 60, 2
#: Kerning of this width, in the same measure, reads as a space.
SPACE_LIKE = 100
#: The features that Persian and the catalogue's names need; alternatives and fractions are left out.
FEATURES = ["ccmp", "locl", "init", "medi", "fina", "rlig", "calt", "kern", "mark", "mkmk"]
#: Seconds since 1904: the date in every file, so that each run makes the same bytes.
MADE_AT = 3_849_984_000
_KERN, _MARK_TO_LIGATURE, _MARK_TO_BASE, _CHAIN = 2, 5, 4, 6
_BASE_GLYPH = 1


def make_face(weight: str) -> TTFont:
    """The typeface in one weight, from the package that has Plex."""
    source = Path(str(files("fontpkg_ibm_plex_sans_arabic"))) / "files" / f"IBMPlexSansArabic-{weight}.ttf"
    font = TTFont(source, recalcTimestamp=False)
    options = subset.Options(layout_features=FEATURES, hinting=False, glyph_names=True, name_IDs=["*"])
    options.drop_tables += ["meta", "gasp"]
    chosen = subset.Subsetter(options)
    chosen.populate(unicodes=set(font.getBestCmap()))
    chosen.subset(font)
    _take_ligatures_apart(font)
    _keep_the_joiner(font)
    _name(font, weight)
    font["head"].created = font["head"].modified = MADE_AT
    return font


def _take_ligatures_apart(font: TTFont) -> None:
    """Replace each ligature by a glyph of its first letter that draws all of it, and an empty glyph at its left."""
    (index,) = {
        number
        for each in font["GSUB"].table.FeatureList.FeatureRecord
        if each.FeatureTag == "rlig"
        for number in each.Feature.LookupListIndex
    }
    lookup = font["GSUB"].table.LookupList.Lookup[index]
    #: {second letter: {first letter: ligature}}
    pairs: dict[str, dict[str, str]] = {}
    for table in lookup.SubTable:
        for first, ligatures in table.ligatures.items():
            for ligature in ligatures:
                (second,) = ligature.Component
                pairs.setdefault(second, {})[first] = ligature.LigGlyph
    lookup.LookupType, lookup.SubTable = _CHAIN, []
    for second, ligature_of in pairs.items():
        _add_glyph(font, f"{second}.empty", EMPTY_WIDTH)
        for ligature in ligature_of.values():
            _add_glyph(font, f"{ligature}.first", font["hmtx"][ligature][0] - EMPTY_WIDTH, draws=ligature)
        drawn = {first: f"{ligature}.first" for first, ligature in ligature_of.items()}
        first = _add_lookup(font, "GSUB", buildSingleSubstSubtable(drawn))
        rest = _add_lookup(font, "GSUB", buildSingleSubstSubtable({second: f"{second}.empty"}))
        lookup.SubTable.append(_chain(font, [drawn, [second]], [first, rest]))
    lookup.SubTableCount = len(lookup.SubTable)
    _place_marks(font, pairs)
    _keep_kerning(font, pairs)


def _place_marks(font: TTFont, pairs: Mapping[str, Mapping[str, str]]) -> None:
    """Marks above or below either half of a ligature move to the glyphs that replace it."""
    positions = font["GPOS"].table
    (old,) = (each for each in positions.LookupList.Lookup if each.LookupType == _MARK_TO_LIGATURE)
    (table,) = old.SubTable
    attached = dict(zip(table.LigatureCoverage.glyphs, table.LigatureArray.LigatureAttach, strict=True))
    #: {glyph: for each class of marks the place where they attach, or none}
    places: dict[str, list[tuple[int, int] | None]] = {}
    for second, ligature_of in pairs.items():
        halves = []
        for ligature in ligature_of.values():
            left, right = (
                [(each.XCoordinate, each.YCoordinate) if each else None for each in half.LigatureAnchor]
                for half in reversed(attached[ligature].ComponentRecord)
            )
            places[f"{ligature}.first"] = [each and (each[0] - EMPTY_WIDTH, each[1]) for each in right]
            halves.append(left)
        places[f"{second}.empty"] = [_middle(anchors) for anchors in zip(*halves, strict=True)]
    base = otTables.MarkBasePos()
    base.Format, base.ClassCount = 1, table.ClassCount
    base.MarkCoverage, base.MarkArray = table.MarkCoverage, table.MarkArray
    base.BaseCoverage = buildCoverage(list(places), font.getReverseGlyphMap())
    base.BaseArray = otTables.BaseArray()
    base.BaseArray.BaseRecord = []
    for glyph in base.BaseCoverage.glyphs:
        record = otTables.BaseRecord()
        record.BaseAnchor = [buildAnchor(*each) if each else None for each in places[glyph]]
        base.BaseArray.BaseRecord.append(record)
    base.BaseArray.BaseCount = len(places)
    added = _add_lookup(font, "GPOS", base, kind=_MARK_TO_BASE)
    _add_to_feature(font, "GPOS", "mark", added)


def _middle(anchors: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    known = [each for each in anchors if each]
    return (median_low(x for x, _ in known), median_low(y for _, y in known)) if known else None


def _keep_kerning(font: TTFont, pairs: Mapping[str, Mapping[str, str]]) -> None:
    """Keep the distances to the neighbours: at the right those of the first letter, at the left those of the empty
    glyph.
    """
    ligatures = [ligature for each in pairs.values() for ligature in each.values()]
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for table in lookup.SubTable if lookup.LookupType == _KERN else ():
            if table.Format == 1:
                for kerned in table.PairSet:
                    for record in [each for each in kerned.PairValueRecord if each.SecondGlyph in ligatures]:
                        copy = otTables.PairValueRecord()
                        copy.SecondGlyph = f"{record.SecondGlyph}.first"
                        copy.Value1, copy.Value2 = record.Value1, record.Value2
                        kerned.PairValueRecord.append(copy)
                    kerned.PairValueRecord.sort(key=lambda each: font.getGlyphID(each.SecondGlyph))
                    kerned.PairValueCount = len(kerned.PairValueRecord)
                continue
            _close_gaps(table)
            followed = table.ClassDef2.classDefs
            followed.update({f"{each}.first": followed[each] for each in ligatures if each in followed})
            covered, kinds = list(table.Coverage.glyphs), table.ClassDef1.classDefs
            for second, ligature_of in pairs.items():
                known = Counter(kinds.get(each, 0) for each in ligature_of.values() if each in covered)
                if known.total() * 2 > len(ligature_of):
                    covered.append(f"{second}.empty")
                    kinds[f"{second}.empty"] = known.most_common(1)[0][0]
            table.Coverage = buildCoverage(covered, font.getReverseGlyphMap())


def _close_gaps(table: Any) -> None:
    """Shrink gaps of a tenth of the size: programs take them for spaces between words, which they hardly ever are."""
    for first in table.Class1Record:
        for pair in first.Class2Record:
            if pair.Value1 and SPACE_LIKE <= (pair.Value1.XAdvance or 0) <= SPACE_LIKE * 5 // 4:
                pair.Value1.XAdvance = pair.Value1.XPlacement = SPACE_LIKE - 4


def _keep_the_joiner(font: TTFont) -> None:
    """The shaper removes a joiner, but keeps one that the font's own rules have replaced."""
    for name in ("joiner", "joiner.kept"):
        _add_glyph(font, name, JOINER_WIDTH)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[JOINER] = "joiner"
    kept = _add_lookup(font, "GSUB", buildSingleSubstSubtable({"joiner": "joiner.kept"}))
    _add_to_feature(font, "GSUB", "ccmp", kept)


def _add_glyph(font: TTFont, name: str, width: int, draws: str = "") -> None:
    """A glyph that draws nothing, or draws another glyph, moved left by the difference of their widths."""
    pen = TTGlyphPen(None)
    if draws:
        outlines = DecomposingRecordingPen(font.getGlyphSet())
        font.getGlyphSet()[draws].draw(outlines)
        outlines.replay(TransformPen(pen, (1, 0, 0, 1, width - font["hmtx"][draws][0], 0)))
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    glyph = pen.glyph()
    font["glyf"][name] = glyph
    font["glyf"].glyphOrder = font.getGlyphOrder()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (width, glyph.xMin if draws else 0)
    font["GDEF"].table.GlyphClassDef.classDefs[name] = _BASE_GLYPH


def _add_lookup(font: TTFont, table: str, subtable: Any, kind: int = 1) -> int:
    """Add a lookup with one subtable, and return its number."""
    lookups = font[table].table.LookupList
    lookup = otTables.Lookup()
    lookup.LookupType, lookup.LookupFlag, lookup.SubTable, lookup.SubTableCount = kind, 0, [subtable], 1
    lookups.Lookup.append(lookup)
    lookups.LookupCount = len(lookups.Lookup)
    return int(lookups.LookupCount) - 1


def _add_to_feature(font: TTFont, table: str, tag: str, lookup: int) -> None:
    for each in font[table].table.FeatureList.FeatureRecord:
        if each.FeatureTag == tag:
            each.Feature.LookupListIndex.append(lookup)
            each.Feature.LookupCount = len(each.Feature.LookupListIndex)


def _chain(font: TTFont, row: list[Iterable[str]], lookups: list[int]) -> Any:
    """A rule: where these glyphs follow each other, each is replaced by its lookup."""
    table = otTables.ChainContextSubst()
    table.Format = 3
    table.BacktrackCoverage, table.LookAheadCoverage = [], []
    table.BacktrackGlyphCount = table.LookAheadGlyphCount = 0
    table.InputCoverage = [buildCoverage(list(each), font.getReverseGlyphMap()) for each in row]
    table.InputGlyphCount = len(row)
    table.SubstLookupRecord = []
    for place, lookup in enumerate(lookups):
        record = otTables.SubstLookupRecord()
        record.SequenceIndex, record.LookupListIndex = place, lookup
        table.SubstLookupRecord.append(record)
    table.SubstCount = len(lookups)
    return table


def _name(font: TTFont, weight: str) -> None:
    """A name of its own; copyright and license stay."""
    kept = {each.nameID: str(each) for each in font["name"].names if each.nameID in {0, 13, 14}}
    full = f"{FAMILY}-{weight}"
    ours = {
        1: f"{FAMILY} {weight}",
        2: "Regular",
        3: full,
        4: full,
        5: "1.000",
        6: full,
        16: FAMILY,
        17: weight,
    }
    font["name"].names = []
    for number, text in sorted({**kept, **ours}.items()):
        font["name"].setName(text, number, 3, 1, 0x409)


def main() -> None:
    """Write each weight beside this file."""
    for weight in WEIGHTS:
        path = FOLDER / f"{FAMILY}-{weight}.ttf"
        make_face(weight).save(path)
        sys.stdout.write(f"{path.name}: {path.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
