"""The arithmetic of learning: weights moved from the shipped ones as far as corrections make likely, no further.

A text's score is its base score (the shipped model's) plus what its features have learnt:

    score = base + features · change + tilt        change ~ N(0, give), tilt ~ N(0, lean)

and the three classes follow from the score by the ordinal logistic of ``sentiment``. The likeliest change is found in
the space of the texts (as many unknowns as corrections, not as features) by Newton steps: algorithm 3.1 of Rasmussen
and Williams, Gaussian Processes for Machine Learning (2006), with the Fisher information in the place of the Hessian.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.sentiment import NARROWEST

__all__ = ["Evidence", "Give", "Shape", "change_of", "loss", "macro_f1", "probabilities", "unseen_scores"]

Array = NDArray[np.float64]
_STEPS = 12
_LEAST = 1e-6


class Give(NamedTuple):
    """How far learning may go: the variance of a feature's change, and that of the tilt of all texts."""

    weights: float
    tilt: float


class Shape(NamedTuple):
    """How probabilities follow from scores: the temperature, the half distance of the cuts, how much of what a text
    itself adds to that distance counts, and what is added to every score."""

    temperature: float
    width: float
    spread: float = 1.0
    lean: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of N corrected texts: ``base`` scores, what each text adds to the ``width`` of the cuts,
    ``likeness`` (N × N, products of the texts' features), ``labels`` (0 negative, 1 neutral, 2 positive), how much
    each counts, and whether no label is neutral (then the weights learn positive against negative alone)."""

    base: Array
    width: Array
    likeness: Array
    labels: NDArray[np.int64]
    counts: Array
    two: bool

    def part(self, chosen: NDArray[np.int64]) -> Evidence:
        """The evidence of some of the texts."""
        return replace(
            self,
            base=self.base[chosen],
            width=self.width[chosen],
            likeness=self.likeness[np.ix_(chosen, chosen)],
            labels=self.labels[chosen],
            counts=self.counts[chosen],
        )


def probabilities(scores: Array, widths: Array, shape: Shape) -> Array:
    """N × 3: negative, neutral, positive."""
    x = (scores + shape.lean) / shape.temperature
    cut = np.maximum(shape.spread * widths + shape.width, NARROWEST)
    positive, negative = _logistic(x - cut), _logistic(-x - cut)
    return np.stack([negative, np.maximum(0.0, 1.0 - positive - negative), positive], axis=1)


def loss(evidence: Evidence, scores: Array, shape: Shape) -> Array:
    """N: minus the log of the probability of what is true, of three classes: where nobody says neutral, saying it is
    a mistake like any other."""
    said = probabilities(scores, evidence.width, shape)
    return -np.log(np.maximum(said[np.arange(len(said)), evidence.labels], _LEAST))


def macro_f1(labels: NDArray[np.int64], said: Array) -> float:
    """Macro-F1 of the likeliest classes over those in ``labels``; it counts each alike, however few there are of it."""
    table = np.bincount(3 * labels + said.argmax(axis=1), minlength=9).reshape(3, 3)
    either = table.sum(axis=0) + table.sum(axis=1)
    there = table.sum(axis=1) > 0
    return float(np.mean((2 * np.diag(table) / np.maximum(either, 1))[there]))


def change_of(evidence: Evidence, shape: Shape, give: Give) -> Array:
    """N: how much of each text goes into the change (change = give.weights · features' · this; the tilt likewise)."""
    kernel = _kernel(evidence.likeness, give)
    pull, learnt = np.zeros(len(evidence.base)), np.zeros(len(evidence.base))
    for _ in range(_STEPS):
        slope, firmness = _slope(evidence, evidence.base + learnt, shape)
        root = np.sqrt(firmness)
        target = firmness * learnt + slope
        inner = np.eye(len(root)) + root[:, None] * kernel * root[None, :]
        pull = target - root * np.linalg.solve(inner, root * (kernel @ target))
        before, learnt = learnt, kernel @ pull
        if np.max(np.abs(learnt - before), initial=0.0) < 1e-5:
            break
    return pull


def _kernel(likeness: Array, give: Give) -> Array:
    return give.weights * likeness + give.tilt


def unseen_scores(evidence: Evidence, shape: Shape, give: Give, folds: Sequence[NDArray[np.int64]]) -> Array:
    """N: the score of each text by what was learnt without its own fold."""
    scores = evidence.base.copy()
    everything = np.arange(len(scores))
    for fold in folds:
        others = np.setdiff1d(everything, fold)
        pull = change_of(evidence.part(others), shape, give)
        scores[fold] += _kernel(evidence.likeness[np.ix_(fold, others)], give) @ pull
    return scores


def _slope(evidence: Evidence, scores: Array, shape: Shape) -> tuple[Array, Array]:
    """N, N: the slope of the log likelihood at ``scores``, and its expected curvature (Fisher information)."""
    said = probabilities(scores, evidence.width, shape)
    negative, positive = said[:, 0], said[:, 2]
    fall, rise = negative * (1 - negative), positive * (1 - positive)
    steep = np.stack([-fall, fall - rise, rise], axis=1)
    if evidence.two:
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
