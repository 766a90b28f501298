"""The arithmetic of learning: weights moved from the shipped ones as far as corrections make likely, no further.

A text's score is its base score (the shipped model's) plus what its features have learnt of good and bad news; the half
distance of its cuts is the one of its signs plus what its features have learnt of saying neither:

    score = base + features · change + tilt        change ~ N(0, sides), tilt ~ N(0, tilt)
    cut = width + hints · signs + features · calm  calm ~ N(0, calm)

and the three classes follow by the ordinal logistic of ``sentiment``. The likeliest changes are found in the space of
the texts (as many unknowns as corrections, not as features) by Newton steps, of the two in turn: algorithm 3.1 of
Rasmussen and Williams, Gaussian Processes for Machine Learning (2006), with the Fisher information in the place of the
Hessian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.sentiment import HINTS, NARROWEST, UNDOUBTED, UNTEMPERED

__all__ = ["Array", "Evidence", "Give", "Pulls", "Shape", "loss", "probabilities", "pulls_of", "slopes", "tempered"]

Array = NDArray[np.float64]
_STEPS = 12
_SETTLED = 1e-3
_MANY, _CLOSE = 600, 1e-6
_LEAST = 1e-6


class Give(NamedTuple):
    """How far learning may go: the variance of a feature's change, that of the tilt of all texts, and that of what a
    feature says of neutral."""

    sides: float
    tilt: float
    calm: float

    def moved(self, pull: Array, alike: Array) -> Array:
        """How far scores move that are so ``alike`` to those of the texts that pull."""
        return np.asarray(self.sides * (alike @ pull) + self.tilt * pull.sum())

    def calmed(self, pull: Array, alike: Array) -> Array:
        """How far cuts move apart, likewise."""
        return np.asarray(self.calm * (alike @ pull))


class Pulls(NamedTuple):
    """N, N: how much of each text goes into the change of the scores, and into that of the cuts."""

    sides: Array
    calm: Array


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
    ``likeness`` (N × N, products of the texts' features), ``labels`` (0 negative, 1 neutral, 2 positive), how much
    each counts, and whether no label is neutral (then the weights learn positive against negative alone)."""

    base: Array
    signs: Array
    likeness: Array
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


def pulls_of(evidence: Evidence, shape: Shape, give: Give) -> Pulls:
    """The likeliest change of weights, seen from ``shape``; none for neutral where nobody says it."""
    pulls = Pulls(np.zeros(len(evidence.base)), np.zeros(len(evidence.base)))
    both = give.sides * evidence.likeness + give.tilt, give.calm * evidence.likeness
    scores, calm = evidence.base, np.zeros(len(evidence.base))
    for _ in range(_STEPS):
        before = scores, calm
        sides = _pulled(both[0], scores - evidence.base, *_side_slope(evidence, scores, calm, shape))
        scores = evidence.base + both[0] @ sides
        pulls = Pulls(sides, pulls.calm)
        if not evidence.two:
            pulls = Pulls(sides, _pulled(both[1], calm, *_calm_slope(evidence, scores, calm, shape)))
            calm = both[1] @ pulls.calm
        if max(_furthest(scores, before[0]), _furthest(calm, before[1])) < _SETTLED:
            break
    return pulls


def _furthest(now: Array, before: Array) -> float:
    return float(np.max(np.abs(now - before), initial=0.0))


def _pulled(alike: Array, learnt: Array, slope: Array, firmness: Array) -> Array:
    """One Newton step from what is ``learnt``."""
    root = np.sqrt(firmness)
    target = firmness * learnt + slope
    return np.asarray(target - root * _solved(alike, root, root * (alike @ target)))


def _solved(alike: Array, root: Array, wanted: Array) -> Array:
    """x with (1 + root · alike · root) x = ``wanted``: at once, or, of many texts, by conjugate gradients (Hestenes and
    Stiefel 1952), whose time grows with the square of the texts and not with the cube."""
    if len(root) <= _MANY:
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


def _side_slope(evidence: Evidence, scores: Array, calm: Array, shape: Shape) -> tuple[Array, Array]:
    """N, N: the slope of the log likelihood at ``scores``, and its expected curvature (Fisher information)."""
    said = probabilities(scores, evidence.signs, shape, calm)
    steep, _ = slopes(said)
    if evidence.two:
        negative, positive = said[:, 0], said[:, 2]
        share = positive / np.maximum(negative + positive, _LEAST)
        turn = share * (1 - share) * (2 - negative - positive)
        said = np.stack([1 - share, np.ones_like(share), share], axis=1)
        steep = np.stack([-turn, np.zeros_like(turn), turn], axis=1)
    slope, firmness = _uphill(evidence, said, steep)
    return slope / shape.temperature, firmness / shape.temperature**2


def _calm_slope(evidence: Evidence, scores: Array, calm: Array, shape: Shape) -> tuple[Array, Array]:
    """The same along the half distance of the cuts; none where they are as near as they may be."""
    said = probabilities(scores, evidence.signs, shape, calm)
    _, steep = slopes(said)
    return _uphill(evidence, said, steep * (shape.cuts(evidence.signs, calm) > NARROWEST)[:, None])


def _uphill(evidence: Evidence, said: Array, steep: Array) -> tuple[Array, Array]:
    said, rows = np.maximum(said, _LEAST), np.arange(len(said))
    slope = steep[rows, evidence.labels] / said[rows, evidence.labels]
    firmness = np.sum(steep**2 / said, axis=1)
    return evidence.counts * slope, evidence.counts * np.maximum(firmness, _LEAST)


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0))))
