"""One pass over a mention's text that finds the words of all topics at once.

Everything else (patterns, distances, language) is looked at when a topic asks for it, and once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, TypeAlias

from listener.machine import i64, vec
from listener.model import Mention
from listener.text.normalise import Normalised, language, normalise
from listener.text.trie import trie_of
from listener.topics.folding import LATIN, fold
from listener.topics.nodes import MOST_PLACES, Place, literal_key
from listener.topics.patterns import compiled

__all__ = ["Automaton", "MentionScan"]

if TYPE_CHECKING:
    Found: TypeAlias = vec[i64]
    """Of each place the number of its word, where it begins, where it ends; all by where they begin."""


class _Entry:
    """A word of the automaton."""

    __slots__ = ("latin_first", "latin_last", "literal", "placed", "word")

    def __init__(self, text: str, *, word: bool, literal: bool, placed: bool) -> None:
        self.placed = placed
        self.latin_first, self.latin_last = text[0] in LATIN, text[-1] in LATIN
        self.word = text if word else ""
        self.literal = literal_key(text) if literal else ""

    def keys(self) -> list[tuple[str, bool]]:
        """What is found with it, and whether at word boundaries only."""
        literal = [(self.literal, False)] if self.literal else []
        return [*literal, (self.word, self.latin_first or self.latin_last)] if self.word else literal


class Automaton:
    """The words of all topics.

    ``words`` stand at word boundaries, ``literals`` anywhere; of those ``placed`` every place is kept, of the others
    the first.
    """

    def __init__(self, words: Collection[str], literals: Collection[str] = (), placed: Collection[str] = ()) -> None:
        texts = sorted({*words, *literals})
        self.texts = texts  # by number
        self._words = trie_of(texts)
        self._entries = [
            _Entry(text, word=text in words, literal=text in literals, placed=text in placed) for text in texts
        ]

    def keys(self) -> list[list[tuple[str, bool]]]:
        """For each word, by its number, what is found with it, and whether at word boundaries only."""
        return [entry.keys() for entry in self._entries]

    def scan(self, mention: Mention) -> MentionScan:
        """The mention ready to be asked what of the words stands in its title and text."""
        normal = normalise(mention.full_text)
        return MentionScan(mention, normal, fold(normal), self)

    def find(self, text: str) -> Found:
        """Every place of every word in folded ``text``, whether at boundaries or not."""
        return self._words.find(text)

    def places(self, text: str, found: Found) -> tuple[dict[str, Place], dict[str, list[Place]]]:
        """Of what was ``found`` in folded ``text`` the first place of each word, every place of those ``placed``."""
        first: dict[str, Place] = {}
        places: dict[str, list[Place]] = {}
        self._sort(text, found, first, places)
        return first, places

    def _sort(self, text: str, found: Found, first: dict[str, Place], places: dict[str, list[Place]]) -> None:
        size = len(text)
        for at in range(0, len(found), 3):
            entry = self._entries[found[at]]
            start, end = found[at + 1], found[at + 2]
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
            if entry.placed and len(kept := places.setdefault(word, [])) < MOST_PLACES:
                kept.append((start, end))


class MentionScan:
    """What was found in one mention; places count in the folded ``text``, ``original`` leads back."""

    def __init__(self, mention: Mention, normal: Normalised, text: str, automaton: Automaton) -> None:
        self.mention = mention
        self.text = text
        self._automaton = automaton
        self._normal = normal
        self._unmoved = isinstance(normal.offsets, range)
        self._offsets, self._ends = normal.offsets, normal.ends
        self._all: Found = vec[i64]()
        self._looked = False
        self._found: tuple[dict[str, Place], dict[str, list[Place]]] | None = None
        self._first_of: dict[tuple[str, bool], Place | None] = {}
        self._places_of: dict[tuple[str, bool], list[Place]] = {}
        self._axis: list[int] | None = None
        self._language = ""

    def found(self) -> Found:
        """Every place of every word, whether at boundaries or not; looked for once."""
        if not self._looked:
            self._all = self._automaton.find(self.text)
            self._looked = True
        return self._all

    @property
    def first(self) -> dict[str, Place]:
        """The first place of each word that occurs; looked for when it is asked for the first time."""
        return (self._found or self._look())[0]

    def _look(self) -> tuple[dict[str, Place], dict[str, list[Place]]]:
        self._found = self._automaton.places(self.text, self.found())
        return self._found

    def original(self, place: Place) -> Place:
        """The place in ``Mention.full_text`` of a place in the folded text."""
        if self._unmoved:
            return place
        start, end = place
        return (self._offsets[start], self._ends[end - 1]) if start < end else self._normal.span(start, end)

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

    def near_places(self, left: list[Place], right: list[Place], distance: int) -> Iterator[Place]:
        """Every stretch from a place of ``left`` to one of ``right``, or the other way, with at most ``distance``
        characters between: for each place of ``left`` first those that go on behind it; the nearest before others."""
        axis = self._characters()
        starts = [start for start, _ in right]
        right_ends = sorted(right, key=lambda place: place[1])
        ends = [end for _, end in right_ends]
        for start, end in left:
            for at in range(bisect_left(starts, end), len(right)):
                if axis[starts[at]] - axis[end] > distance:
                    break
                yield start, right[at][1]
            for at in range(bisect_right(ends, start) - 1, -1, -1):
                if axis[start] - axis[ends[at]] > distance:
                    break
                yield right_ends[at][0], end

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
