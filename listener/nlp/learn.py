"""Learning from people's corrections: adapt the shipped model, prove it on corrections not seen, or refuse.

The shipped weights are where learning starts and what holds it (``adapt``). How far it may go is chosen by
cross-validation inside the corrections that teach: not at all, only the shape of the probabilities (``shaping``), or
the weights too, a little or more. This needs neither scikit-learn nor the corpora.

A fifth of the corrections (chosen by a hash of the text, so always the same ones) is held out; the new model is
taken only where it is no worse there than the one before.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.model import Sentiment
from listener.nlp.adapt import Evidence, Give, Shape, change_of, loss, macro_f1, probabilities, unseen_scores
from listener.nlp.evaluate import Figures, figures
from listener.nlp.faces import split_faces
from listener.nlp.features import text_features
from listener.nlp.lexicon import class_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel
from listener.nlp.shaping import fitted_shape, quieter_shape
from listener.nlp.wording import phrases_in

__all__ = ["Correction", "Lesson", "held_out", "learn", "measure"]

FEWEST = 20
"""Fewer corrections than this teach nothing that could be checked."""
MOST = 3000
"""Only the newest so many teach: time and memory grow with the square of their number."""
VERY_FEW = 60
"""With fewer than this the weights stay as they are."""
FEW = 100
"""With fewer than this the weights move by the smaller step at most, and only where the gain is beyond doubt."""
_HELD_OUT_SHARE = 5
_FOLDS = 5
_LABELS = tuple(Sentiment)
_NOTHING = Give(0.0, 0.0)
_GIVES = (Give(0.3, 0.0), Give(1.0, 0.0))
"""How far a feature's weight may move, in order; the tilt is left to the shape."""
# Standard errors by which a shape has to be likelier than the shipped one: with few corrections, and with enough.
_SURE_OF_FEW, _SURE = 2.0, 1.0
# The same for moved weights, of few corrections; with enough, as for the shape.
_SURE_OF_WEIGHTS = 2.5
# By how much macro-F1 has to rise before labels may move where there are neutral ones: with few, and with enough.
_RISE_OF_FEW, _RISE = 0.05, 0.03


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on a text's sentiment."""

    text: str
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning: the model to use from now on, the figures on the held-out part, and why."""

    model: SentimentModel
    accepted: bool
    reason: str
    before: Figures
    after: Figures


def held_out(text: str) -> bool:
    """Whether a correction of ``text`` is kept for checking: one in five, the same ones every time."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[0] % _HELD_OUT_SHARE == 0


def learn(model: SentimentModel, corrections: Sequence[Correction], segmenter: Segmenter, version: str) -> Lesson:
    """A model adapted to ``corrections`` (the last one of a text counts), or ``model`` itself and why not."""
    unique = {correction.text: correction for correction in corrections}
    kept = [c for c in unique.values() if held_out(c.text)]
    taught = [c for c in unique.values() if not held_out(c.text)][-MOST:]
    before = measure(model, kept, segmenter)
    if len(unique) < FEWEST or not kept or len({c.sentiment for c in taught}) < 2:
        return Lesson(model, False, f"只有 {len(unique)} 条纠正，至少要 {FEWEST} 条，且不能全是一类", before, before)
    course = _Course.of(model, taught, segmenter)
    found = course.best()
    if found is None:
        return Lesson(model, False, "没有学过的纠正上看不出改进，未采用", before, before)
    adapted = course.adapted(found, version)
    after = measure(adapted, kept, segmenter)
    if _worse(before, after):
        return Lesson(model, False, "新模型在没有学过的纠正上更差，未采用", before, after)
    return Lesson(adapted, True, f"学习了 {len(taught)} 条纠正", before, after)


def _worse(before: Figures, after: Figures) -> bool:
    """Whether the held-out part speaks against the new model: more than one text lost, beyond chance."""
    lost = (before.accuracy - after.accuracy) * before.texts
    return lost > max(1.0, 0.5 * before.texts**0.5) or after.macro_f1 < before.macro_f1 - 0.1


def measure(model: SentimentModel, corrections: Sequence[Correction], segmenter: Segmenter) -> Figures:
    """The figures of ``model`` on ``corrections``."""
    said = [_probabilities(model, correction.text, segmenter) for correction in corrections]
    return figures([correction.sentiment for correction in corrections], said)


def _probabilities(model: SentimentModel, text: str, segmenter: Segmenter) -> tuple[float, float, float]:
    normal = read(text).text
    return model.judge(normal, split_faces(normal, segmenter.cut)).probabilities


class _Found(NamedTuple):
    """A way of learning, and what it says of each text without having been taught it."""

    give: Give
    shape: Shape
    scores: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Course:
    """The corrections that teach, as numbers: ``rows`` has each text's features with their shares."""

    model: SentimentModel
    rows: Sequence[dict[str, float]]
    evidence: Evidence

    @classmethod
    def of(cls, model: SentimentModel, taught: Sequence[Correction], segmenter: Segmenter) -> _Course:
        counted = [Counter(text_features(split_faces(read(c.text).text, segmenter.cut), class_of)) for c in taught]
        seen = Counter(name for counts in counted for name in counts)
        # a feature the model has not seen is learnt only where two corrections show it
        fresh = {name: 0.0 for name, texts in seen.items() if texts > 1 and name not in model.weights}
        wider = replace(model, weights={**model.weights, **fresh})
        rows = [_shares(counts, wider) for counts in counted]
        plain = replace(wider, spread=1.0)
        heard = [_heard(plain, c.text, segmenter) for c in taught]
        labels = np.array([_LABELS.index(c.sentiment) for c in taught])
        evidence = Evidence(
            base=np.array([score for score, _ in heard]),
            width=np.array([width - model.width for _, width in heard]),
            likeness=_products(rows),
            labels=labels,
            counts=_counts(labels),
            two=bool((labels != 1).all()),
        )
        return cls(wider, rows, evidence)

    @property
    def _shipped(self) -> Shape:
        model = self.model
        return Shape(model.temperature, model.width, model.spread)

    @property
    def _few(self) -> bool:
        return len(self.rows) < FEW

    def best(self) -> _Found | None:
        """The way of learning with the least loss on texts not taught; None where none is surely a gain.

        First the shape (temperature, cuts, lean), which has to be surely likelier than the shipped one. Then weights
        moved a little and, with enough corrections, more, each step where texts not taught are likelier so and
        their classes are told apart no worse.
        """
        base = self.evidence.base
        start = found = _Found(_NOTHING, self._shipped, base)
        shaped = _Found(_NOTHING, self._shape(base), base)
        if self._gain(start, shaped) > (_SURE_OF_FEW if self._few else _SURE) and self._tells(shaped):
            found = shaped
        for give in _GIVES[: 0 if len(self.rows) < VERY_FEW else 1 if self._few else None]:
            moved = self._moved(give, reshape=found.shape != self._shipped)
            surely = self._gain(found, moved) > (_SURE_OF_WEIGHTS if self._few else _SURE)
            if surely and self._macro_f1(moved) >= self._macro_f1(found):
                found = moved
        return None if found is start else found

    def _tells(self, found: _Found) -> bool:
        """Whether it tells the classes apart better than chance: corrections at odds with each other teach nothing."""
        classes = len(set(self.evidence.labels.tolist()))
        chance = 1.0 / classes + 1.0 / math.sqrt(len(self.rows))
        return self._macro_f1(found) > chance

    def _moved(self, give: Give, reshape: bool) -> _Found:
        folds = [np.arange(fold, len(self.rows), _FOLDS) for fold in range(_FOLDS)]
        scores = unseen_scores(self.evidence, self._shipped, give, folds)
        return _Found(give, self._shape(scores) if reshape else self._shipped, scores)

    def _shape(self, scores: NDArray[np.float64]) -> Shape:
        """The fitted shape. Where there are neutral ones: the fitted cuts if they tell the classes apart clearly
        better, else the shipped ones, and in either case as sure as the texts, each counted once, allow."""
        shape = fitted_shape(self.evidence, scores, self._shipped)
        if self.evidence.two:
            return shape
        rise = _RISE_OF_FEW if self._few else _RISE
        now, then = (self._macro_f1(_Found(_NOTHING, way, scores)) for way in (self._shipped, shape))
        return quieter_shape(self.evidence, scores, shape if then >= now + rise else self._shipped)

    def _macro_f1(self, found: _Found) -> float:
        said = probabilities(found.scores, self.evidence.width, found.shape)
        return macro_f1(self.evidence.labels, said)

    def _gain(self, before: _Found, after: _Found) -> float:
        """By how many standard errors the loss of texts not taught is less than before."""
        gains = self._loss(before) - self._loss(after)
        spread = float(np.std(gains)) / len(gains) ** 0.5
        return float(np.mean(gains)) / spread if spread else 0.0

    def _loss(self, found: _Found) -> NDArray[np.float64]:
        return loss(self.evidence, found.scores, found.shape)

    def adapted(self, found: _Found, version: str) -> SentimentModel:
        """The model with the change that all that teach make likely."""
        weights = dict(self.model.weights)
        pull = change_of(self.evidence, self._shipped, found.give) if any(found.give) else np.zeros(len(self.rows))
        for row, much in zip(self.rows, pull.tolist(), strict=True):
            for name, share in row.items() if much else ():
                weights[name] += found.give.weights * much * share
        came = {"corrections": len(self.rows), "based_on": self.model.version, "give": found.give.weights}
        facts = {**self.model.facts, **came}
        shape, bias = found.shape, self.model.bias + found.shape.lean
        return SentimentModel(
            weights, version, shape.temperature, shape.width, facts=facts, bias=bias, spread=shape.spread
        )


def _counts(labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much each text counts: halfway between all alike and all classes alike; the mean is 1."""
    sizes = np.bincount(labels, minlength=3)
    counts = np.asarray(sizes[labels] ** -0.5)
    return np.asarray(counts / counts.mean())


def _shares(counts: Counter[str], model: SentimentModel) -> dict[str, float]:
    """Feature → share, as the model sees a text: count / √(number of known features)."""
    known = {name: count for name, count in counts.items() if name in model.weights}
    scale = max(sum(known.values()), 1) ** -0.5
    return {name: count * scale for name, count in known.items()}


def _products(rows: Sequence[dict[str, float]]) -> NDArray[np.float64]:
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


def _heard(model: SentimentModel, text: str, segmenter: Segmenter) -> tuple[float, float]:
    """(score, width) of ``text``."""
    normal = read(text).text
    tokens = split_faces(normal, segmenter.cut)
    phrases = sum(1 for found in phrases_in(normal) if found.payload)
    return model.judge(normal, tokens).score, model.width_of(model.hear(tokens), phrases)
