"""One pass over a mention's text that finds the words of all topics at once: an Aho-Corasick automaton.

    A. V. Aho, M. J. Corasick: Efficient string matching, Communications of the ACM 18 (1975), 333-340

Everything else (patterns, distances, language) is looked at when a topic asks for it, and once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection
from itertools import accumulate

import ahocorasick

from listener.model import Mention
from listener.text.normalise import Normalised, language, normalise
from listener.topics.folding import LATIN, fold
from listener.topics.nodes import Place, literal_key
from listener.topics.patterns import compiled

__all__ = ["MOST_PLACES", "Automaton", "MentionScan"]

MOST_PLACES = 10_000
"""Places of one word or pattern that ``NEAR`` looks at: more are met in hostile texts only."""


class Automaton:
    """The words of all topics.

    ``words`` stand at word boundaries, ``literals`` anywhere; of those ``placed`` every place is kept, of the others
    the first.
    """

    def __init__(self, words: Collection[str], literals: Collection[str] = (), placed: Collection[str] = ()) -> None:
        self._automaton = ahocorasick.Automaton()
        for text in sorted({*words, *literals}):
            ends = text[0] in LATIN, text[-1] in LATIN
            literal = literal_key(text) if text in literals else ""
            self._automaton.add_word(text, (len(text), *ends, text if text in words else "", literal, text in placed))
        self._automaton.make_automaton()
        self._empty = not len(self._automaton)

    def scan(self, mention: Mention) -> MentionScan:
        """What of the words stands in the mention's title and text."""
        normal = normalise(mention.full_text)
        text = fold(normal)
        first: dict[str, Place] = {}
        places: dict[str, list[Place]] = {}
        if not self._empty:
            self._find(text, first, places)
        return MentionScan(mention, normal, text, first, places)

    def _find(self, text: str, first: dict[str, Place], places: dict[str, list[Place]]) -> None:
        size = len(text)
        for last, (length, latin_first, latin_last, word, literal, placed) in self._automaton.iter(text):
            start, end = last + 1 - length, last + 1
            if literal and literal not in first:
                first[literal] = (start, end)
            if not word or (word in first and not placed):
                continue
            if latin_first and start and text[start - 1] in LATIN:
                continue
            if latin_last and end < size and text[end] in LATIN:
                continue
            first.setdefault(word, (start, end))
            if placed and len(found := places.setdefault(word, [])) < MOST_PLACES:
                found.append((start, end))


class MentionScan:
    """What was found in one mention; places count in the folded text, ``original`` leads back."""

    def __init__(
        self,
        mention: Mention,
        normal: Normalised,
        text: str,
        first: dict[str, Place],
        places: dict[str, list[Place]],
    ) -> None:
        self.mention = mention
        self.first = first
        self._normal = normal
        self._unmoved = isinstance(normal.offsets, range)
        self._text = text
        self._places = places
        self._first_of: dict[tuple[str, bool], Place | None] = {}
        self._places_of: dict[tuple[str, bool], list[Place]] = {}
        self._axis: list[int] | None = None
        self._language = ""

    def original(self, place: Place) -> Place:
        """The place in ``Mention.full_text`` of a place in the folded text."""
        return place if self._unmoved else self._normal.span(*place)

    def language(self) -> str:
        """``zh``, ``en``, ``mixed``, ``other`` or ``none``."""
        self._language = self._language or language(self.mention.full_text)
        return self._language

    def word_places(self, key: str) -> list[Place]:
        """Every place of a word that some ``NEAR`` asks for, else the first, else none."""
        return self._places.get(key) or ([self.first[key]] if key in self.first else [])

    def _searched(self, wild: bool) -> str:
        """The text that a pattern sees: RE2 takes ``_`` for a letter of a word, words do not."""
        return self._text.replace("_", " ") if wild else self._text

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
