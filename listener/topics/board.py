"""Which topics the words of a text leave possible, for a thousand at once: one bit for each topic and condition.

A word that occurs sets the bits of all conditions that it meets; one comparison of long integers then tells the
topics of which every condition is met and no refused word occurs. So a match costs no look at its topic.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

from listener.topics.compiling import Asked

__all__ = ["BLOCK", "Board", "Marks", "numbers_of"]

BLOCK: Final = 1024
"""Topics of one integer: more would make the integers of rare words long."""
_GROUPS: Final = (0, 2, 3)
_REFUSED: Final = 1
"""Where in an integer stand the bits of each group of words, and of the refused ones; most words are in the first."""

Marks: TypeAlias = tuple[tuple[int, int], ...]
"""(number of the block, bits) of one word."""


class Board:
    """The conditions of some topics. ``marks`` has the bits that each key sets."""

    def __init__(self, topics: Sequence[Asked]) -> None:
        blocks = -(-len(topics) // BLOCK)
        self._width = BLOCK if blocks > 1 else len(topics)  # few topics make short integers
        self._met = [0] * blocks  # conditions that nothing has to meet
        self._every = [0] * blocks
        self._doubtful = [0] * blocks  # topics of which the words alone do not tell
        marks: dict[str, dict[int, int]] = {}
        for number, asked in enumerate(topics):
            self._add(*divmod(number, BLOCK), asked, marks)
        self.marks: dict[str, Marks] = {key: tuple(bits.items()) for key, bits in marks.items()}

    def _add(self, block: int, at: int, asked: Asked, marks: dict[str, dict[int, int]]) -> None:
        self._every[block] |= 1 << at
        groups = sorted(asked.groups, key=len)[: len(_GROUPS)]
        if not asked.exact or len(groups) < len(asked.groups):
            self._doubtful[block] |= 1 << at
        for place, slot in enumerate(_GROUPS):
            if place < len(groups):
                _mark(marks, groups[place], block, 1 << slot * self._width + at)
            else:
                self._met[block] |= 1 << slot * self._width + at
        _mark(marks, asked.refused, block, 1 << _REFUSED * self._width + at)

    def fresh(self) -> list[int]:
        """The bits of a text without words; the marks of its words are added to them."""
        return self._met.copy()

    def possible(self, met: Sequence[int]) -> list[tuple[int, int]]:
        """For each block (topics that match, topics among them whose tree has to be looked at) as bits."""
        found, width = [], self._width
        for bits, every, doubtful in zip(met, self._every, self._doubtful, strict=True):
            # the groups stand in places 0, 2 and 3, the refused words in 1
            left = bits & (bits >> 2 * width) & (bits >> 3 * width) & ~(bits >> width) & every
            found.append((left, left & doubtful))
        return found


def _mark(marks: dict[str, dict[int, int]], keys: frozenset[str], block: int, bit: int) -> None:
    for key in keys:
        bits = marks.setdefault(key, {})
        bits[block] = bits.get(block, 0) | bit


def numbers_of(blocks: Sequence[int]) -> Iterator[int]:
    """The numbers of the topics whose bits are set, in order."""
    for block, bits in enumerate(blocks):
        if bits:
            written = f"{bits:b}"[::-1]
            at = written.find("1")
            while at >= 0:
                yield block * BLOCK + at
                at = written.find("1", at + 1)
