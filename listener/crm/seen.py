"""What a table of millions of rows told before, and where first: small and without a dictionary. Pure."""

from __future__ import annotations

from array import array
from collections.abc import Hashable

__all__ = ["First", "Seen"]


class First:
    """The number that each value was first seen with, kept as 64-bit hashes.

    Two of a million values are taken for one once in thirty million tables. The hashes lie in 64 parts, each of which
    grows by itself: growing needs the old and the new for a moment, and the whole would be 50 MB then.
    """

    def __init__(self) -> None:
        self._parts = [_Part() for _ in range(_PARTS)]

    def first(self, value: Hashable, number: int) -> int:
        """The number that ``value`` was seen with first: ``number`` where it was not seen before."""
        key = (hash(value) & 0xFFFFFFFFFFFFFFFF) or 1
        return self._parts[key % _PARTS].first(key, number)


_PARTS = 64


class _Part:
    """Hashes with a number each in two arrays, 12 bytes a place: open addressing with linear probing, grown at two
    thirds."""

    __slots__ = ("_hashes", "_mask", "_numbers", "_used")

    def __init__(self) -> None:
        self._allocate(1 << 8)

    def _allocate(self, places: int) -> None:
        self._mask = places - 1
        self._hashes = array("Q", bytes(8 * places))
        self._numbers = array("I", bytes(4 * places))
        self._used = 0

    def first(self, key: int, number: int) -> int:
        if 3 * self._used > 2 * self._mask:
            self._grow()
        place = self._place(key)
        if not self._hashes[place]:
            self._put(place, key, number)
        return self._numbers[place]

    def _place(self, key: int) -> int:
        """Where the hash stands, or would."""
        hashes, mask = self._hashes, self._mask
        place = (key // _PARTS) & mask
        while hashes[place] and hashes[place] != key:
            place = (place + 1) & mask
        return place

    def _put(self, place: int, key: int, number: int) -> None:
        self._hashes[place], self._numbers[place] = key, number
        self._used += 1

    def _grow(self) -> None:
        hashes, numbers = self._hashes, self._numbers
        self._allocate(2 * (self._mask + 1))
        for key, number in zip(hashes, numbers, strict=True):
            if key:
                self._put(self._place(key), key, number)


class Seen:
    """Which customer of a table had an identifier first.

    A table of a million customers has five million identifiers: a dictionary of them takes half a gigabyte, this a
    fifth of that. The customers' ids lie one after the other in UTF-8, a tenth of what as many strings take.
    """

    def __init__(self) -> None:
        self._first = First()
        self._ids = bytearray()
        self._starts = array("Q")
        self._last = ""

    def first(self, value: tuple[str, str], owner: str) -> str:
        """The owner who had ``value`` first: ``owner`` where nobody had."""
        if owner != self._last or not self._starts:
            self._last = owner
            self._starts.append(len(self._ids))
            self._ids += owner.encode("utf-8", "surrogatepass")
        this = len(self._starts) - 1
        first = self._first.first(value, this)
        return owner if first == this else self._owner(first)

    def _owner(self, number: int) -> str:
        return self._ids[self._starts[number] : self._starts[number + 1]].decode("utf-8", "surrogatepass")
