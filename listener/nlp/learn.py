"""Learning from people's corrections: adapt the shipped model, prove it on corrections not seen, or refuse.

The shipped weights are where learning starts and what holds it (``adapt``). How far it may go is chosen by
cross-validation inside the corrections that teach: not at all, only the temperature and the cuts, or the weights a
little, more, much. The further it goes, the surer its gain has to be. This needs neither scikit-learn nor the corpora.

A fifth of the corrections (chosen by a hash of the text, so always the same ones) is held out; the new model is
taken only where it is no worse there than the one before.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.model import Sentiment
from listener.nlp.adapt import Evidence, Give, Shape, change_of, loss, probabilities, unseen_scores
from listener.nlp.evaluate import Figures, figures
from listener.nlp.faces import split_faces
from listener.nlp.features import text_features
from listener.nlp.lexicon import class_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel
from listener.nlp.wording import phrases_in

__all__ = ["Correction", "Lesson", "held_out", "learn", "measure"]

FEWEST = 20
"""Fewer corrections than this teach nothing that could be checked."""
MOST = 3000
"""Only the newest so many teach: time and memory grow with the square of their number."""
FEW = 100
"""With fewer than this the weights move by the smallest step at most, and only where the gain is beyond doubt."""
_HELD_OUT_SHARE = 5
_FOLDS = 5
_LABELS = tuple(Sentiment)
_NOTHING = Give(0.0, 0.0)
_GIVES = (Give(0.3, 0.05), Give(1.0, 0.05), Give(3.0, 0.05))
_TEMPERATURES = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.1, 2.5)
_WIDTHS = (-0.5, -0.35, -0.2, -0.1, 0.0, 0.1, 0.2, 0.35, 0.5)
# How far a temperature (as a factor) and a width are expected from the shipped ones, as standard deviations.
_USUAL_TEMPERATURE, _USUAL_WIDTH = 0.3, 0.25
# Standard errors by which the gain has to be more than nothing: with few corrections, and with enough.
_SURE, _SURE_ENOUGH, _SURE_OF_WEIGHTS = 2.5, 1.0, 1.5
_RISE = 0.02
# What a whole point of macro-F1 weighs against the loss of a text, where there are neutral ones.
_EVEN = 0.5


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
        heard = [_heard(wider, c.text, segmenter) for c in taught]
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
        return Shape(self.model.temperature, self.model.width)

    def best(self) -> _Found | None:
        """The way of learning with the least loss on texts not taught; None where none is surely a gain.

        Temperature and cuts have to be surely better than the shipped ones, weights surely better than those, and
        neither may tell the classes apart less well.
        """
        few = len(self.rows) < FEW
        sure = _SURE if few else _SURE_ENOUGH
        even = self._macro_f1(self.evidence.base, self._shipped)
        plain, *moved = (self._try(give) for give in (_NOTHING, *_GIVES[: 1 if few else None]))
        shipped = loss(self.evidence, self.evidence.base, self._shipped)
        shaped = loss(self.evidence, plain.scores, plain.shape)
        gaining = [plain] if self._gain(shipped, plain) > sure else []
        surer = max(sure, _SURE_OF_WEIGHTS)
        gaining += [found for found in moved if min(self._gain(shipped, found), self._gain(shaped, found)) > surer]
        fair = [found for found in gaining if self._macro_f1(found.scores, found.shape) >= even + self._margin()]
        return min(fair, key=self._mean_loss, default=None)

    def _margin(self) -> float:
        """With three classes a likelier answer can be bought by saying neutral always: there macro-F1 has to rise."""
        return 0.0 if self.evidence.two else _RISE

    def _try(self, give: Give) -> _Found:
        folds = [np.arange(fold, len(self.rows), _FOLDS) for fold in range(_FOLDS)]
        scores = unseen_scores(self.evidence, self._shipped, give, folds) if any(give) else self.evidence.base
        return _Found(give, self._best_shape(scores), scores)

    def _best_shape(self, scores: NDArray[np.float64]) -> Shape:
        """The temperature and, where neutral ones are among them, the width with the least loss."""
        widths = (0.0,) if self.evidence.two else _WIDTHS
        shapes = [
            Shape(self.model.temperature * factor, self.model.width + wider)
            for factor in _TEMPERATURES
            for wider in widths
        ]

        def cost(shape: Shape) -> float:
            factor, wider = shape.temperature / self.model.temperature, shape.width - self.model.width
            unusual = (np.log(factor) / _USUAL_TEMPERATURE) ** 2 + (wider / _USUAL_WIDTH) ** 2
            missed = 0.0 if self.evidence.two else _EVEN * len(scores) * (1.0 - self._macro_f1(scores, shape))
            return float(np.sum(self.evidence.counts * loss(self.evidence, scores, shape)) + unusual / 2 + missed)

        return min(shapes, key=cost)

    def _macro_f1(self, scores: NDArray[np.float64], shape: Shape) -> float:
        """Macro-F1 of the likeliest classes; it counts each class alike, however few there are of it."""
        said = probabilities(scores, self.evidence.width, shape)
        said = (said * np.array([1.0, 0.0, 1.0]) if self.evidence.two else said).argmax(axis=1)
        table = np.bincount(3 * self.evidence.labels + said, minlength=9).reshape(3, 3)
        either = table.sum(axis=0) + table.sum(axis=1)
        there = table.sum(axis=1) > 0
        return float(np.mean((2 * np.diag(table) / np.maximum(either, 1))[there]))

    def _mean_loss(self, found: _Found) -> float:
        return float(np.mean(self.evidence.counts * loss(self.evidence, found.scores, found.shape)))

    def _gain(self, shipped: NDArray[np.float64], found: _Found) -> float:
        """By how many standard errors the loss of texts not taught is less than the shipped model's."""
        gains = self.evidence.counts * (shipped - loss(self.evidence, found.scores, found.shape))
        spread = float(np.std(gains)) / len(gains) ** 0.5
        return float(np.mean(gains)) / spread if spread else 0.0

    def adapted(self, found: _Found, version: str) -> SentimentModel:
        """The model with the change that all that teach make likely."""
        weights = dict(self.model.weights)
        pull = change_of(self.evidence, self._shipped, found.give) if any(found.give) else np.zeros(len(self.rows))
        for row, much in zip(self.rows, pull.tolist(), strict=True):
            for name, share in row.items() if much else ():
                weights[name] += found.give.weights * much * share
        came = {"corrections": len(self.rows), "based_on": self.model.version, "give": found.give.weights}
        facts = {**self.model.facts, **came}
        bias = self.model.bias + found.give.tilt * float(pull.sum())
        return SentimentModel(weights, version, found.shape.temperature, found.shape.width, facts=facts, bias=bias)


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
