"""The quick look: does a text have a character of a class at all. Most steps need not be taken where it has none.

Compiled each character is one bit of a row, and no search is begun; as Python a regular expression is asked.
"""

from __future__ import annotations

import re
from functools import cache
from types import FunctionType
from typing import Final

from listener.machine import i64, u8, vec

__all__ = ["COMPILED", "Sign", "set_bit", "stands_in_a_row"]

_BASIC: Final = 0x10000
"""Code points of the basic plane; what stands beyond, emoji mostly, is left to the regular expression."""


class Sign:
    """Whether a text has a character of the class ``pattern``, one ``[…]``."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        self._bits = vec[u8](bytes(_BASIC // 8 if COMPILED else 0))
        for char in self._pattern.findall(_basic()) if COMPILED else ():
            set_bit(self._bits, ord(char))

    def within(self, text: str) -> bool:
        """Whether one of them stands in ``text``."""
        if not COMPILED:
            return self._pattern.search(text) is not None
        bits = self._bits
        size: i64 = len(text)
        at: i64 = 0
        while at < size:
            point: i64 = ord(text[at])
            if point >= _BASIC:
                return self._pattern.search(text, at) is not None
            if i64(bits[point >> 3]) >> (point & 7) & 1:
                return True
            at += 1
        return False


_FOUR: Final = re.compile(r"(.)(?=\1{3})", re.DOTALL)


def stands_in_a_row(text: str) -> bool:
    """Whether one character stands four times in a row in ``text``."""
    if not COMPILED:
        return _FOUR.search(text) is not None
    size: i64 = len(text)
    at: i64 = 0
    last: i64 = -1
    times: i64 = 0
    while at < size:
        point: i64 = ord(text[at])
        if point == last:
            times += 1
            if times == 3:
                return True
        else:
            last, times = point, 0
        at += 1
    return False


@cache
def _basic() -> str:
    return "".join(map(chr, range(_BASIC)))


def set_bit(row: vec[u8], bit: i64) -> None:
    """Set one bit of a row of them."""
    row[bit >> 3] = row[bit >> 3] | u8(1 << (bit & 7))


COMPILED: Final = not isinstance(set_bit, FunctionType)
"""Whether this is machine code: as Python a loop over characters takes longer than a regular expression."""
