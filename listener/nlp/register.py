"""Does a text sound like somebody complaining or like people talking: a small linear model over character 1-3-grams.

Trained on the sentences under ``listener/nlp/sentences`` (written for Listener) and on an installation's own
corrections. It is one voice among several in ``listener.complaints``, never the judge.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from listener.nlp.stored import model_file, read_weights
from listener.text.trie import trie_of

__all__ = ["Register", "grams", "shipped_register"]

# A letter says what it is in its first lines.
_LONGEST: Final = 400
_DIGITS: Final = re.compile(r"\d+")


def grams(text: str) -> list[str]:
    """The character 1-, 2- and 3-grams of normalised ``text`` with repetition; every number is ``0``."""
    folded = _DIGITS.sub("0", text[:_LONGEST])
    return [folded[i : i + n] for n in (1, 2, 3) for i in range(len(folded) - n + 1)]


class Register:
    """The model; ``score`` is its log-odds that a text complains."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = weights
        self._values = array("d", weights.values())  # close together in memory
        self._known = trie_of(list(weights))

    @classmethod
    def load(cls, path: Path | None = None) -> Register:
        """The model in ``path`` (None: the shipped one); ``BadInput`` where the file is none."""
        return cls(read_weights(path or model_file("register"))[0])

    def score(self, text: str) -> float:
        """Log-odds, from about -3 (people talking) to 3 (a complaint); 0 where nothing is known."""
        found = self._known.find(_DIGITS.sub("0", text[:_LONGEST]))
        if not len(found):
            return 0.0
        known = {found[at] for at in range(0, len(found), 3)}  # each of its ``grams`` once
        return math.fsum([self._values[number] for number in known]) / math.pow(len(known), 0.5)


@cache
def shipped_register() -> Register:
    """The model that ships with the package."""
    return Register.load()
