"""How probabilities should follow from scores in a new domain: temperature, lean, cuts, fitted to few corrections.

The shape of the shipped model is what to expect; each of its seven numbers that departs from it is charged as a
Gaussian prior would, and the likeliest shape is found by Fisher scoring. A class counts more the rarer it is (halfway
between every text alike and every class alike): else a likelier answer would be bought by saying the usual one always.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from listener.nlp.adapt import Array, Evidence, Shape, loss, probabilities, slopes
from listener.nlp.sentiment import NARROWEST

__all__ = ["fitted_shape", "kept_shape", "upright_shape"]

# How far each number is expected from the shipped one, as a standard deviation: log temperature, lean, width, hints.
_USUAL = 0.3
# The same of the cuts where nobody says neutral: they may close altogether.
_USUAL_OF_TWO = 1.0
# The lean where nobody says neutral: the weights' own tilt does that.
_NO_LEAN = 1e-3
_ROUNDS = 30
_HALVINGS = 6


def fitted_shape(evidence: Evidence, scores: Array, shipped: Shape) -> Shape:
    """The shape that ``scores`` of the corrected texts make likeliest, the shipped one being expected.

    Without a neutral correction the cuts close (neutral hardly occurs there) and the lean stays as it is.
    """
    return _fitted(evidence, scores, shipped, _usual(evidence.two))


def kept_shape(evidence: Evidence, scores: Array, shipped: Shape) -> Shape:
    """The shipped one."""
    return shipped


def upright_shape(evidence: Evidence, scores: Array, shipped: Shape) -> Shape:
    """The same without a lean: good and bad news stay on the side that they are on."""
    usual = _usual(evidence.two)
    usual[1] = _NO_LEAN
    return _fitted(evidence, scores, shipped, usual)._replace(lean=shipped.lean)


def _fitted(evidence: Evidence, scores: Array, shipped: Shape, usual: Array) -> Shape:
    expected = _numbers(shipped)

    def said(shape: Shape) -> Array:
        return loss(evidence.labels, probabilities(scores, evidence.signs, shape))

    def cost(numbers: Array) -> float:
        surprise = float(np.sum(((numbers - expected) / usual) ** 2)) / 2
        return float(np.sum(evidence.counts * said(_shape(numbers)))) + surprise

    numbers: Array = expected
    for _ in range(_ROUNDS):
        slope, firmness = _downhill(evidence, scores, _shape(numbers))
        inner = firmness + np.diag(usual**-2)
        step = np.linalg.solve(inner, slope - (numbers - expected) / usual**2)
        before, numbers = numbers, _shortened(numbers, np.asarray(step, dtype=np.float64), cost)
        if np.max(np.abs(numbers - before)) < 1e-4:
            break
    return _shape(numbers)


def _usual(two: bool) -> Array:
    """How far each of the seven numbers is expected from the shipped one."""
    cuts = _USUAL_OF_TWO if two else _USUAL
    return np.array([_USUAL, _NO_LEAN if two else _USUAL, *[cuts] * 5], dtype=np.float64)


def _numbers(shape: Shape) -> Array:
    return np.array([np.log(shape.temperature), shape.lean, shape.width, *shape.hints], dtype=np.float64)


def _shape(numbers: Array) -> Shape:
    heat, lean, width, *hints = numbers.tolist()
    return Shape(float(np.exp(heat)), width, lean, tuple(hints))


def _shortened(numbers: Array, step: Array, cost: Callable[[Array], float]) -> Array:
    """``numbers`` one step on, the step halved until it costs less; where none does, as they are."""
    now = cost(numbers)
    for halving in range(_HALVINGS):
        there = numbers + step / 2**halving
        if cost(there) < now:
            return np.asarray(there, dtype=np.float64)
    return numbers


def _downhill(evidence: Evidence, scores: Array, shape: Shape) -> tuple[Array, Array]:
    """7, 7 × 7: the slope of the log likelihood over the shape's numbers, and its Fisher information."""
    said = np.maximum(probabilities(scores, evidence.signs, shape), 1e-6)
    by_score, by_cut = slopes(said)
    x = (scores + shape.lean) / shape.temperature
    open_cuts = shape.cuts(evidence.signs) > NARROWEST
    moves = [-x, np.full_like(x, 1 / shape.temperature)]
    widths = [open_cuts * 1.0, *(open_cuts * sign for sign in evidence.signs.T)]
    turns = np.stack([move[:, None] * by_score for move in moves] + [width[:, None] * by_cut for width in widths])
    rows = np.arange(len(scores))
    slope = turns[:, rows, evidence.labels] / said[rows, evidence.labels]
    firmness = np.einsum("n,ank,bnk,nk->ab", evidence.counts, turns, turns, 1 / said)
    return slope @ evidence.counts, firmness
