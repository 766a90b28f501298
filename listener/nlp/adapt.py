"""The arithmetic of learning: weights moved from the shipped ones as far as corrections make likely, no further.

A text's score is its base score (the shipped model's) plus what its features have learnt:

    score = base + features · change + tilt        change ~ N(0, give), tilt ~ N(0, lean)

and the three classes follow from the score by the ordinal logistic of ``sentiment``. The likeliest change is found in
the space of the texts (as many unknowns as corrections, not as features) by Newton steps: algorithm 3.1 of Rasmussen
and Williams, Gaussian Processes for Machine Learning (2006), with the Fisher information in the place of the Hessian.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.sentiment import HINTS, NARROWEST

__all__ = ["Evidence", "Give", "Shape", "change_of", "kernel", "loss", "macro_f1", "probabilities", "slopes"]

Array = NDArray[np.float64]
_STEPS = 12
_LEAST = 1e-6


class Give(NamedTuple):
    """How far learning may go: the variance of a feature's change, and that of the tilt of all texts."""

    weights: float
    tilt: float


class Shape(NamedTuple):
    """How probabilities follow from scores: the temperature, the half distance of the cuts, what is added to every
    score, how much each sign of a neutral text adds to the half distance, and the power that the probabilities are
    raised to: below 1 they are less sure, and every label is the same."""

    temperature: float
    width: float
    lean: float = 0.0
    hints: tuple[float, ...] = HINTS
    power: float = 1.0

    def cuts(self, signs: Array) -> Array:
        """N: half the distance between the cuts of texts with these ``signs`` (N × 4)."""
        return np.asarray(np.maximum(signs @ np.array(self.hints) + self.width, NARROWEST))


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


def probabilities(scores: Array, signs: Array, shape: Shape) -> Array:
    """N × 3: negative, neutral, positive."""
    x, cut = (scores + shape.lean) / shape.temperature, shape.cuts(signs)
    positive, negative = _logistic(x - cut), _logistic(-x - cut)
    said = np.stack([negative, np.maximum(0.0, 1.0 - positive - negative), positive], axis=1)
    return said if shape.power == 1.0 else said**shape.power / np.sum(said**shape.power, axis=1, keepdims=True)


def loss(evidence: Evidence, scores: Array, shape: Shape) -> Array:
    """N: minus the log of the probability of what is true, of three classes: where nobody says neutral, saying it is
    a mistake like any other."""
    said = probabilities(scores, evidence.signs, shape)
    return -np.log(np.maximum(said[np.arange(len(said)), evidence.labels], _LEAST))


def macro_f1(labels: NDArray[np.int64], said: Array) -> float:
    """Macro-F1 of the likeliest classes over those in ``labels``; it counts each alike, however few there are of it."""
    table = np.bincount(3 * labels + said.argmax(axis=1), minlength=9).reshape(3, 3)
    either = table.sum(axis=0) + table.sum(axis=1)
    there = table.sum(axis=1) > 0
    return float(np.mean((2 * np.diag(table) / np.maximum(either, 1))[there]))


def change_of(evidence: Evidence, shape: Shape, give: Give) -> Array:
    """N: how much of each text goes into the change (change = give.weights · features' · this; the tilt likewise)."""
    alike, shape = kernel(evidence.likeness, give), shape._replace(power=1.0)
    pull, learnt = np.zeros(len(evidence.base)), np.zeros(len(evidence.base))
    for _ in range(_STEPS):
        slope, firmness = _slope(evidence, evidence.base + learnt, shape)
        root = np.sqrt(firmness)
        target = firmness * learnt + slope
        inner = np.eye(len(root)) + root[:, None] * alike * root[None, :]
        pull = target - root * np.linalg.solve(inner, root * (alike @ target))
        before, learnt = learnt, alike @ pull
        if np.max(np.abs(learnt - before), initial=0.0) < 1e-5:
            break
    return pull


def kernel(likeness: Array, give: Give) -> Array:
    """How much two texts' scores move together, by how alike they are."""
    return give.weights * likeness + give.tilt


def slopes(said: Array) -> tuple[Array, Array]:
    """N × 3 twice: how the three probabilities change with the score (in temperatures), and with the cuts."""
    negative, positive = said[:, 0], said[:, 2]
    fall, rise = negative * (1 - negative), positive * (1 - positive)
    return np.stack([-fall, fall - rise, rise], axis=1), np.stack([-fall, fall + rise, -rise], axis=1)


def _slope(evidence: Evidence, scores: Array, shape: Shape) -> tuple[Array, Array]:
    """N, N: the slope of the log likelihood at ``scores``, and its expected curvature (Fisher information)."""
    said = probabilities(scores, evidence.signs, shape)
    steep, _ = slopes(said)
    if evidence.two:
        negative, positive = said[:, 0], said[:, 2]
        both = np.maximum(negative + positive, _LEAST)
        share = positive / both
        turn = share * (1 - share) * (2 - negative - positive)
        said = np.stack([1 - share, np.ones_like(share), share], axis=1)
        steep = np.stack([-turn, np.zeros_like(turn), turn], axis=1)
    said = np.maximum(said, _LEAST)
    rows = np.arange(len(scores))
    slope = steep[rows, evidence.labels] / said[rows, evidence.labels]
    firmness = np.sum(steep**2 / said, axis=1)
    counts = evidence.counts
    return counts * slope / shape.temperature, counts * np.maximum(firmness, _LEAST) / shape.temperature**2


def _logistic(x: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -60.0, 60.0))))
