"""What the words of a text weigh beside each other: nothing under a phrase, other than before after a turn (但是)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from listener.nlp.patterns import Found

__all__ = ["Row", "under_phrases", "weighed", "weight_of"]

Row = tuple[int, int, float]
"""(start, end, weight) of a word or a phrase."""


def under_phrases(rows: Sequence[Row], found: Sequence[Found[float]]) -> list[Row]:
    """(start, end, weight) of tokens and phrases; a phrase takes the place of the tokens that it touches."""
    kept = [(f.start, f.end, f.payload) for f in found if f.payload]
    coming = iter(found)
    phrase = next(coming, None)
    for row in rows:
        while phrase and phrase.end <= row[0]:
            phrase = next(coming, None)
        if not phrase or row[1] <= phrase.start:
            kept.append(row)
    return sorted(kept)


def weight_of(row: Row) -> float:
    """Sorts the weightiest first."""
    return -abs(row[2])


# What is granted before 但是 counts for less than what follows it, where that is bad: in a complaint the kind words are
# the preface. A bad word's weight is about -6.
_GRANTED: Final = 0.5
_MEANT: Final = 1.3
_BAD_NEWS: Final = -4.0


def weighed(text: str, rows: Sequence[Row], turns: Sequence[Found[None]]) -> list[Row]:
    """The rows of each sentence with a turn (但是) whose last part is bad news, reweighed; the others as they are."""
    rated: list[Row] = []
    at = 0
    for begin, end in _sentences(text):
        own = at
        while at < len(rows) and rows[at][0] < end:
            at += 1
        last = max((turn.start for turn in turns if begin <= turn.start < end), default=-1)
        if last >= 0 and sum(weight for start, _, weight in rows[own:at] if start >= last) < _BAD_NEWS:
            rated += [(a, b, weight * (_MEANT if a >= last else _GRANTED)) for a, b, weight in rows[own:at]]
        else:
            rated += rows[own:at]
    return rated


def _sentences(text: str) -> list[tuple[int, int]]:
    ends = [mark.end() for mark in _SENTENCE_END.finditer(text)]
    return list(zip([0, *ends], [*ends, len(text) + 1], strict=True))


_SENTENCE_END: Final = re.compile(r"[。！？!?;；\n]+")
