"""The corrections that teach, as numbers, and what can be learnt from them: ways of learning, each tried on the
corrections that it was not taught.

The steps, each taken only where texts not taught are likelier so:

    shipped → quiet (as sure of itself as it should be) → shaped (how often neutral is said) → leaning
            → weights moved by a quarter, a half, three quarters, the whole of what the corrections make likely

Likelihood is watched and not the count of mistakes alone: of 160 texts the count says little (a change of .02 of
macro-F1 is chance), their likelihood says twice as much.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.adapt import Array, Evidence, Give, Shape, change_of, kernel, loss, macro_f1, probabilities
from listener.nlp.faces import split_faces
from listener.nlp.features import mark_features, text_features
from listener.nlp.lexicon import class_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel
from listener.nlp.shaping import fitted_shape, tempered, upright_shape
from listener.nlp.wording import phrases_in

__all__ = ["Course", "Found"]

VERY_FEW = 60
"""Fewer corrections than this move no weights."""
FEW = 100
"""Fewer corrections than this move weights only where the gain is beyond doubt, and labels only where it is clear."""
_GIVE = 1.0
"""How far a feature's weight may move."""
_TILT = 0.3
"""How far all scores may move along with the weights, where nobody says neutral; elsewhere the shape does that."""
_FOLDS, _TURNS = 5, 2
_SHARES = (0.25, 0.5, 0.75, 1.0)
# By how many standard errors a step has to be likelier: any with few corrections, the shape and weights with enough.
_SURE_OF_FEW, _SURE = 2.0, 0.5
# The same of the weights, with enough: where nobody says neutral (their side is all there is to learn), and elsewhere.
_SURE_OF_SIDES, _SURE_OF_WEIGHTS = 0.0, 1.0
# By how much macro-F1 has to rise before the shape may change where there are neutral ones: with few, and with enough.
_RISE_OF_FEW, _RISE = 0.02, 0.01
# A fall of macro-F1 that chance alone brings about among some 160 texts, where their likelihood speaks for the step.
_BY_CHANCE = 0.02
# Macro-F1 of answers by chance is 1 / classes, with this standard error times the root of the number of texts.
_CHANCE = 0.65


class Found(NamedTuple):
    """A way of learning: how much of the weights' change is taken, the shape, and the one that the change began at."""

    step: float
    shape: Shape
    start: Shape


_Form = Callable[[Evidence, Array, Shape], Shape]
"""A way of fitting a shape to scores, the last one being the shipped shape."""


def _kept_shape(evidence: Evidence, scores: Array, shipped: Shape) -> Shape:
    return shipped


class _Tried(NamedTuple):
    """A way of learning, and what it said of texts without having been taught them: loss of each, macro-F1 of the
    classes, and of good against bad news by the sign of the score."""

    found: Found
    losses: Array
    macro_f1: float
    sign_f1: float


@dataclass(frozen=True)
class Course:
    """The corrections that teach; ``rows`` has each text's features with their shares."""

    model: SentimentModel
    rows: Sequence[dict[str, float]]
    evidence: Evidence

    @classmethod
    def of(cls, model: SentimentModel, taught: Sequence[tuple[str, int]], segmenter: Segmenter) -> Course:
        """From texts with their labels (0 negative, 1 neutral, 2 positive).

        A feature moves only where two corrections show it: what one text alone says is chance.
        """
        heard = [_Text.of(text, segmenter) for text, _ in taught]
        seen = Counter(name for text in heard for name in text.features)
        shared = {name for name, texts in seen.items() if texts > 1}
        told = [text.told(model) for text in heard]
        rows = [text.shares(model, shared) for text in heard]
        labels = np.array([label for _, label in taught])
        evidence = Evidence(
            base=np.array([score for score, _ in told]),
            signs=np.array([signs for _, signs in told]),
            likeness=_products(rows),
            labels=labels,
            counts=_counts(labels),
            two=bool((labels != 1).all()),
        )
        return cls(model, rows, evidence)

    @property
    def _shipped(self) -> Shape:
        return Shape(self.model.temperature, self.model.width, 0.0, self.model.hints)

    @property
    def _give(self) -> Give:
        return Give(_GIVE, _TILT if self.evidence.two else 0.0)

    @property
    def _sure(self) -> float:
        """By how many standard errors a shape has to be likelier."""
        return _SURE_OF_FEW if self._few else _SURE

    @property
    def _few(self) -> bool:
        return len(self.rows) < FEW

    def ways(self) -> list[Found]:
        """The ways of learning that texts not taught speak for, the boldest first; none where none does."""
        form, taken = self._shapes_taken()
        taken += self._steps_taken(form)
        return [tried.found for tried in reversed(taken) if self._tells(tried)]

    def _shapes_taken(self) -> tuple[_Form, list[_Tried]]:
        """How the shape is fitted from now on, and each step to it that is likelier than the one before."""
        best, taken = self._formed(_kept_shape, 0.0), list[_Tried]()
        form: _Form = _kept_shape
        plain = self._heard(Found(0.0, self._shipped, self._shipped), self.evidence.base)
        counts = self.evidence.counts
        if self.evidence.two or _gain(plain.losses / counts, best.losses / counts) <= self._sure:
            best = plain
        else:
            taken.append(best)
        rise = _RISE_OF_FEW if self._few else _RISE
        for shaping in (fitted_shape,) if self.evidence.two else (upright_shape, fitted_shape):
            tried = self._shaped(shaping)
            if self._better(best, tried, self._sure, rise, _BY_CHANCE):
                best, form, rise = tried, shaping, -_BY_CHANCE / 2
                taken.append(tried)
        return form, taken

    def _steps_taken(self, form: _Form) -> list[_Tried]:
        """The shares of the weights' change that are each likelier than the smaller one before."""
        if len(self.rows) < VERY_FEW:
            return []
        best, taken = self._formed(form, 0.0), list[_Tried]()
        sure = _SURE_OF_FEW if self._few else _SURE_OF_SIDES if self.evidence.two else _SURE_OF_WEIGHTS
        unseen = self._unseen(best.found.shape)
        for step in _SHARES:
            tried = self._formed(form, step, best.found.start, unseen)
            if self._better(best, tried, sure):
                best = tried
                taken.append(tried)
        return taken

    def _better(self, best: _Tried, tried: _Tried, sure: float, rise: float = 0.0, fall: float = 0.0) -> bool:
        """Whether it is likelier by so many standard errors and, where there are neutral ones, macro-F1 of the classes
        higher by ``rise`` and that of good against bad news lower by ``fall`` at most."""
        if _gain(best.losses, tried.losses) <= sure:
            return False
        return self.evidence.two or (tried.macro_f1 >= best.macro_f1 + rise and tried.sign_f1 >= best.sign_f1 - fall)

    def _tells(self, tried: _Tried) -> bool:
        """Whether it tells the classes apart better than chance: corrections at odds with each other teach nothing."""
        classes = len(set(self.evidence.labels.tolist()))
        return tried.macro_f1 > 1.0 / classes + _CHANCE / math.sqrt(len(self.rows))

    def _formed(self, form: _Form, step: float, start: Shape | None = None, moved: Array | float = 0.0) -> _Tried:
        """``step`` of what texts not taught are ``moved`` by from ``start``, the shape fitted to what that gives."""
        scores = np.asarray(self.evidence.base + step * moved)
        shape = self._fitted(form, scores)
        return self._heard(Found(step, shape, start or shape), scores)

    def _fitted(self, form: _Form, scores: Array) -> Shape:
        return tempered(self.evidence, scores, form(self.evidence, scores, self._shipped))

    def _heard(self, found: Found, scores: Array) -> _Tried:
        said = probabilities(scores, self.evidence.signs, found.shape)
        return self._judged(found, said, loss(self.evidence, scores, found.shape))

    def _judged(self, found: Found, said: Array, losses: Array) -> _Tried:
        labels = self.evidence.labels
        sides = said[labels != 1] * [1.0, 0.0, 1.0]
        return _Tried(
            found, self.evidence.counts * losses, macro_f1(labels, said), macro_f1(labels[labels != 1], sides)
        )

    def _shaped(self, form: _Form) -> _Tried:
        """The fitted shape, tried on texts that did not shape it."""
        evidence = self.evidence
        said = np.zeros((len(self.rows), 3))
        losses = np.zeros(len(self.rows))
        for fold, others in self._folds():
            part = evidence.part(others)
            shape = tempered(part, part.base, form(part, part.base, self._shipped))
            said[fold] += probabilities(evidence.base[fold], evidence.signs[fold], shape)
            losses[fold] += loss(evidence.part(fold), evidence.base[fold], shape) / _TURNS
        shape = self._fitted(form, evidence.base)
        return self._judged(Found(0.0, shape, shape), said, losses)

    def _folds(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """(a part, the rest) of the texts, in two turns of five; the same ones every time."""
        for turn in range(_TURNS):
            order = np.random.default_rng(turn).permutation(len(self.rows))
            for fold in range(_FOLDS):
                part = np.sort(order[fold::_FOLDS])
                yield part, np.setdiff1d(order, part)

    def _unseen(self, shape: Shape) -> Array:
        """N: how far each text's score moves by what the others teach."""
        moved = np.zeros(len(self.rows))
        for fold, others in self._folds():
            pull = change_of(self.evidence.part(others), shape, self._give)
            alike = kernel(self.evidence.likeness[np.ix_(fold, others)], self._give)
            moved[fold] += alike @ pull / _TURNS
        return moved

    def adapted(self, found: Found, version: str) -> SentimentModel:
        """The model with the change that all that teach make likely."""
        weights, shape, tilt = dict(self.model.weights), found.shape, 0.0
        if found.step:
            pull = found.step * change_of(self.evidence, found.start, self._give)
            tilt = float(self._give.tilt * pull.sum())
            for row, much in zip(self.rows, pull.tolist(), strict=True):
                for name, share in row.items():
                    weights[name] = weights.get(name, 0.0) + self._give.weights * much * share
        came = {"corrections": len(self.rows), "based_on": self.model.version, "step": found.step}
        bias = self.model.bias + shape.lean + tilt
        facts = {**self.model.facts, **came}
        return SentimentModel(
            weights,
            version,
            shape.temperature,
            shape.width,
            facts=facts,
            bias=bias,
            hints=shape.hints,
            power=shape.power,
        )


def _gain(before: Array, after: Array) -> float:
    """By how many standard errors the losses of texts not taught are less than before."""
    gains = before - after
    spread = float(np.std(gains)) / len(gains) ** 0.5
    return float(np.mean(gains)) / spread if spread else 0.0


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

    def shares(self, model: SentimentModel, shared: Collection[str]) -> dict[str, float]:
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


def _counts(labels: NDArray[np.int64]) -> Array:
    """How much each text counts: halfway between all alike and all classes alike; the mean is 1."""
    sizes = np.bincount(labels, minlength=3)
    counts = np.asarray(sizes[labels] ** -0.5)
    return np.asarray(counts / counts.mean())


def _products(rows: Sequence[dict[str, float]]) -> Array:
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
