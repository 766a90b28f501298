"""One reading of a text: its normal form in lower case, with the way back into the original.

Every later step (sentiment, entities, categories, complaints) works on the normal form and gives back places in
the original one through ``Reading.place``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from listener.text.normalise import Normalised, normalise

__all__ = ["LONGEST_TEXT", "Reading", "read"]

# Code points looked at; a letter of complaint has a few thousand. Keeps hostile input short.
LONGEST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Reading:
    """``text`` is normalised and in lower case; ``cut`` tells that the original goes on after it."""

    original: str
    text: str
    normalised: Normalised
    cut: bool = False

    def place(self, start: int, end: int) -> tuple[int, int]:
        """(start, end) in the original of ``text[start:end]``."""
        return self.normalised.span(start, end)


@lru_cache(maxsize=256)
def read(text: str) -> Reading:
    """The reading of ``text``; only its first ``LONGEST_TEXT`` code points are looked at.

    The last few readings are kept: the complaint step reads again what the analysis has just read.
    """
    normalised = normalise(text[:LONGEST_TEXT])
    return Reading(text, _lower(normalised.text), normalised, cut=len(text) > LONGEST_TEXT)


def _lower(text: str) -> str:
    """``text`` in lower case, as long as before (İ has a lower case of two code points)."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
