"""The likeliest path through the words of a dictionary: what ``jieba.lcut`` does, with less work for each character.

A text is parted into blocks as jieba parts it. In a block the likeliest path is found from the right, with the words
that begin at a place looked up and weighed in one go; runs of single characters that are no word are then given to
``recognise`` (jieba's HMM). The sums are made of the same numbers in the same order as jieba's, and of equal ones the
longer word is taken as there, so that the tokens are the same (``tests/unit/test_nlp_segment.py`` compares them).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from math import log
from typing import Final

__all__ = ["Lattice", "frequencies"]

# jieba's re_han_default: what the dictionary is asked about
_BLOCK: Final = re.compile(r"([\u4E00-\u9FD5a-zA-Z0-9+#&\._%\-]+)")
_LINE_END: Final = re.compile(r"\r\n|[\s\S]")


class _Weights(dict[int, float]):
    """Frequency → log-probability, as ``log(frequency) - log(total)``."""

    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = log(total)

    def __missing__(self, frequency: int) -> float:
        weight = self[frequency] = log(frequency) - self._total
        return weight


def frequencies(dictionary: str) -> tuple[dict[str, int], int]:
    """(frequency of each word, 0 for what only begins one; their sum) of a file of ``word frequency tag`` lines."""
    fields = dictionary.split()
    words, counts = fields[0::3], list(map(int, fields[1::3]))
    known = dict(zip(words, counts, strict=True))
    for word in words:
        for end in range(len(word) - 1, 0, -1):
            if word[:end] in known:  # and so is all that begins it
                break
            known[word[:end]] = 0
    return known, sum(counts)


class Lattice:
    """``frequencies`` has every word with its frequency and every beginning of one with 0; ``total`` is their sum."""

    def __init__(self, frequencies: Mapping[str, int], total: int, recognise: Callable[[str], Sequence[str]]) -> None:
        self._frequency = frequencies.get
        self._weights = _Weights(total)
        self._recognise = recognise

    def cut(self, text: str) -> list[str]:
        """The tokens of ``text``, in order, nothing left out."""
        tokens: list[str] = []
        for number, block in enumerate(_BLOCK.split(text)):
            if not number & 1:
                tokens += _LINE_END.findall(block) if "\r\n" in block else block
            elif len(block) == 1:
                tokens.append(block)
            else:
                self._cut_block(block, self._ends(block), tokens)
        return tokens

    def _ends(self, block: str) -> list[int]:
        """For each place where the likeliest word that begins there ends."""
        frequency_of, weights, size = self._frequency, self._weights, len(block)
        alone = weights[1]
        scores = [0.0] * (size + 1)
        ends = list(range(1, size + 1))
        for start in range(size - 1, -1, -1):
            end = start + 1
            best = None
            frequency = frequency_of(block[start])
            while frequency is not None:
                if frequency:
                    score = weights[frequency] + scores[end]
                    if best is None or score >= best:
                        best = score
                        ends[start] = end
                if end == size:
                    break
                end += 1
                frequency = frequency_of(block[start:end])
            scores[start] = alone + scores[start + 1] if best is None else best
        return ends

    def _cut_block(self, block: str, ends: list[int], tokens: list[str]) -> None:
        size, start, run = len(block), 0, 0  # ``run`` is where the single characters before ``start`` begin
        while start < size:
            end = ends[start]
            if end - start > 1:
                if run < start:
                    self._singles(block[run:start], tokens)
                tokens.append(block[start:end])
                run = end
            start = end
        if run < size:
            self._singles(block[run:], tokens)

    def _singles(self, run: str, tokens: list[str]) -> None:
        if len(run) == 1:
            tokens.append(run)
        elif self._frequency(run):
            tokens += run
        else:
            tokens += self._recognise(run)
