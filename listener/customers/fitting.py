"""What this installation's own rulings say of the weights: how many bits each kind of evidence is off. Pure.

A penalised logistic regression (Newton's method): the odds that a person confirms a link are those the shipped weights
give, times 2 to the power of a shift for each kind of evidence in it. Each shift is drawn to 0 by a normal prior of one
bit, so that few rulings move little and many decide. Being asked at all depends on the evidence, which regression
allows for and counting each kind by itself does not; the share of links that people confirm is the intercept's, and
not taken up.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from math import log
from typing import Any, NamedTuple

import numpy as np

from listener.customers.weights import AGAINST, AGREE, CELLS, TRUST

__all__ = ["FEWEST", "LEARNABLE", "MOST", "OF_A_KIND", "Estimate", "Example", "Fitted", "fit", "judged"]

FEWEST = 30
"""Confirmed, and as many rejected links, before anything is learnt."""

OF_A_KIND = 10
"""Links with a kind of evidence before its weight moves."""

MOST = 3.0
"""Bits that a weight moves at most: rulings are few, and people err."""

PRIOR = 1.0
"""Standard deviation of a shift in bits, as it is expected before any ruling is seen."""

FOLDS = 5

LEARNABLE = frozenset({*TRUST, *CELLS, *AGREE, *AGAINST, "name"}) - {"account", "display_name"}
"""Kinds of evidence whose weight may move. A bound account is a person's word already."""

_WIDE = 10.0
"""Standard deviation of the intercept, in nats."""


class Example(NamedTuple):
    """A ruled link: the log odds (nats) by the shipped weights, the kinds of its evidence, whether it was confirmed.

    ``group`` is of one author, whose links are never both learnt from and tested on.
    """

    odds: float
    kinds: Collection[str]
    right: bool
    group: int


class Fitted(NamedTuple):
    """``shifts``: bits to add to a kind's weight; ``counts``: kind → (confirmed, rejected) links with it.

    ``before`` and ``after`` are mean log losses (nats) on links held out, five times a fifth, by author.
    """

    shifts: dict[str, float]
    counts: dict[str, tuple[int, int]]
    confirmed: int
    rejected: int
    before: float
    after: float

    @property
    def better(self) -> bool:
        """True where the shifts foretell held-out rulings better than the shipped weights do."""
        return bool(self.shifts) and self.after < self.before


def fit(examples: Sequence[Example]) -> Fitted:
    """The shifts that the rulings call for; none where too few were ruled."""
    confirmed = sum(each.right for each in examples)
    counts = _counts(examples)
    rejected = len(examples) - confirmed
    if min(confirmed, rejected) < FEWEST:
        return Fitted({}, counts, confirmed, rejected, 0.0, 0.0)
    kinds = sorted(kind for kind, (yes, no) in counts.items() if yes + no >= OF_A_KIND)
    shifts = _solve(examples, kinds)[1:]
    before, after = _held_out(examples, [])[0], _held_out(examples, kinds)[0]
    bits = np.clip(shifts / log(2), -MOST, MOST)
    found = {kind: round(float(value), 2) for kind, value in zip(kinds, bits, strict=True) if abs(value) >= 0.05}
    return Fitted(found, counts, confirmed, rejected, before, after)


Estimate = Callable[[Sequence[Example]], Mapping[str, float]]
"""What gives the shifts of rulings in another way."""


def judged(examples: Sequence[Example], estimate: Estimate) -> Fitted:
    """``fit`` with the shifts of another estimate, held to the same test on rulings held out."""
    counts = _counts(examples)
    confirmed = sum(each.right for each in examples)
    rejected = len(examples) - confirmed
    if min(confirmed, rejected) < FEWEST:
        return Fitted({}, counts, confirmed, rejected, 0.0, 0.0)
    before, after = _held_out(examples, [])[0], _held_out(examples, [], estimate)[0]
    return Fitted(dict(estimate(examples)), counts, confirmed, rejected, before, after)


def _moved(examples: Sequence[Example], shifts: Mapping[str, float]) -> list[Example]:
    """The links with the odds that they have by shifted weights."""
    return [
        each._replace(odds=each.odds + log(2) * sum(shifts.get(kind, 0.0) for kind in each.kinds)) for each in examples
    ]


def _counts(examples: Sequence[Example]) -> dict[str, tuple[int, int]]:
    counts: dict[str, tuple[int, int]] = {}
    for each in examples:
        for kind in set(each.kinds) & LEARNABLE:
            yes, no = counts.get(kind, (0, 0))
            counts[kind] = (yes + each.right, no + (not each.right))
    return counts


def _solve(examples: Sequence[Example], kinds: Sequence[str]) -> Any:
    """The intercept and the shifts (nats) of the greatest posterior; 30 steps are far more than it needs."""
    design, odds, right = _matrix(examples, kinds)
    precision = np.diag([1 / _WIDE**2, *[1 / (PRIOR * log(2)) ** 2] * len(kinds)])
    found = np.zeros(len(kinds) + 1)
    for _ in range(30):
        share = _chance(odds + design @ found)
        gradient = design.T @ (right - share) - precision @ found
        curve = (design * (share * (1 - share))[:, None]).T @ design + precision
        step = np.linalg.solve(curve, gradient)
        found = found + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return found


def _matrix(examples: Sequence[Example], kinds: Sequence[str]) -> tuple[Any, Any, Any]:
    design = np.array([[1.0, *(float(kind in each.kinds) for kind in kinds)] for each in examples])
    return design, np.array([each.odds for each in examples]), np.array([float(each.right) for each in examples])


def _chance(odds: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def _held_out(examples: Sequence[Example], kinds: Sequence[str], estimate: Estimate | None = None) -> tuple[float, int]:
    """(mean log loss, links) over the fifths held out, each foretold from the other four.

    By the shifts of ``kinds``, or by those that ``estimate`` gives; the intercept is learnt in any case.
    """
    loss, links = 0.0, 0
    for fold in range(FOLDS):
        learnt = [each for each in examples if each.group % FOLDS != fold]
        asked = [each for each in examples if each.group % FOLDS == fold]
        if not learnt or not asked:
            continue
        if estimate is not None:
            shifts = estimate(learnt)
            learnt, asked = _moved(learnt, shifts), _moved(asked, shifts)
        design, odds, right = _matrix(asked, kinds)
        share = np.clip(_chance(odds + design @ _solve(learnt, kinds)), 1e-9, 1 - 1e-9)
        loss -= float(np.sum(right * np.log(share) + (1 - right) * np.log(1 - share)))
        links += len(asked)
    return loss / max(1, links), links
