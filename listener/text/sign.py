"""The quick look: does a text have a character of a class at all. Most steps need not be taken where it has none.

Compiled it takes a tenth of the time of ``re.search``: each character is one bit of a row.
"""

from __future__ import annotations

import re
from functools import cache
from types import FunctionType
from typing import Final

from listener.machine import i64, vec

__all__ = ["COMPILED", "Sign", "row_of_bits", "stands_in_a_row"]

_BASIC: Final = 0x10000
"""Code points of the basic plane; what stands beyond, emoji mostly, is left to the regular expression."""


class Sign:
    """Whether a text has a character of the class ``pattern``, one ``[…]``."""

    def __init__(self, pattern: str) -> None:
        self._pattern = re.compile(pattern)
        bits = [0] * (_BASIC // 64)
        for char in self._pattern.findall(_basic()) if COMPILED else ():
            bits[ord(char) >> 6] |= 1 << (ord(char) & 63)
        self._bits = row_of_bits(bits)

    def within(self, text: str) -> bool:
        """Whether one of them stands in ``text``."""
        if not COMPILED:
            return self._pattern.search(text) is not None
        bits = self._bits
        size: i64 = len(text)
        at: i64 = 0
        while at < size:
            point: i64 = ord(text[at])
            if point >= 65536:
                return self._pattern.search(text, at) is not None
            if bits[point >> 6] >> (point & 63) & 1:
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


def row_of_bits(numbers: list[int]) -> vec[i64]:
    """Numbers of 64 bits as machine numbers, which have a sign."""
    return vec[i64]([number - (1 << 64) if number >> 63 else number for number in numbers])


COMPILED: Final = not isinstance(row_of_bits, FunctionType)
"""Whether this is machine code: as Python a loop over characters takes longer than a regular expression."""
