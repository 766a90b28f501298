"""Many words looked for in one pass over a text: an Aho-Corasick automaton, run natively over its bytes.

A. V. Aho, M. J. Corasick: Efficient string matching, Communications of the ACM 18 (1975), 333-340
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

__all__ = ["Automaton", "Place"]

Place = tuple[int, int, int]
"""(number of the word, start, end)."""

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class Automaton:
    """Finds ``words``, none of which may be empty, by their numbers.

    Every occurrence, by where it ends, of those that end together the longest first; or, with ``longest``, none over
    another: of words that overlap the one that begins first, and of those the longest. ``kept``: the words are kept, so
    that ``words`` need not make them anew.
    """

    def __init__(self, words: Sequence[str], *, longest: bool = False, kept: bool = False) -> None:
        # The compact automaton: the one with a full table takes a hundred times its memory and is hardly quicker.
        kind = MatchKind.LeftmostLongest if longest else MatchKind.Standard
        compact = Implementation.ContiguousNFA
        self._found = AhoCorasick(words, kind, store_patterns=kept, implementation=compact)
        self._overlapping = not longest

    def find(self, text: str) -> list[Place]:
        """Where the words stand in ``text``; linear in its length, and in what is found."""
        try:
            return self._found.find_matches_as_indexes(text, self._overlapping)
        except UnicodeEncodeError:  # half a character: nothing else is in its place
            return self._found.find_matches_as_indexes(_SURROGATE.sub("\ufffd", text), self._overlapping)

    def words(self, text: str) -> list[str]:
        """Which words stand in ``text``, in the order of ``find``: in half its time, since no place is counted."""
        try:
            return self._found.find_matches_as_strings(text, self._overlapping)
        except UnicodeEncodeError:
            return self._found.find_matches_as_strings(_SURROGATE.sub("\ufffd", text), self._overlapping)
