"""What corrections say of good against bad news: a change of the scores, as far as they make it likely.

    log odds of good news = heat · (base + change),   change ~ N(0, size · (kin + tilt))

``kin`` says how alike texts are: by the words they share and by words of like meaning. What says otherwise than its
words (irony, a slip of whoever corrected it) would pull hardest of all; so a share ``_OTHERWISE`` of the texts is taken
to do that. The change is the mean over several sizes, each counting by how likely it makes the corrections (the
evidence, by Laplace's approximation: Rasmussen and Williams, Gaussian Processes for Machine Learning, 2006, 3.4
and 5.5.1) and half of it beforehand for no change at all: where they tell nothing of sides, little is left of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.adapt import MANY, Array, Evidence, solved

__all__ = ["TILT", "Turn", "turn_of"]

TILT = 0.05
"""The variance of a change that all texts share, at size 1."""
_SIZES = (1e-4, 0.03, 0.1, 0.3, 1.0, 3.0)
# How likely each size is beforehand: that there is nothing to be learnt is as likely as that there is something.
_BEFOREHAND = np.array([5.0, 1.0, 1.0, 1.0, 1.0, 1.0])
_OTHERWISE = 0.15
_STEPS, _SETTLED, _LEAST = 30, 1e-3, 1e-6
_HEATS, _USUAL = np.geomspace(0.3, 3.0, 40), 0.3


class Turn(NamedTuple):
    """``pull`` (N): how much each text goes into the change of the scores."""

    pull: Array

    def moved(self, kin: Array) -> Array:
        """How far scores of texts move that are so much akin (M × N) to those that pull."""
        return np.asarray(kin @ self.pull + self.tilt)

    @property
    def tilt(self) -> float:
        """How far all scores move."""
        return TILT * float(self.pull.sum())


def turn_of(evidence: Evidence) -> Turn:
    """The change by those of the corrected texts that take a side; none where they all take the same."""
    sided = np.flatnonzero(evidence.labels != 1)
    pull = np.zeros(len(evidence.labels))
    good = evidence.labels[sided] == 2
    if good.all() or not good.any():
        return Turn(pull)
    counts = _counts(good)
    heat = _heat(evidence.base[sided], good, counts)
    kin = evidence.kin[np.ix_(sided, sided)] + TILT
    pull[sided] = _pull(heat * evidence.base[sided], kin, good, counts) / heat
    return Turn(pull)


def _pull(base: Array, kin: Array, good: NDArray[np.bool_], counts: Array) -> Array:
    """The mean of the likeliest pulls at each size; of many texts, that of the size likeliest by some of them."""
    if len(base) > MANY:
        some = np.linspace(0, len(base) - 1, MANY).astype(np.int64)
        few = base[some], kin[np.ix_(some, some)], good[some], counts[some]
        size = max(_SIZES, key=lambda size: _climbed(size, *few)[1]())
        return size * _climbed(size, base, kin, good, counts)[0]
    found = [_climbed(size, base, kin, good, counts) for size in _SIZES]
    likely = np.array([evident() for _, evident in found])
    shares = _BEFOREHAND * np.exp(likely - likely.max())
    return np.asarray(
        sum(share * size * own for share, size, (own, _) in zip(shares, _SIZES, found, strict=True)) / shares.sum()
    )


def _counts(good: NDArray[np.bool_]) -> Array:
    """How much each text counts: halfway between all alike and both sides alike; the mean is 1."""
    counts = np.where(good, np.sum(good), np.sum(np.logical_not(good))).astype(np.float64) ** -0.5
    return np.asarray(counts / counts.mean())


def _heat(base: Array, good: NDArray[np.bool_], counts: Array) -> float:
    """By what the scores are likeliest multiplied to be log odds; about 1 is expected."""
    sides = np.where(good, 1.0, -1.0)
    costs = [
        float(counts @ np.logaddexp(0.0, -heat * sides * base)) + (np.log(heat) / _USUAL) ** 2 / 2 for heat in _HEATS
    ]
    return float(_HEATS[int(np.argmin(costs))])


def _climbed(
    size: float, base: Array, kin: Array, good: NDArray[np.bool_], counts: Array
) -> tuple[Array, Callable[[], float]]:
    """The pull of each text on the log odds at the likeliest change of that ``size``; and what gives the log of the
    evidence.

    Newton steps with the Fisher information, halved since the likelihood may have several tops.
    """
    alike, moved, pull = size * kin, np.zeros(len(base)), np.zeros(len(base))
    root = moved
    for _ in range(_STEPS):
        slope, firmness, _ = _slope(base + moved, good, counts)
        root, target = np.sqrt(firmness), firmness * moved + slope
        pull = (pull + target - root * solved(alike, root, root * (alike @ target))) / 2
        before, moved = moved, alike @ pull
        if np.max(np.abs(moved - before)) < _SETTLED:
            break

    def evident() -> float:
        inner = np.eye(len(base)) + root[:, None] * alike * root[None, :]
        told = _slope(base + moved, good, counts)[2]
        return told - float(pull @ moved) / 2 - float(np.linalg.slogdet(inner)[1]) / 2

    return pull, evident


def _slope(odds: Array, good: NDArray[np.bool_], counts: Array) -> tuple[Array, Array, float]:
    """N, N: slope of the log likelihood and its expected curvature; the log likelihood."""
    share = 1 / (1 + np.exp(-np.clip(odds, -40.0, 40.0)))
    said = (1 - 2 * _OTHERWISE) * share + _OTHERWISE
    steep = (1 - 2 * _OTHERWISE) * share * (1 - share)
    true = np.where(good, said, 1 - said)
    slope = counts * np.where(good, steep, -steep) / true
    firmness = np.maximum(counts * steep**2 / (said * (1 - said)), _LEAST)
    return slope, firmness, float(counts @ np.log(true))
