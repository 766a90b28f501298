"""How the shipped font was made: ``python -m listener.reports.fonts NotoSansCJK-Regular.ttc``.

The input is ``/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc`` of Debian's package ``fonts-noto-cjk``
(SIL Open Font License 1.1). The simplified Chinese face is taken out of the collection, cut down to the 6,763 Han
of GB2312 levels 1 and 2, what GB2312 has besides Han, Latin with accents, and the signs that pages use; hints
and alternates are dropped, and it gets our own name, as the licence asks of changed versions.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

from listener.reports.fonts import FAMILY, FONT_FILE

FACE = "Noto Sans CJK SC"
RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0x17F),  # Latin-1 and Latin Extended-A
    (0x2010, 0x2027),  # dashes, quotation marks, bullets, ellipsis
    (0x2030, 0x205E),
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),  # letterlike: ℃ № ™
    (0x2150, 0x218F),  # fractions and Roman numbers
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematics
    (0x2460, 0x24FF),  # numbers in circles
    (0x2500, 0x257F),  # lines
    (0x25A0, 0x25FF),  # shapes
    (0x2600, 0x2667),  # ☆ ★ ☎
    (0x2713, 0x2717),
    (0x3000, 0x301F),  # Chinese punctuation
    (0xFF01, 0xFF5E),  # full width
    (0xFFE0, 0xFFE6),
)


def gb2312() -> set[int]:
    """Every code point of GB 2312-1980: 6,763 Han and 682 other signs."""
    found = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((row, cell)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def wanted() -> set[int]:
    """All code points that the shipped font should have."""
    return gb2312() | {point for first, last in RANGES for point in range(first, last + 1)}


def face_of(collection: Path) -> TTFont:
    """The simplified Chinese face of a collection (.ttc), or the font itself (.otf)."""
    if collection.suffix.lower() != ".ttc":
        return TTFont(collection)
    for font in TTCollection(collection).fonts:
        if font["name"].getDebugName(1) == FACE:
            return font
    raise SystemExit(f"{collection}: has no face named {FACE}")


def rename(font: TTFont) -> None:
    """Our family name in every name record; copyright and licence stay as they are."""
    compact = FAMILY.replace(" ", "")
    names = {1: FAMILY, 2: "Regular", 3: f"1.0;{compact}", 4: FAMILY, 6: f"{compact}-Regular"}
    table = font["name"]
    table.names = [record for record in table.names if record.nameID in (0, 5, 13, 14) and record.langID == 0x409]
    for identifier, value in names.items():
        table.setName(value, identifier, 3, 1, 0x409)
    top = font["CFF "].cff
    top.fontNames = [f"{compact}-Regular"]
    top.topDictIndex[0].FamilyName, top.topDictIndex[0].FullName = FAMILY, FAMILY


def make(source: Path, out: Path) -> int:
    """Write the subset of ``source`` to ``out``; its size in bytes."""
    options = subset.Options()
    options.hinting = False
    options.layout_features = ["kern", "palt"]
    options.name_IDs = ["*"]
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "GDEF"]
    options.recalc_timestamp = False
    font = face_of(source)
    maker = subset.Subsetter(options)
    maker.populate(unicodes=wanted())
    maker.subset(font)
    rename(font)
    font.save(out)
    return out.stat().st_size


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the font from the file that the command line names."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path)
    parser.add_argument("--out", type=Path, default=FONT_FILE)
    given = parser.parse_args(arguments)
    print(f"{given.out}: {make(given.source, given.out):,} bytes")  # noqa: T201 - a maker's tool, run by hand


if __name__ == "__main__":
    main()
