"""All words looked for, in one pass: a trie of the taxonomy, places, products and dealers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Final, NamedTuple

from listener.nlp.places import place_words
from listener.nlp.taxonomy import Taxonomy
from listener.text.trie import trie_of

__all__ = ["Cue", "CueFinder", "Hit", "aliases"]


class Cue(NamedTuple):
    """What a word stands for. ``kind``: problem, aspect, place, product, dealer; ``value``: code or name."""

    kind: str
    value: str


class Hit(NamedTuple):
    """A word found, with everything that it stands for."""

    word: str
    cues: tuple[Cue, ...]
    start: int
    end: int


# A NamedTuple's own __new__ is Python code.
_hit: Final[Callable[[tuple[str, tuple[Cue, ...], int, int]], Hit]] = partial(tuple.__new__, Hit)


class CueFinder:
    """Finds every cue word of a text; of words that overlap the longer one that begins first."""

    def __init__(
        self, taxonomy: Taxonomy, products: Mapping[str, str] | None = None, dealers: Mapping[str, str] | None = None
    ) -> None:
        cues: dict[str, list[Cue]] = {}
        for problem in taxonomy.problems:
            for kind, words in (("problem", problem.words), ("aspect", problem.aspects)):
                for word in words:
                    cues.setdefault(word, []).append(Cue(kind, problem.code))
        for word in taxonomy.ignored:
            cues.setdefault(word, [])
        for word, place in place_words().items():
            cues.setdefault(word, []).append(Cue("place", place))
        for kind, names in (("product", products or {}), ("dealer", dealers or {})):
            for alias, name in names.items():
                cues.setdefault(alias, []).append(Cue(kind, name))
        cues.pop("", None)  # an alias of which nothing is visible
        self._cues = [(word, tuple(found)) for word, found in cues.items()]
        self._words = trie_of(list(cues), longest=True)

    def find(self, text: str) -> list[Hit]:
        """The hits in order."""
        found = self._words.find(text)
        return [_hit((*self._cues[found[at]], found[at + 1], found[at + 2])) for at in range(0, len(found), 3)]


def aliases(named: Iterable[tuple[str, Iterable[str]]]) -> dict[str, str]:
    """Alias → name, lower case, the name being an alias of itself; blanks and single characters left out."""
    found: dict[str, str] = {}
    for name, others in named:
        for alias in (name, *others):
            if len(alias.strip()) > 1:
                found.setdefault(alias.strip().lower(), name)
    return found
