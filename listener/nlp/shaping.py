"""How probabilities should follow from scores in a new domain: temperature, cuts, lean, fitted to few corrections.

The shape of the shipped model is what to expect; each number that departs from it is charged as a Gaussian prior
would (``_USUAL``). Of two shapes the likelier one on the corrections wins, a class counting more the rarer it is, and
macro-F1 counts too: with three classes a likelier answer can be bought by saying neutral always.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from listener.nlp.adapt import Array, Evidence, Shape, loss, macro_f1, probabilities
from listener.nlp.sentiment import NARROWEST

__all__ = ["fitted_shape", "quieter_shape"]

_TEMPERATURES = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.1, 2.5)
_WIDTHS = (-0.65, -0.5, -0.35, -0.2, -0.1, 0.0, 0.1, 0.2, 0.35, 0.5)
_SPREADS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
_LEANS = (-0.6, -0.4, -0.2, -0.1, 0.0, 0.1, 0.2, 0.4, 0.6)
# How far each is expected from the shipped one, as standard deviations: log temperature, width, spread, lean.
_USUAL = (0.3, 0.2, 0.2, 0.2)
# What a whole point of macro-F1 weighs against the loss of one text.
_EVEN = 0.5
_ROUNDS = 6
_LEAST = 1e-9


def fitted_shape(evidence: Evidence, scores: Array, shipped: Shape) -> Shape:
    """The shape that ``scores`` of the corrected texts make likeliest, the shipped one being expected.

    Without a neutral correction the cuts close (neutral hardly occurs there) and the lean stays as it is.
    """
    leans = (0.0,) if evidence.two else _LEANS

    def cost(shape: Shape) -> float:
        missed = _EVEN * len(scores) * (1.0 - macro_f1(evidence.labels, probabilities(scores, evidence.width, shape)))
        return float(np.sum(evidence.counts * loss(evidence, scores, shape))) + _unusual(shape, shipped) + missed

    shape = shipped
    for _ in range(_ROUNDS):
        before = shape
        shape = _best(shape, cost, [shape._replace(spread=shipped.spread * s) for s in _SPREADS])
        shape = _best(shape, cost, [shape._replace(lean=shipped.lean + lean) for lean in leans])
        pairs = itertools.product(_TEMPERATURES, _WIDTHS)
        widened = [
            shape._replace(temperature=shipped.temperature * t, width=max(0.0, shipped.width + w)) for t, w in pairs
        ]
        shape = _best(shape, cost, widened)
        if shape == before:
            break
    return shape


def quieter_shape(evidence: Evidence, scores: Array, shipped: Shape) -> Shape:
    """The shipped shape made more or less sure of itself, its labels left (nearly) as they are: the scores at which
    one class gives way to another stay, only the confidence between them changes."""
    cuts = np.maximum(shipped.spread * evidence.width + shipped.width, NARROWEST)
    shapes = [_same_labels(shipped, factor, evidence.width, cuts) for factor in _TEMPERATURES]

    def cost(shape: Shape) -> float:
        surprise = np.log(shape.temperature / shipped.temperature) / _USUAL[0]
        return float(np.sum(loss(evidence, scores, shape)) + surprise**2 / 2)

    return min(shapes, key=cost)


def _same_labels(shipped: Shape, factor: float, widths: Array, cuts: Array) -> Shape:
    """The shape with ``factor`` times the temperature whose classes change where the shipped one's do.

    Neutral gives way to positive where 2 s(x - c) + s(-x - c) = 1, s the logistic: at e^x = e^c - 2 e^-c. Below
    c = ln 2 nothing is neutral. The cuts wanted so are met by a line over ``widths``, by least squares.
    """
    ends = np.log(np.maximum(np.exp(cuts) - 2 * np.exp(-cuts), 1.0)) / factor
    wanted = np.log((np.exp(ends) + np.sqrt(np.exp(2 * ends) + 8)) / 2)
    around = widths - widths.mean()
    steep = float(around @ wanted / max(float(around @ around), _LEAST))
    return Shape(shipped.temperature * factor, float(wanted.mean() - steep * widths.mean()), steep, shipped.lean)


def _best(now: Shape, cost: Callable[[Shape], float], others: Sequence[Shape]) -> Shape:
    return min((now, *others), key=cost)


def _unusual(shape: Shape, shipped: Shape) -> float:
    """What departing from the shipped shape costs."""
    steps = (
        float(np.log(shape.temperature / shipped.temperature)),
        shape.width - shipped.width,
        shape.spread - shipped.spread,
        shape.lean - shipped.lean,
    )
    return sum((step / usual) ** 2 for step, usual in zip(steps, _USUAL, strict=True)) / 2
