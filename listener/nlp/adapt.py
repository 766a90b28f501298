"""The arithmetic of learning: weights moved from the shipped ones as far as corrections make likely, no further.

A text's score is its base score (the shipped model's) plus what its features have learnt of good and bad news
(``siding``); the half distance of its cuts is that of its signs plus what its features have learnt of saying neither:

    cut = width + hints · signs + features · calm  calm ~ N(0, CALM_GIVE)

and the three classes follow by the ordinal logistic of ``sentiment``. The likeliest change is found in the space of
the texts (as many unknowns as corrections, not as features) by Newton steps: algorithm 3.1 of Rasmussen and Williams,
Gaussian Processes for Machine Learning (2006), with the Fisher information in the place of the Hessian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.sentiment import HINTS, NARROWEST, UNDOUBTED, UNTEMPERED

__all__ = [
    "CALM_GIVE", "MANY", "Array", "Evidence", "Shape", "calm_pull", "calmed", "loss", "probabilities", "slopes",
    "solved", "tempered",
]  # fmt: skip

Array = NDArray[np.float64]
_STEPS = 12
_SETTLED = 1e-3
MANY, _CLOSE = 600, 1e-6
CALM_GIVE = 2.0
"""How far the cuts may move: the variance of what a feature says of neutral."""
_LEAST = 1e-6


class Shape(NamedTuple):
    """How probabilities follow from scores: the temperature, the half distance of the cuts, what is added to every
    score, and how much each sign of a neutral text adds to the half distance."""

    temperature: float
    width: float
    lean: float = 0.0
    hints: tuple[float, ...] = HINTS

    def cuts(self, signs: Array, calm: Array | float = 0.0) -> Array:
        """N: half the distance between the cuts of texts with these ``signs`` (N × 4), ``calm`` as they were taught."""
        return np.asarray(np.maximum(signs @ np.array(self.hints) + self.width + calm, NARROWEST))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of N corrected texts: ``base`` scores, what speaks for neutral (``signs``, N × 4),
    ``likeness`` and ``kin`` (N × N: how alike texts are as to neutral, and as to sides), ``labels`` (0 negative,
    1 neutral, 2 positive), how much each counts, and whether no label is neutral."""

    base: Array
    signs: Array
    likeness: Array
    kin: Array
    labels: NDArray[np.int64]
    counts: Array
    two: bool

    def part(self, chosen: NDArray[np.int64]) -> Evidence:
        """The evidence of some of the texts."""
        return replace(
            self,
            base=self.base[chosen],
            signs=self.signs[chosen],
            likeness=self.likeness[np.ix_(chosen, chosen)],
            kin=self.kin[np.ix_(chosen, chosen)],
            labels=self.labels[chosen],
            counts=self.counts[chosen],
        )


def probabilities(scores: Array, signs: Array, shape: Shape, calm: Array | float = 0.0) -> Array:
    """N × 3: negative, neutral, positive."""
    x, cut = (scores + shape.lean) / shape.temperature, shape.cuts(signs, calm)
    positive, negative = _logistic(x - cut), _logistic(-x - cut)
    return np.stack([negative, np.maximum(0.0, 1.0 - positive - negative), positive], axis=1)


def tempered(said: Array, powers: Sequence[float], doubt: Sequence[float] = UNDOUBTED) -> Array:
    """N × 3: each text's probabilities raised to the power of its label: surer or less sure of the same one; then the
    share ``doubt`` of each label is mixed in."""
    raised = said
    if tuple(powers) != UNTEMPERED:
        raised = np.maximum(said, 1e-12) ** np.asarray(powers)[said.argmax(axis=1)][:, None]
        raised = raised / raised.sum(axis=1, keepdims=True)
    return np.asarray((1 - sum(doubt)) * raised + np.asarray(doubt)) if any(doubt) else raised


def loss(labels: NDArray[np.int64], said: Array) -> Array:
    """N: minus the log of the probability of what is true, of three classes: where nobody says neutral, saying it is
    a mistake like any other."""
    return np.asarray(-np.log(np.maximum(said[np.arange(len(said)), labels], _LEAST)))


def calm_pull(evidence: Evidence, shape: Shape) -> Array:
    """N: how much of each text goes into the likeliest change of the cuts, seen from ``shape``; none where nobody says
    neutral."""
    pull, calm = np.zeros(len(evidence.base)), np.zeros(len(evidence.base))
    for _ in range(0 if evidence.two else _STEPS):
        before = calm
        pull = _pulled(CALM_GIVE * evidence.likeness, calm, *_calm_slope(evidence, calm, shape))
        calm = calmed(pull, evidence.likeness)
        if float(np.max(np.abs(calm - before), initial=0.0)) < _SETTLED:
            break
    return pull


def calmed(pull: Array, alike: Array) -> Array:
    """How far the cuts of texts move apart that are so much ``alike`` (M × N) to those that pull."""
    return np.asarray(CALM_GIVE * (alike @ pull))


def _pulled(alike: Array, learnt: Array, slope: Array, firmness: Array) -> Array:
    """One Newton step from what is ``learnt``."""
    root = np.sqrt(firmness)
    target = firmness * learnt + slope
    return np.asarray(target - root * solved(alike, root, root * (alike @ target)))


def solved(alike: Array, root: Array, wanted: Array) -> Array:
    """x with (1 + root · alike · root) x = ``wanted``: at once, or, of many texts, by conjugate gradients (Hestenes and
    Stiefel 1952), whose time grows with the square of the texts and not with the cube."""
    if len(root) <= MANY:
        return np.asarray(np.linalg.solve(np.eye(len(root)) + root[:, None] * alike * root[None, :], wanted))
    found, rest = np.zeros(len(root)), wanted
    way, left = rest, float(rest @ rest)
    enough = _CLOSE**2 * left
    for _ in range(len(root)):
        if left <= enough:
            break
        seen = way + root * (alike @ (root * way))
        step = left / float(way @ seen)
        found, rest = found + step * way, rest - step * seen
        before, left = left, float(rest @ rest)
        way = rest + left / before * way
    return found


def slopes(said: Array) -> tuple[Array, Array]:
    """N × 3 twice: how the three probabilities change with the score (in temperatures), and with the cuts."""
    negative, positive = said[:, 0], said[:, 2]
    fall, rise = negative * (1 - negative), positive * (1 - positive)
    return np.stack([-fall, fall - rise, rise], axis=1), np.stack([-fall, fall + rise, -rise], axis=1)


def _calm_slope(evidence: Evidence, calm: Array, shape: Shape) -> tuple[Array, Array]:
    """N, N: the slope of the log likelihood along the half distance of the cuts, and its expected curvature (Fisher
    information); none where they are as near as they may be."""
    said = probabilities(evidence.base, evidence.signs, shape, calm)
    _, steep = slopes(said)
    return _uphill(evidence, said, steep * (shape.cuts(evidence.signs, calm) > NARROWEST)[:, None])


def _uphill(evidence: Evidence, said: Array, steep: Array) -> tuple[Array, Array]:
    said, rows = np.maximum(said, _LEAST), np.arange(len(said))
    slope = steep[rows, evidence.labels] / said[rows, evidence.labels]
    firmness = np.sum(steep**2 / said, axis=1)
    return evidence.counts * slope, evidence.counts * np.maximum(firmness, _LEAST)


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0))))
