"""How sure a model should be of what it says, by texts that it was not taught.

Two things are read off them: the power that makes all probabilities likeliest, and how far it is another one for each
label, by how often that label is right. A power moves no text to another label (as
temperature scaling does not: Guo et al., On Calibration of Modern Neural Networks, 2017). Both are held by a Gaussian
prior on their logarithm: some 160 texts say little of the rarer labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from listener.nlp.adapt import Array, loss, tempered
from listener.nlp.sentiment import UNTEMPERED

__all__ = ["powers_of"]

_POWERS: tuple[float, ...] = (1.0, *np.geomspace(0.3, 2.5, 45).tolist())
# How far the power is expected from 1, and that of a label from the common one: standard deviations of the logarithm.
_USUAL, _USUAL_OF_LABEL = 0.3, 0.2


def powers_of(labels: NDArray[np.int64], turns: Sequence[Array]) -> tuple[float, ...]:
    """The power of each label; ``turns`` has the probabilities (N × 3) of the texts, each text heard once a turn."""
    if not (labels == 1).any():
        turns = [_without_neutral(said) for said in turns]
    common = _cheapest(lambda power: _unlikely(labels, turns, power), 1.0, _USUAL)
    return tuple(
        _cheapest(lambda power, label=label: _wrong(labels, turns, power, label), common, _USUAL_OF_LABEL)  # type: ignore[misc]
        for label in range(len(UNTEMPERED))
    )


def _cheapest(cost: Callable[[float], float], expected: float, usual: float) -> float:
    return min(_POWERS, key=lambda power: cost(power) + (math.log(power / expected) / usual) ** 2 / 2)


def _unlikely(labels: NDArray[np.int64], turns: Sequence[Array], power: float) -> float:
    return float(sum(loss(labels, tempered(said, (power,) * 3)).sum() for said in turns)) / len(turns)


def _without_neutral(said: Array) -> Array:
    """The probabilities of good and bad news, as they are where nobody says neutral."""
    both = said * [1.0, 0.0, 1.0]
    return np.asarray(both / np.maximum(both.sum(axis=1, keepdims=True), 1e-9))


def _wrong(labels: NDArray[np.int64], turns: Sequence[Array], power: float, label: int) -> float:
    """Minus the log likelihood of being right or wrong where ``label`` is said."""
    cost = 0.0
    for said in turns:
        chosen = said.argmax(axis=1) == label
        sure = np.clip(tempered(said[chosen], (power,) * 3).max(axis=1), 1e-4, 1 - 1e-4)
        cost -= float(np.sum(np.log(np.where(labels[chosen] == label, sure, 1 - sure))))
    return cost / len(turns)
