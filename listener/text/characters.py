"""Tables of characters: what is seen as nothing, what has another form, what belongs to the character before.

Made from the Unicode data of the standard library and from OpenCC's traditional-to-simplified data, once, on
first use. A table entry is always one code point for one code point, so that offsets stay as they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

import opencc

__all__ = ["INVISIBLE", "PROVINCES", "expanding", "marks", "same_length", "unsettled"]

PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
"""The characters a mainland plate begins with (GA 36-2018, table of 31)."""

# Where Unicode keeps characters with a compatibility form (the rest of the planes is scanned for nothing)
_FORMS = (range(0xA0, 0xD800), range(0xF900, 0x10000), range(0x1D400, 0x1F300), range(0x2F800, 0x2FA20))
# Where it keeps Han characters
_HAN = (range(0x3400, 0xA000), range(0x20000, 0x2EBF0))

# Fillers, skin tones and marks that show nothing although they are no format characters; UAX #44
# Default_Ignorable_Code_Point, and what is blank in every font (U+2800, U+FFFC).
_BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U0001f3fb-\U0001f3ff"
_SELECTORS = "\u180b-\u180f\ufe00-\ufe0f\U000e0000-\U000e0fff"
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
_FORMAT = (
    "\xad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
)
_SURROGATES = "\ud800-\udfff"

INVISIBLE = re.compile(f"[{_BLANK}{_SELECTORS}{_CONTROLS}{_FORMAT}{_SURROGATES}]+")
"""Runs of characters that show nothing: control, zero width, direction, variation, lone surrogates."""


@cache
def same_length() -> str:
    """For ``str.translate``: at each code point the one character that stands for it, NFKC and simplified.

    A string and not a dict: ``translate`` then meets no missing key, which costs it an exception each.
    """
    forms = {point: _form(point) for point in _points(_FORMS)}
    table = {point: form for point, form in forms.items() if len(form) == 1}
    simple = _simplified(sorted({*_points(_HAN), *map(ord, table.values())}))
    whole = (table.get(point, chr(point)) for point in range(_FORMS[-1].stop))
    return "".join(simple.get(ord(form), form) for form in whole)


@cache
def marks() -> str:
    """The body of a character class: the marks that melt into the character before them.

    Piles of them are cut by the caller: putting them in order costs the square of their number.
    """
    points = (point for point in range(0x300, 0x1E950) if _is_mark(point))
    return _body(point for point in points if not INVISIBLE.match(chr(point)))


@cache
def expanding() -> str:
    """The body of a character class: the characters whose NFKC form is longer than one.

    The spacing accents (´ ¯ ¨ …) are not among them: their form is a blank and a mark, which would join
    whatever stands before.
    """
    return _body(point for point in _points(_FORMS) if _expands(point))


@cache
def unsettled() -> re.Pattern[str]:
    """Finds a character that may need more than ``same_length`` does; blanks are among them.

    Exact within the basic plane. Beyond it whole blocks are named, since only a class of few ranges there is
    searched quickly; those of emoji are not among them.
    """
    basic = "".join(map(chr, range(0x10000)))
    body = f"{INVISIBLE.pattern[1:-2]}{marks()}{expanding()}"
    found = map(ord, re.findall(rf"[\s{body}]", basic))
    return re.compile(f"[{_body(found)}\U00010000-\U0001f2ff\U0001f3fb-\U0001f3ff\U00020000-\U0010ffff]")


def _body(points: Iterable[int]) -> str:
    """The inside of a character class, runs of neighbours as ranges; ``points`` in order."""
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


def _points(ranges: Iterable[range]) -> Iterable[int]:
    return (point for scanned in ranges for point in scanned)


def _form(point: int) -> str:
    return unicodedata.normalize("NFKC", chr(point))


def _expands(point: int) -> bool:
    return len(_form(point)) > 1 and not _is_mark(point) and not _form(point).startswith(" ")


def _is_mark(point: int) -> bool:
    """True where the character may melt into the one before it: marks, and the Korean vowels and finals."""
    if 0x1161 <= point <= 0x11FF or point in (0xFF9E, 0xFF9F):
        return True
    return unicodedata.combining(chr(point)) != 0


def _simplified(points: list[int]) -> dict[int, str]:
    """OpenCC's table of single characters (t2s), asked for once with one character a line."""
    converter = opencc.OpenCC("t2s")
    lines = "\n".join(map(chr, points))
    once = converter.convert(lines)
    # A few simplified forms are themselves the traditional form of another character.
    twice = converter.convert(once).split("\n")
    return {point: word for point, word in zip(points, twice, strict=True) if chr(point) != word and len(word) == 1}
