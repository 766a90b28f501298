"""How plain a text sounds: like a notice, a question or a bare fact, and not like somebody's verdict.

What a text feels and whether it feels anything are two questions: in 「八点开门」 and 「第二天就罢工」 alike the
sentiment model knows no word of feeling. Each word says how much it speaks for a plain text; for an unknown word its
characters do. The weights were fitted on sentences written for Listener (``train_plainness``); a word that none of
them has weighs as the words do that keep its company (``senses``). It is linear, and costs an addition for each token.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from listener.nlp.features import speaks
from listener.nlp.stored import model_file, number_in, read_weights

__all__ = ["MARKS", "NUMBER", "Plainness", "plainness_features", "shipped_plainness"]

MARKS: Final = frozenset("?!~")
"""Marks that say something of it; others depend on who types."""
NUMBER: Final = "#"
"""The feature of a number."""
# A text of so many words is short: in a longer one single words tell less, and more than one thing is said. Talk of so
# many words is plainer than its words sound; longer posts seldom are. Set by the even halves of the development sets.
_SHORT: Final = 9
_TALK: Final = 20
_TALKED: Final = 2.3
_LEAST: Final = -3.0
_MOST: Final = 2.0


@dataclass(frozen=True)
class Plainness:
    """Weights of words (``w:``), of characters of other words (``c:``) and of numbers; ``bias`` is that of any text."""

    weights: Mapping[str, float]
    bias: float = 0.0

    def own(self, token: str) -> float | None:
        """How much ``token`` speaks for a plain text by a weight of its own, less than 0: against it; None: it has
        none."""
        own = self.weights.get("w:" + token)
        return None if own is None else own + self._number(token)

    def other(self, token: str, letters: float | None = None) -> float:
        """The same of a token without a weight of its own. ``letters`` sums up its characters, where that is known."""
        if len(token) > 1 and speaks(token):
            return letters if letters is not None else sum([self.weights.get("c:" + char, 0.0) for char in token])
        return self._number(token)

    def _number(self, token: str) -> float:
        return self.weights.get(NUMBER, 0.0) if token.isdigit() else 0.0

    def tells(self, calm: float, tokens: int) -> float:
        """How plain a text of so many ``tokens`` sounds whose words sum up to ``calm``: 0 says nothing either way."""
        count = max(tokens, 1)
        short = min(1.0, _SHORT / count)
        heard = max(_LEAST, min(_MOST, calm / math.sqrt(count) + self.bias))
        return heard * short + _TALKED * (1.0 - short) * min(1.0, _TALK / count)


def plainness_features(token: str) -> list[str]:
    """The features of one token as the trainer counts them."""
    found = ["w:" + token] if token in MARKS or speaks(token) else []
    if len(token) > 1 and speaks(token):
        found += ["c:" + char for char in token]
    return [*found, NUMBER] if token.isdigit() else found


@cache
def shipped_plainness() -> Plainness:
    """The one that came with Listener."""
    weights, facts = read_weights(model_file("plainness"))
    return Plainness(weights, number_in(facts, "bias", 0.0))
