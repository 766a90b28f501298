"""A hash table of machine numbers, open addressed: what is not in it is known by one look at one row.

A ``dict`` looks at its places, at what stands there and at the number itself, each somewhere else in memory: where no
cache holds it that is most of the time. D. E. Knuth, The Art of Computer Programming 3, 6.4, algorithm L.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Generic, TypeVar

from listener.machine import i64, vec

__all__ = ["Table", "number_of"]

_Kept = TypeVar("_Kept")
_NOTHING: Final = -1
# At least so many places for each number: most are found, or missed, at the first.
_ROOM: Final = 2
# A number's bits are laid over each other and taken times the golden ratio; where it stands is said by upper bits of
# that, which all of the number's have a part in. D. E. Knuth, ibid. A product has 63 bits at most.
_FOLD: Final = 31
_FOLDED: Final = (1 << _FOLD) - 1
_RATIO: Final = 2_654_435_761
_UPPER: Final = 16
_CHARS: Final = 21
"""The bits of a code point."""


class Table(Generic[_Kept]):
    """What is kept by numbers from 0 to 2^63 - 1; it does not change."""

    def __init__(self, kept: Mapping[int, _Kept]) -> None:
        size = 8
        while size < len(kept) * _ROOM:
            size *= 2
        self._last: i64 = size - 1
        self._numbers = vec[i64]([_NOTHING] * size)
        self._kept: list[Any] = [None] * size
        for number, value in kept.items():
            at = self._place(number)
            self._numbers[at] = number
            self._kept[at] = value

    def get(self, number: i64) -> _Kept | None:
        """What is kept by ``number``; None where nothing is."""
        at = self._place(number)
        found: _Kept | None = self._kept[at] if self._numbers[at] == number else None
        return found

    def _place(self, number: i64) -> i64:
        """Where it stands, or could stand."""
        numbers, last = self._numbers, self._last
        at: i64 = ((number ^ number >> _FOLD ^ number >> 2 * _FOLD) & _FOLDED) * _RATIO >> _UPPER & last
        while numbers[at] != number and numbers[at] != _NOTHING:
            at = (at + 1) & last
        return at


def number_of(word: str) -> i64:
    """A number for a word of up to three characters, which no other has; 0 for any other."""
    size: i64 = len(word)
    if size > 3:
        return 0
    number: i64 = 0
    at: i64 = 0
    while at < size:
        point: i64 = ord(word[at])
        number = number << _CHARS | point + 1
        at += 1
    return number
