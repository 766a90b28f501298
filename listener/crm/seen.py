"""Which customer of a table had an identifier first, for tables of millions. Pure."""

from __future__ import annotations

from array import array

__all__ = ["Seen"]


class Seen:
    """Who had a value first. What was seen is kept as 64-bit hashes in two arrays, 12 bytes a place.

    A table of a million customers has five million identifiers: a dictionary of them takes half a gigabyte, this a
    fifth of that. Open addressing with linear probing, grown at two thirds.
    """

    def __init__(self) -> None:
        self._owners: list[str] = []
        self._allocate(1 << 12)

    def _allocate(self, places: int) -> None:
        self._mask = places - 1
        self._hashes = array("Q", bytes(8 * places))
        self._numbers = array("I", bytes(4 * places))
        self._used = 0

    def first(self, value: tuple[str, str], owner: str) -> str:
        """The owner who had ``value`` first: ``owner`` where nobody had."""
        if not self._owners or self._owners[-1] != owner:
            self._owners.append(owner)
        if 3 * self._used > 2 * self._mask:
            self._grow()
        key = (hash(value) & 0xFFFFFFFFFFFFFFFF) or 1
        place = self._place(key)
        if not self._hashes[place]:
            self._put(place, key, len(self._owners) - 1)
        return self._owners[self._numbers[place]]

    def _place(self, key: int) -> int:
        """Where the hash stands, or would."""
        hashes, mask = self._hashes, self._mask
        place = key & mask
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
