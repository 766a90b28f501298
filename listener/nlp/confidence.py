"""How sure a model should be of what it says, by texts that it was not taught.

Three things are read off them: the power that makes all probabilities likeliest, how many texts say something else than
their words tell (irony, a slip of who labelled them), and how far the power is another one for each label, by how often
that label is right. A power moves no text to another label (as temperature scaling does not: Guo et al., On Calibration
of Modern Neural Networks, 2017). It cannot tell both that most answers may be surer and that even the surest is
sometimes wrong; the doubt does. All are held by a prior (Gaussian on the logarithm of a power, exponential on the
doubt): some 160 texts say little of the rarer labels.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from listener.nlp.adapt import Array, loss, tempered
from listener.nlp.sentiment import UNDOUBTED, UNTEMPERED

__all__ = ["Sureness", "sureness_of"]

_POWERS: tuple[float, ...] = (1.0, *np.geomspace(0.3, 2.5, 45).tolist())
_DOUBTS = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
# How far the power is expected from 1, and that of a label from the common one: standard deviations of the logarithm.
_USUAL, _USUAL_OF_LABEL = 0.3, 0.2
# The doubt expected, as a share of the texts.
_USUAL_DOUBT = 0.05
_T = TypeVar("_T")


class Sureness(NamedTuple):
    """The power of each label, and the share of texts that is each label whatever their words say."""

    powers: tuple[float, ...] = UNTEMPERED
    doubt: tuple[float, ...] = UNDOUBTED

    def of(self, said: Array) -> Array:
        """N × 3: the probabilities ``said``, as sure as they should be."""
        return tempered(said, self.powers, self.doubt)


def sureness_of(labels: NDArray[np.int64], turns: Sequence[Array]) -> Sureness:
    """By ``turns``, the probabilities (N × 3) of texts with these ``labels``, each text heard once a turn.

    Where nobody says neutral, whoever is wrong is so between good and bad news alone.
    """
    two = not (labels == 1).any()
    if two:
        turns = [_without_neutral(said) for said in turns]
    common = _cheapest(
        ((power, doubt) for doubt in _DOUBTS for power in _POWERS),
        lambda way: (
            _unlikely(labels, turns, _alike(*way, two)) + _surprise(way[0], 1.0, _USUAL) + way[1] / _USUAL_DOUBT
        ),
    )
    powers = tuple(
        _cheapest(
            _POWERS,
            lambda power, label=label: (  # type: ignore[misc]
                _wrong(labels, turns, _alike(power, common[1], two), label)
                + _surprise(power, common[0], _USUAL_OF_LABEL)
            ),
        )
        for label in range(len(UNTEMPERED))
    )
    return Sureness(powers, _alike(*common, two).doubt)


def _alike(power: float, doubt: float, two: bool) -> Sureness:
    """The same power for all labels, the doubt shared among those that occur."""
    return Sureness((power,) * 3, (doubt / 2, 0.0, doubt / 2) if two else (doubt / 3,) * 3)


def _cheapest(ways: Iterable[_T], cost: Callable[[_T], float]) -> _T:
    return min(ways, key=cost)


def _surprise(power: float, expected: float, usual: float) -> float:
    return (math.log(power / expected) / usual) ** 2 / 2


def _unlikely(labels: NDArray[np.int64], turns: Sequence[Array], sureness: Sureness) -> float:
    return float(sum(loss(labels, sureness.of(said)).sum() for said in turns)) / len(turns)


def _without_neutral(said: Array) -> Array:
    """The probabilities of good and bad news, as they are where nobody says neutral."""
    both = said * [1.0, 0.0, 1.0]
    return np.asarray(both / np.maximum(both.sum(axis=1, keepdims=True), 1e-9))


def _wrong(labels: NDArray[np.int64], turns: Sequence[Array], sureness: Sureness, label: int) -> float:
    """Minus the log likelihood of being right or wrong where ``label`` is said."""
    cost = 0.0
    for said in turns:
        chosen = said.argmax(axis=1) == label
        sure = np.clip(sureness.of(said[chosen]).max(axis=1), 1e-4, 1 - 1e-4)
        cost -= float(np.sum(np.log(np.where(labels[chosen] == label, sure, 1 - sure))))
    return cost / len(turns)
