"""The tree of a topic: what it asks of a text. Leaves look at a ``Scan``; nothing here is changed once made.

All · Any · Not                what is joined
Word · Wild · Regex · Near     what stands in the text, at places
Field                          what is known beside the text
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final, NamedTuple, Protocol, TypeAlias

from listener.model import Mention

__all__ = [
    "MOST_PLACES",
    "All",
    "Any",
    "Field",
    "Hit",
    "Leaf",
    "Near",
    "Node",
    "Not",
    "Place",
    "Placed",
    "Regex",
    "Scan",
    "Wild",
    "Word",
    "leaves",
    "literal_key",
]

Place: TypeAlias = tuple[int, int]
MOST_PLACES: Final = 10_000
"""Places of one word, pattern or ``NEAR`` that a ``NEAR`` looks at: more are met in hostile texts only."""


class Hit(NamedTuple):
    """A condition that holds: how it is written, and its place in the original text (-1, -1: beside the text)."""

    word: str
    start: int
    end: int


class Scan(Protocol):
    """What was found in one mention; made once for all topics."""

    mention: Mention

    @property
    def first(self) -> dict[str, Place]: ...
    def word_places(self, key: str) -> list[Place]: ...
    def pattern_places(self, pattern: str, wild: bool) -> list[Place]: ...
    def pattern_found(self, pattern: str, wild: bool) -> Place | None: ...
    def near_places(self, left: list[Place], right: list[Place], distance: int) -> Iterator[Place]: ...
    def original(self, place: Place) -> Place: ...
    def language(self) -> str: ...


def literal_key(text: str) -> str:
    """The key in ``Scan.first`` of a piece of text that need not stand at word boundaries."""
    return f"\0{text}"


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase; ``key`` is its folded form."""

    text: str
    key: str

    def holds(self, scan: Scan) -> bool:
        return self.key in scan.first

    def places(self, scan: Scan) -> list[Place]:
        return scan.word_places(self.key)

    def found(self, scan: Scan) -> Iterator[Hit]:
        if self.key in scan.first:
            yield Hit(self.text, *scan.original(scan.first[self.key]))


@dataclass(frozen=True, slots=True)
class Wild:
    """A word with ``*`` or ``?``; ``literal`` is its longest fixed piece, without which it cannot occur."""

    text: str
    pattern: str
    literal: str

    def holds(self, scan: Scan) -> bool:
        return literal_key(self.literal) in scan.first and scan.pattern_found(self.pattern, True) is not None

    def places(self, scan: Scan) -> list[Place]:
        return scan.pattern_places(self.pattern, True) if literal_key(self.literal) in scan.first else []

    def found(self, scan: Scan) -> Iterator[Hit]:
        if self.holds(scan) and (place := scan.pattern_found(self.pattern, True)):
            yield Hit(self.text, *scan.original(place))


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in RE2's language."""

    text: str
    pattern: str

    def holds(self, scan: Scan) -> bool:
        return scan.pattern_found(self.pattern, False) is not None

    def places(self, scan: Scan) -> list[Place]:
        return scan.pattern_places(self.pattern, False)

    def found(self, scan: Scan) -> Iterator[Hit]:
        if (place := scan.pattern_found(self.pattern, False)) is not None:
            yield Hit(self.text, *scan.original(place))


@dataclass(frozen=True, slots=True)
class Field:
    """A fact beside the text. ``name``, ``operator`` and ``value`` say what is asked; ``test`` asks it."""

    text: str
    name: str
    operator: str
    value: str
    test: Callable[[Scan], bool] = field(compare=False, repr=False)

    def holds(self, scan: Scan) -> bool:
        return self.test(scan)

    def found(self, scan: Scan) -> Iterator[Hit]:
        if self.test(scan):
            yield Hit(self.text, -1, -1)


@dataclass(frozen=True, slots=True)
class Near:
    """Both, in either order, not overlapping, with at most ``distance`` characters between them."""

    left: Placed
    right: Placed
    distance: int

    def holds(self, scan: Scan) -> bool:
        return next(self._stretches(scan), None) is not None

    def places(self, scan: Scan) -> list[Place]:
        return sorted(islice(self._stretches(scan), MOST_PLACES))

    def found(self, scan: Scan) -> Iterator[Hit]:
        for place in islice(self._stretches(scan), 1):
            start, end = scan.original(place)
            yield Hit(scan.mention.full_text[start:end], start, end)

    def _stretches(self, scan: Scan) -> Iterator[Place]:
        left = self.left.places(scan)
        right = self.right.places(scan) if left else []
        return scan.near_places(left, right, self.distance) if right else iter(())


@dataclass(frozen=True, slots=True)
class All:
    """Every one of ``parts``."""

    parts: tuple[Node, ...]

    def holds(self, scan: Scan) -> bool:
        for part in self.parts:  # noqa: SIM110  (a generator for each topic costs as much as the looking)
            if not part.holds(scan):
                return False
        return True

    def found(self, scan: Scan) -> Iterator[Hit]:
        return chain.from_iterable([part.found(scan) for part in self.parts])


@dataclass(frozen=True, slots=True)
class Any:
    """At least one of ``parts``. Words are looked up together: a topic may have thousands."""

    parts: tuple[Node, ...]
    words: dict[str, Word] = field(init=False, compare=False, repr=False)
    others: tuple[Node, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        words = {part.key: part for part in reversed(self.parts) if isinstance(part, Word)}
        object.__setattr__(self, "words", words)
        object.__setattr__(self, "others", tuple(part for part in self.parts if not isinstance(part, Word)))

    def holds(self, scan: Scan) -> bool:
        if not self.words.keys().isdisjoint(scan.first.keys()):
            return True
        return bool(self.others) and any(part.holds(scan) for part in self.others)

    def places(self, scan: Scan) -> list[Place]:
        """Of an ``Any`` whose parts all have places, in order."""
        places = [place for key in self._shared(scan.first) for place in scan.word_places(key)]
        for part in self.others:
            places += part.places(scan) if isinstance(part, Placed) else []
        return sorted(places)

    def found(self, scan: Scan) -> Iterator[Hit]:
        words, first, original = self.words, scan.first, scan.original
        hits = [Hit(words[key].text, *original(first[key])) for key in self._shared(first)]
        for part in self.others:
            if part.holds(scan):
                hits += part.found(scan)
        return iter(hits)

    def _shared(self, first: dict[str, Place]) -> list[str]:
        """The words that occur, in the order of the text."""
        shared = list(self.words.keys() & first.keys())
        if len(shared) > 1:
            shared.sort(key=first.__getitem__)
        return shared


@dataclass(frozen=True, slots=True)
class Not:
    """``part`` does not hold; nothing is found by it."""

    part: Node

    def holds(self, scan: Scan) -> bool:
        return not self.part.holds(scan)

    def found(self, scan: Scan) -> Iterator[Hit]:
        return iter(())


Leaf: TypeAlias = Word | Wild | Regex | Field | Near
Node: TypeAlias = Leaf | All | Any | Not
Placed = Word | Wild | Regex | Near | Any
"""What has places in the text, and may so stand beside ``NEAR``; an ``Any`` only where all its parts do."""


def leaves(node: Node) -> Iterator[Leaf]:
    """The leaves of a tree, those inside ``Near`` and it itself among them; equal ones more than once."""
    match node:
        case All(parts) | Any(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case Near(left, right, _):
            yield node
            yield from leaves(left)
            yield from leaves(right)
        case _:
            yield node
