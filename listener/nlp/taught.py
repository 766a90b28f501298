"""The corrections that teach, as numbers: each text's features with their shares, its score and signs, its label.

A feature counts the more the fewer of the corrections have it (the root of its inverse document frequency, Sparck Jones
1972): what is in every second text (的, 了) tells them apart little, and would move them all together.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from listener.nlp.adapt import Array, Evidence
from listener.nlp.faces import split_faces
from listener.nlp.features import mark_features, text_features
from listener.nlp.lexicon import class_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.senses import shipped_senses
from listener.nlp.sentiment import SentimentModel
from listener.nlp.wording import phrases_in

__all__ = ["Row", "Taught"]

_EVEN, _EVEN_OF_TWO = 0.6, 0.5
SENSE = 3.0
"""How much the likeness of words' meaning counts beside that of the features themselves."""
# Pairs and characters that the shipped model does not know say nothing of sides; words that it does not know do.
_OF_TWO = ("p:", "c:")
Row = dict[str, float]
"""Feature → how much a text has of it."""


@dataclass(frozen=True)
class Taught:
    """``rows`` has each text's features, their shares times their ``rarity``, ``senses`` its words' vector (N × D);
    ``told`` names the features that may say something of sides; ``evidence`` has the rest."""

    rows: Sequence[Row]
    rarity: Mapping[str, float]
    senses: Array
    told: Collection[str]
    evidence: Evidence

    @classmethod
    def of(cls, model: SentimentModel, corrections: Sequence[tuple[str, int]], segmenter: Segmenter) -> Taught:
        """From texts with their labels (0 negative, 1 neutral, 2 positive).

        Only features that two corrections have are there: what one text alone says is chance.
        """
        heard = [_Text.of(text, segmenter) for text, _ in corrections]
        seen = Counter(name for text in heard for name in text.features)
        told = [text.told(model) for text in heard]
        shared = {name for name, texts in seen.items() if texts > 1}
        plain = [text.shares(model, shared) for text in heard]
        rarity = _rarity(plain)
        rows = [{name: share * rarity[name] for name, share in row.items()} for row in plain]
        labels = np.array([label for _, label in corrections])
        sided = {name for name in rarity if name in model.weights or not name.startswith(_OF_TWO)}
        senses = np.array([shipped_senses().of(text.shares(model, text.features)) for text in heard])
        kin = _products([{name: share for name, share in row.items() if name in sided} for row in rows])
        evidence = Evidence(
            base=np.array([score for score, _ in told]),
            signs=np.array([signs for _, signs in told]),
            likeness=_products(rows),
            kin=kin + SENSE * senses @ senses.T,
            labels=labels,
            counts=_counts(labels),
            two=bool((labels != 1).all()),
        )
        return cls(rows, rarity, senses, sided, evidence)

    def turned(self, pull: Array) -> dict[str, float]:
        """The change of each feature's weight for good against bad news where each text pulls so much: of those that
        the texts have, and of all words that are like theirs."""
        moved = shipped_senses().weights(SENSE * (pull @ self.senses))
        for name, much in self.weights(pull).items():
            if name in self.told:
                moved[name] = moved.get(name, 0.0) + much
        return moved

    def weights(self, pull: Array) -> dict[str, float]:
        """The change of each feature's weight where each text pulls so much."""
        moved: dict[str, float] = {}
        for row, much in zip(self.rows, pull.tolist(), strict=True):
            for name, share in row.items():
                moved[name] = moved.get(name, 0.0) + much * share * self.rarity[name]
        return moved


@dataclass(frozen=True, slots=True)
class _Text:
    """A text to learn from: normal form, tokens, number of phrases, features of what no phrase covers."""

    normal: str
    tokens: Sequence[str]
    phrases: int
    features: Counter[str]

    @classmethod
    def of(cls, text: str, segmenter: Segmenter) -> _Text:
        normal = read(text).text
        tokens = split_faces(normal, segmenter.cut)
        found = phrases_in(normal)
        unheard = _unheard(tokens, [(f.start, f.end) for f in found])
        features = text_features(tokens, class_of, unheard) + mark_features(tokens, unheard)
        return cls(normal, tokens, sum(1 for f in found if f.payload), Counter(features))

    def told(self, model: SentimentModel) -> tuple[float, tuple[float, float, float, float]]:
        """(score, signs of a neutral text) as ``model`` hears it."""
        return model.judge(self.normal, self.tokens).score, model.signs(model.hear(self.tokens), self.phrases)

    def shares(self, model: SentimentModel, shared: Collection[str]) -> Row:
        """Feature → share of those ``shared``, as the model sees a text: count / √(number of known features)."""
        scale = max(model.hear(self.tokens).known, 1) ** -0.5
        return {name: count * scale for name, count in self.features.items() if name in shared}


def _unheard(tokens: Sequence[str], spans: Sequence[tuple[int, int]]) -> set[int]:
    """The numbers of the tokens that a span touches."""
    covered, at = set[int](), 0
    for number, token in enumerate(tokens):
        if any(start < at + len(token) and at < end for start, end in spans):
            covered.add(number)
        at += len(token)
    return covered


def _rarity(rows: Sequence[Row]) -> dict[str, float]:
    """√(log of the inverse document frequency) of each feature, so scaled that texts are as long as before."""
    having = Counter(name for row in rows for name in row)
    rarity = {name: math.log((len(rows) + 1) / texts) ** 0.5 for name, texts in having.items()}
    plain = math.fsum(share**2 for row in rows for share in row.values())
    rare = math.fsum((share * rarity[name]) ** 2 for row in rows for name, share in row.items())
    scale = (plain / rare) ** 0.5 if rare else 1.0
    return {name: scale * value for name, value in rarity.items()}


def _counts(labels: NDArray[np.int64]) -> Array:
    """How much each text counts: about halfway between all alike and all classes alike; the mean is 1.

    A little nearer to the classes where there are three: one of them is mostly far rarer than the others.
    """
    sizes = np.bincount(labels, minlength=3).astype(float)
    counts = np.asarray(sizes[labels] ** (-_EVEN if (labels == 1).any() else -_EVEN_OF_TWO))
    return np.asarray(counts / counts.mean())


def _products(rows: Sequence[Row]) -> Array:
    """N × N: the product of each text's features with each other's, summed over one feature at a time."""
    places: dict[str, list[tuple[int, float]]] = {}
    for i, row in enumerate(rows):
        for name, share in row.items():
            places.setdefault(name, []).append((i, share))
    found = np.zeros((len(rows), len(rows)))
    for having in places.values():
        where = np.array([i for i, _ in having])
        shares = np.array([share for _, share in having])
        found[np.ix_(where, where)] += np.outer(shares, shares)
    return found
