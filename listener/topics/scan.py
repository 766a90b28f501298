"""One pass over a mention's text that finds the words of all topics at once.

Everything else (patterns, distances, language) is looked at when a topic asks for it, and once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping
from functools import reduce
from itertools import accumulate
from operator import or_

from listener.model import Mention
from listener.text import automaton
from listener.text.normalise import Normalised, language, normalise
from listener.topics.board import Marks
from listener.topics.folding import LATIN, at_boundaries, fold
from listener.topics.nodes import Place, literal_key
from listener.topics.patterns import compiled

__all__ = ["MOST_PLACES", "Automaton", "MentionScan"]

MOST_PLACES = 10_000
"""Places of one word or pattern that ``NEAR`` looks at: more are met in hostile texts only."""
_NO_MARKS: Mapping[str, Marks] = {}


# Bits of a word that are set one by one; of more the whole integer is.
_FEW = 16


def _set_in(bits: int) -> tuple[int, ...]:
    """The places of the bits that are set."""
    places: list[int] = []
    while bits:
        lowest = bits & -bits
        places.append(lowest.bit_length() - 1)
        bits ^= lowest
    return tuple(places)


class _Entry:
    """A word of the automaton. ``bits`` are those that it sets in the first
    block wherever it stands, ``marks`` in the others, ``bounded_marks`` those that it sets at word boundaries only."""

    __slots__ = ("bits", "bounded_marks", "latin_first", "latin_last", "literal", "marks", "placed", "word")

    def __init__(self, text: str, *, word: bool, literal: bool, placed: bool, marks: Mapping[str, Marks]) -> None:
        self.placed = placed
        self.latin_first, self.latin_last = text[0] in LATIN, text[-1] in LATIN
        self.word = text if word else ""
        self.literal = literal_key(text) if literal else ""
        anywhere, own = marks.get(self.literal, ()), marks.get(self.word, ())
        bounded = self.latin_first or self.latin_last
        wherever = anywhere if bounded else (*anywhere, *own)
        self.bits = reduce(or_, [bits for block, bits in wherever if not block], 0)
        self.marks: Marks = tuple([mark for mark in wherever if mark[0]])
        self.bounded_marks: Marks = own if bounded else ()


class Automaton:
    """The words of all topics.

    ``words`` stand at word boundaries, ``literals`` anywhere; of those ``placed`` every place is kept, of the others
    the first. ``marks`` are the bits that each key sets (see ``board``).
    """

    def __init__(
        self,
        words: Collection[str],
        literals: Collection[str] = (),
        placed: Collection[str] = (),
        marks: Mapping[str, Marks] = _NO_MARKS,
    ) -> None:
        texts = sorted({*words, *literals})
        self._find_words = automaton.Automaton(texts).find
        self._entries = [
            _Entry(text, word=text in words, literal=text in literals, placed=text in placed, marks=marks)
            for text in texts
        ]
        bits = [entry.bits for entry in self._entries]
        self._length = max([one.bit_length() for one in bits], default=0) // 8 + 1
        self._common = {number: one for number, one in enumerate(bits) if one.bit_count() > _FEW}
        self._places = [() if number in self._common else _set_in(one) for number, one in enumerate(bits)]
        self._bounded = frozenset([number for number, entry in enumerate(self._entries) if entry.bounded_marks])

    def scan(self, mention: Mention) -> MentionScan:
        """The mention ready to be asked what of the words stands in its title and text."""
        normal = normalise(mention.full_text)
        return MentionScan(mention, normal, fold(normal), self)

    def mark(self, scan: MentionScan, met: list[int]) -> list[int]:
        """``met`` with the bits of all words that occur: where they stand is not asked yet."""
        text = scan.text
        places = self._find_words(text)
        found = {number for number, _, _ in places}
        if not found:
            return met
        met[0] |= self._set_by(found)
        if not self._bounded.isdisjoint(found):
            for number in {n for n, start, end in places if n in self._bounded and at_boundaries(text, start, end)}:
                for block, own in self._entries[number].bounded_marks:
                    met[block] |= own
        if len(met) > 1:
            for block, own in [mark for number in found for mark in self._entries[number].marks]:
                met[block] |= own
        return met

    def _set_by(self, found: Collection[int]) -> int:
        """The bits that some words set in the first block. Most words set few: these are put together
        in a row of bytes, since a long integer for each word would be read from memory whole."""
        row, common = bytearray(self._length), 0
        for number in found:
            for place in self._places[number]:
                row[place >> 3] |= 1 << (place & 7)
            common |= self._common.get(number, 0)
        return int.from_bytes(row, "little") | common

    def places(self, text: str) -> tuple[dict[str, Place], dict[str, list[Place]]]:
        """The first place of each word in folded ``text``, and every place of those ``placed``."""
        first: dict[str, Place] = {}
        places: dict[str, list[Place]] = {}
        self._find(text, first, places)
        return first, places

    def _find(self, text: str, first: dict[str, Place], places: dict[str, list[Place]]) -> None:
        size = len(text)
        for number, start, end in self._find_words(text):
            entry = self._entries[number]
            word, literal = entry.word, entry.literal
            if literal and literal not in first:
                first[literal] = (start, end)
            if not word or (word in first and not entry.placed):
                continue
            if entry.latin_first and start and text[start - 1] in LATIN:
                continue
            if entry.latin_last and end < size and text[end] in LATIN:
                continue
            first.setdefault(word, (start, end))
            if entry.placed and len(found := places.setdefault(word, [])) < MOST_PLACES:
                found.append((start, end))


class MentionScan:
    """What was found in one mention; places count in the folded ``text``, ``original`` leads back."""

    def __init__(self, mention: Mention, normal: Normalised, text: str, automaton: Automaton) -> None:
        self.mention = mention
        self.text = text
        self._automaton = automaton
        self._normal = normal
        self._unmoved = isinstance(normal.offsets, range)
        self._found: tuple[dict[str, Place], dict[str, list[Place]]] | None = None
        self._first_of: dict[tuple[str, bool], Place | None] = {}
        self._places_of: dict[tuple[str, bool], list[Place]] = {}
        self._axis: list[int] | None = None
        self._language = ""

    @property
    def first(self) -> dict[str, Place]:
        """The first place of each word that occurs; looked for when it is asked for the first time."""
        return (self._found or self._look())[0]

    def _look(self) -> tuple[dict[str, Place], dict[str, list[Place]]]:
        self._found = self._automaton.places(self.text)
        return self._found

    def original(self, place: Place) -> Place:
        """The place in ``Mention.full_text`` of a place in the folded text."""
        return place if self._unmoved else self._normal.span(*place)

    def language(self) -> str:
        """``zh``, ``en``, ``mixed``, ``other`` or ``none``."""
        self._language = self._language or language(self.mention.full_text)
        return self._language

    def word_places(self, key: str) -> list[Place]:
        """Every place of a word that some ``NEAR`` asks for, else the first, else none."""
        first, places = self._found or self._look()
        return places.get(key) or ([first[key]] if key in first else [])

    def _searched(self, wild: bool) -> str:
        """The text that a pattern sees: RE2 takes ``_`` for a letter of a word, words do not."""
        return self.text.replace("_", " ") if wild else self.text

    def pattern_found(self, pattern: str, wild: bool) -> Place | None:
        """The first place of a pattern, never an empty one."""
        key = pattern, wild
        if key not in self._first_of:
            found = compiled(pattern).search(self._searched(wild))
            self._first_of[key] = found.span() if found and found.end() > found.start() else None
        return self._first_of[key]

    def pattern_places(self, pattern: str, wild: bool) -> list[Place]:
        """Every place of a pattern, none overlapping another."""
        key = pattern, wild
        if key not in self._places_of:
            places: list[Place] = []
            for found in compiled(pattern).finditer(self._searched(wild)):
                if found.end() > found.start():
                    places.append(found.span())
                if len(places) == MOST_PLACES:
                    break
            self._places_of[key] = places
        return self._places_of[key]

    def near_places(self, left: list[Place], right: list[Place], distance: int) -> list[Place]:
        """The first stretch from a place of ``left`` to one of ``right``, or the other way, with at most ``distance``
        characters between; at most one for each place of ``left``, in order."""
        axis = self._characters()
        starts = [start for start, _ in right]
        right_ends = sorted(right, key=lambda place: place[1])
        ends = [end for _, end in right_ends]
        found = []
        for start, end in left:
            after = bisect_left(starts, end)
            if after < len(right) and axis[right[after][0]] - axis[end] <= distance:
                found.append((start, right[after][1]))
                continue
            before = bisect_right(ends, start) - 1
            if before >= 0 and axis[start] - axis[ends[before]] <= distance:
                found.append((right_ends[before][0], end))
        return found

    def _characters(self) -> list[int]:
        """How many characters stand before each place of the folded text, as a reader of the original counts them:
        a shortened 「！！！！！！」 is six, an expanded ㎏ one, what is invisible none, a run of blanks one."""
        if self._axis is None:
            self._axis = [0, *accumulate(_widths(self._normal))]
        return self._axis


def _widths(normal: Normalised) -> list[int]:
    """The characters of the original that each character of the normal form stands for."""
    widths = [1] * len(normal.text)
    if isinstance(normal.offsets, range):
        return widths
    first = 0
    for i in range(1, len(widths) + 1):
        if i < len(widths) and normal.offsets[i] == normal.offsets[first] and normal.ends[i] == normal.ends[first]:
            continue
        if i - first > 1:  # several characters made from one piece: they count as many as the piece had
            widths[first:i] = [0] * (i - first)
            widths[first] = normal.ends[first] - normal.offsets[first]
        first = i
    return widths
