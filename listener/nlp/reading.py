"""One reading of a text: its normal form in lower case, with the way back into the original.

Every later step (sentiment, entities, categories, complaints) works on the normal form and gives back places in
the original one through ``Reading.place``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final, NamedTuple

from listener.text.normalise import Normalised, normalise

__all__ = ["LONGEST_TEXT", "Reading", "read"]

# Code points looked at; a letter of complaint has a few thousand. Keeps hostile input short.
LONGEST_TEXT: Final = 20_000


# Readings that are kept, and how long a text may be: the complaint step reads again what the analysis has just read.
_KEPT: Final = 256
_LONGEST_KEPT: Final = 2_000


class Reading(NamedTuple):
    """``text`` is normalised and in lower case; ``cut`` tells that the original goes on after it."""

    original: str
    text: str
    normalised: Normalised
    cut: bool = False

    def place(self, start: int, end: int) -> tuple[int, int]:
        """(start, end) in the original of ``text[start:end]``."""
        return self.normalised.span(start, end)


# A NamedTuple's own __new__ is Python code.
_reading: Final[Callable[[tuple[str, str, Normalised, bool]], Reading]] = partial(tuple.__new__, Reading)


def read(text: str) -> Reading:
    """The reading of ``text``; only its first ``LONGEST_TEXT`` code points are looked at."""
    return _kept(text) if len(text) <= _LONGEST_KEPT else _last(text)


def _read(text: str) -> Reading:
    normalised = normalise(text[:LONGEST_TEXT])
    return _reading((text, _lower(normalised.text), normalised, len(text) > LONGEST_TEXT))


_kept: Final = lru_cache(maxsize=_KEPT)(_read)
_last: Final = lru_cache(maxsize=4)(_read)  # long ones take 1 MB each


def _lower(text: str) -> str:
    """``text`` in lower case, as long as before (İ has a lower case of two code points)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
