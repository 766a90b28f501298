"""Tables of characters: what is seen as nothing, what has another form, what belongs to the character before.

Made from the Unicode data of the standard library and from OpenCC's traditional-to-simplified data, once, on
first use. A table entry is always one code point for one code point, so that offsets stay as they are.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from array import array
from collections.abc import Iterable
from functools import cache
from itertools import chain, compress, count
from typing import Final

import opencc

__all__ = ["INVISIBLE", "PROVINCES", "changing", "expanding", "marks", "same_length", "unsettled"]

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

# What melts into the character before it without being a combining mark: the Korean vowels and finals, kana marks
_MELTING = frozenset({*range(0x1161, 0x1200), 0xFF9E, 0xFF9F})

INVISIBLE = re.compile(f"[{_BLANK}{_SELECTORS}{_CONTROLS}{_FORMAT}{_SURROGATES}]+")
"""Runs of characters that show nothing: control, zero width, direction, variation, lone surrogates."""


@cache
def same_length() -> str:
    """For ``str.translate``: at each code point the one character that stands for it, NFKC and simplified.

    A string and not a dict: ``translate`` then meets no missing key, which costs it an exception each.
    """
    table = {point: form for point, form in _forms().items() if len(form) == 1}
    simple = _simplified(sorted({*_points(_HAN), *map(ord, table.values())}))
    whole = array("I", range(_FORMS[-1].stop))  # numbers: a string for each would take 15 MB
    for point, form in chain(simple.items(), table.items()):
        if point < len(whole):
            whole[point] = ord(simple.get(ord(form), form))
    return whole.tobytes().decode(f"utf-32-{sys.byteorder[0]}e", "surrogatepass")


@cache
def changing() -> re.Pattern[str]:
    """Finds a character that ``same_length`` may change; beyond the basic plane whole blocks are named, without those
    of emoji."""
    whole = same_length()[:0x10000]
    body = _body(point for point, form in enumerate(whole) if ord(form) != point)
    return re.compile(f"[{body}\U00010000-\U0001f2ff\U00020000-\U0010ffff]")


@cache
def marks() -> str:
    """The body of a character class: the marks that melt into the character before them.

    Piles of them are cut by the caller: putting them in order costs the square of their number.
    """
    combining = compress(count(0x300), map(unicodedata.combining, map(chr, range(0x300, 0x1E950))))
    points = sorted({*combining, *_MELTING})
    return _body(point for point in points if not INVISIBLE.match(chr(point)))


@cache
def expanding() -> str:
    """The body of a character class: the characters whose NFKC form is longer than one.

    The spacing accents (´ ¯ ¨ …) are not among them: their form is a blank and a mark, which would join
    whatever stands before.
    """
    return _body(point for point, form in _forms().items() if _expands(point, form))


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


@cache
def _forms() -> dict[int, str]:
    """The NFKC form of each character that is another than itself, in order. Asked for once, with one character a line:
    nothing composes over the end of a line."""
    points = list(_points(_FORMS))
    lines = unicodedata.normalize("NFKC", "\n".join(map(chr, points))).split("\n")
    return {point: form for point, form in zip(points, lines, strict=True) if form != chr(point)}


def _expands(point: int, form: str) -> bool:
    return len(form) > 1 and not form.startswith(" ") and not (point in _MELTING or unicodedata.combining(chr(point)))


def _simplified(points: list[int]) -> dict[int, str]:
    """OpenCC's table of single characters (t2s), asked for once with one character a line."""
    converter = opencc.OpenCC("t2s")
    lines = "\n".join(map(chr, points))
    once = converter.convert(lines)
    # A few simplified forms are themselves the traditional form of another character.
    twice = converter.convert(once).split("\n")
    return {point: word for point, word in zip(points, twice, strict=True) if chr(point) != word and len(word) == 1}
