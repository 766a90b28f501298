"""The form of a text that is matched, with the way back into the original.

    invisible characters go → NFKC, simplified → blanks folded → repeats shortened

Nothing here keeps the original: the caller does, and ``Normalised.span`` leads back into it. Case is kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, lru_cache, partial
from typing import Final, NamedTuple

from listener.text.characters import INVISIBLE, changing, expanding, marks, same_length, unsettled
from listener.text.identifiers import email, order_number, phone, plate, vin
from listener.text.parts import Part, blank, blanked, parts
from listener.text.sign import Sign, stands_in_a_row

__all__ = [
    "Normalised",
    "Part",
    "blank",
    "email",
    "language",
    "normalise",
    "order_number",
    "parts",
    "phone",
    "plate",
    "vin",
]

REPEATS: Final = 3
"""How many of one character in a row are kept; digits and the stars of masked numbers are kept whole."""

MARKS_KEPT: Final = 8
"""How many accents on one character are kept; a longer pile is decoration."""

# A blank beside one of these says nothing. The stop is not among them: "Well done. Thanks"; see ``_at_stop``.
_BARE_MARKS: Final = frozenset(',"!?;:。、…~()[]{}<>《》〈〉“”‘’【】「」『』')
_BLANK: Final = re.compile(r"\s+")
_LINE_END: Final = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_REPEATED: Final = re.compile(r"([^\d*\s])(?=" + r"\1" * REPEATS + ")")


_KEPT: Final = 256
_LONGEST_KEPT: Final = 500
"""Texts whose form is kept, and their length: topics ask for what the analysis has just asked for."""


class Normalised(NamedTuple):
    """``text`` is for matching; ``offsets[i]`` is where its code point ``i`` begins in the original.

    ``ends[i]`` is where it ends there: the characters that were folded into it are inside.
    """

    text: str
    offsets: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of ``text[start:end]``; an empty piece gives an empty place."""
        if start >= end:
            place = self.offsets[start] if start < len(self.offsets) else (self.ends[-1] if self.ends else 0)
            return place, place
        return self.offsets[start], self.ends[end - 1]


# A NamedTuple's own __new__ is Python code.
_form: Final[Callable[[tuple[str, Sequence[int], Sequence[int]]], Normalised]] = partial(tuple.__new__, Normalised)


def normalise(text: str) -> Normalised:
    """The matching form of ``text``: never raises, linear, the same for a text and for its own result."""
    return _kept(text) if len(text) <= _LONGEST_KEPT else _normalised(text)


def _normalised(text: str) -> Normalised:
    same = _simple(text)
    hard = _unsettled().within(same)
    if not hard and not stands_in_a_row(same):
        size = len(same)
        return _form((same, range(size), range(1, size + 1)))
    draft = _Draft(same)
    _shorten(draft)
    if hard:  # what stood apart may stand in a row now: ……, or "! ! ! !"
        _settle(draft)
        _shorten(draft)
    return _form((draft.text, draft.starts, draft.ends))


_kept: Final = lru_cache(maxsize=_KEPT)(_normalised)


def _simple(text: str) -> str:
    """``text`` with each character as ``same_length`` has it. The full-width marks of Chinese text stand in most of
    them, another such character in few."""
    text = text.replace("，", ",").replace("！", "!").replace("？", "?").replace("：", ":")
    text = text.replace("（", "(").replace("）", ")").replace("；", ";")
    return text.translate(same_length()) if _changing().within(text) else text


@cache
def _changing() -> Sign:
    return Sign(changing().pattern)


@cache
def _unsettled() -> Sign:
    return Sign(unsettled().pattern)


def _shorten(draft: _Draft) -> None:
    if stands_in_a_row(draft.text):  # digits and blanks, too, which are kept
        draft.replace(_shortened(draft.text))


def _settle(draft: _Draft) -> None:
    """Everything but the repeats."""
    if _more_than_blanks().within(draft.text):
        draft.edit(INVISIBLE, lambda _: "")
        if _marks().search(draft.text):
            draft.edit(_clusters(), _composed)
        draft.edit(_expanding(), lambda found: _settled(found[0]))
    draft.edit(_BLANK, _folded)


@cache
def _more_than_blanks() -> Sign:
    return Sign(rf"[{INVISIBLE.pattern[1:-2]}{marks()}{expanding()}]")


@cache
def _marks() -> re.Pattern[str]:
    return re.compile(rf"[{marks()}]")


@cache
def _clusters() -> re.Pattern[str]:
    return re.compile(rf"[^{marks()}]?[{marks()}]+")


@cache
def _expanding() -> re.Pattern[str]:
    return re.compile(rf"[{expanding()}]")


def _settled(text: str) -> str:
    return unicodedata.normalize("NFKC", text).translate(same_length())


class _Draft:
    """A text on its way, with the place of each code point in the original."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts: Sequence[int] = range(len(text))
        self.ends: Sequence[int] = range(1, len(text) + 1)

    def edit(self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]) -> None:
        """Replace every match; a replacement of another length takes the place of the whole match."""
        self.replace((*found.span(), replacement(found)) for found in pattern.finditer(self.text))

    def replace(self, edits: Iterable[tuple[int, int, str]]) -> None:
        """Put each text in the place of what stands from start to end, in order."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        done = 0
        for start, end, new in edits:
            if end - start == len(new) and new == self.text[start:end]:
                continue
            pieces += self.text[done:start], new
            starts += self.starts[done:start]
            starts += [self.starts[start]] * len(new)
            ends += self.ends[done:start]
            ends += [self.ends[end - 1]] * len(new)
            done = end
        if done:
            self.text = "".join((*pieces, self.text[done:]))
            self.starts, self.ends = (*starts, *self.starts[done:]), (*ends, *self.ends[done:])


def _composed(found: re.Match[str]) -> str:
    """A character with its marks in NFKC form."""
    cluster = found[0][: MARKS_KEPT + 1]
    if cluster[0].isspace():  # marks on a blank would jump to another character once the blank goes
        return cluster[0]
    return _settled(cluster)[: MARKS_KEPT + 1]


def _shortened(text: str) -> Iterator[tuple[int, int, str]]:
    """Each run of one character that is too long, and what stands for it. Its end is looked for by hand: a regular
    expression keeps a hundred bytes for each character of ``(.)\\1+``."""
    size = len(text)
    found = _REPEATED.search(text)
    while found:
        start = found.start()
        char, end = text[start], start + REPEATS + 1
        while end < size and text[end] == char:
            end += 1
        yield start, end, char * REPEATS
        found = _REPEATED.search(text, end)


def _folded(found: re.Match[str]) -> str:
    """A run of blanks: one line end, one space, or nothing at the ends and beside a mark."""
    start, end = found.span()
    text = found.string
    if not start or end == len(text):
        return ""
    if _LINE_END.search(found[0]):
        return "\n"
    if text[start - 1] in _BARE_MARKS or text[end] in _BARE_MARKS:
        return ""
    return "" if (text[start - 1] == "." or text[end] == ".") and _at_stop(text, start, end) else " "


def _at_stop(text: str, start: int, end: int) -> bool:
    """Whether a blank stands beside a stop that ends no Latin sentence: beside ``..``, or between it and no Latin."""
    left, right = text[max(0, start - 2) : start], text[end : end + 2]
    if left == ".." or right == "..":
        return True
    return (left.endswith(".") and not right[:1].isascii()) or (right[:1] == "." and not left[-1:].isascii())


_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_OTHER_SCRIPT: Final = re.compile(r"[\u0370-\u1fff\u3040-\u30ff\ua000-\ud7ff]")
_LATIN_WORD: Final = re.compile(r"[A-Za-zÀ-ɏ]+")


_ANY_HAN: Final = Sign(_HAN.pattern)
# Every letter that is no Han character
_FOREIGN: Final = Sign("[A-Za-zÀ-ɏ\u0370-\u1fff\u3040-\u30ff\ua000-\ud7ff]")
_NOT_SPOKEN: Final = ("url", "at", "email")


def language(text: str, found: Sequence[Part] | None = None) -> str:
    """``zh``, ``en``, ``mixed``, ``other``, or ``none`` where no letters are left beside addresses and names.

    A Latin word counts as much as a Han character; up to a third of foreign words changes nothing (brands,
    model numbers). Japanese and Korean are ``other`` although they hold Han characters. ``found`` are the ``parts`` of
    ``text`` where they are known.
    """
    bare = blanked(text, parts(text) if found is None else found, _NOT_SPOKEN)
    if not _FOREIGN.within(bare):
        return "zh" if _ANY_HAN.within(bare) else "none"
    han, latin, other = (len(pattern.findall(bare)) for pattern in (_HAN, _LATIN_WORD, _OTHER_SCRIPT))
    whole = han + latin + other
    if not whole:
        return "none"
    if other * 5 > whole:
        return "other"
    if latin * 3 <= whole:
        return "zh"
    return "en" if han * 3 <= latin else "mixed"
