"""What can be learnt from corrections: ways of learning, each tried on the corrections that it was not taught.

From careful to bold:

    where somebody says neutral          where nobody does
    quiet: as sure as it is right        shaped: neutral is hardly said any more
    shaped: how often neutral is said,   sides
      and by what words (calm)
    sides: weights of good against bad news, by some two fifths or three quarters of what corrections make likely

Likelihood is watched and not the count of mistakes: of 160 texts the count says next to nothing (macro-F1 of three
classes wavers by .03 and more), their likelihood says more. A shape is taken where texts not taught are likelier so.
How far sides move is weighed by the evidence (``siding``); whether texts not taught are likelier then says little more
(over draws of 160 texts it hardly goes with what came of it), so that it stops only what is clearly worse.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from listener.nlp.adapt import CALM_GIVE, MANY, Array, Evidence, Shape, calm_pull, calmed, loss, probabilities
from listener.nlp.confidence import Sureness, sureness_of
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import CALM, LEARNT, SentimentModel
from listener.nlp.shaping import fitted_shape, kept_shape, upright_shape
from listener.nlp.siding import turn_of
from listener.nlp.taught import Taught

__all__ = ["Course", "Found"]

FEWEST_SIDED = 46
"""Fewer texts than this that take a side move none to the other side: of 50 corrections some 40 teach."""
VERY_FEW = 60
"""Fewer texts than this move something only where the gain is very clear."""
FEW = 100
"""The same, where it is clear."""
_FOLDS, _TURNS = 5, 2
# The shares of the weights' change that are tried.
_SIDES, _CALM = (0.4, 0.75), (0.5, 1.0)
# By how many standard errors texts not taught have to be likelier: with very few corrections, few, and more.
_SURE_OF_VERY_FEW, _SURE_OF_FEW, _SURE = 2.0, 1.0, 0.5
# Sides are moved unless texts not taught are less likely by a standard error: how far they move was weighed before.
_CLEARLY_WORSE = -1.0
# A change of a weight that is nothing (a bad word's weight is about -6).
_NOTHING = 1e-3
# A fall of macro-F1 by more standard errors than this is no chance any more.
_FALL, _DRAWS = -2.0, 200
# Macro-F1 of answers by chance is 1 / classes, with this standard error times the root of the number of texts.
_CHANCE = 0.65

_Form = Callable[[Evidence, Array, Shape], Shape]
"""A way of fitting a shape to scores, the last one being the shipped shape."""


class Found(NamedTuple):
    """A way of learning: how the shape is fitted, how much of the change of weights is taken, good against bad news
    (``sides``) and neutral (``calm``), and how sure it should be."""

    form: _Form
    sides: float = 0.0
    calm: float = 0.0
    sureness: Sureness = Sureness()


class _Tried(NamedTuple):
    """A way of learning, and what it says of texts without having been taught them: in each turn the probabilities
    (N × 3), and how unlikely it finds each text, and each side that a text takes."""

    found: Found
    turns: list[Array]
    losses: Array
    sides: Array


@dataclass(frozen=True)
class Course:
    """What the corrections that teach can teach ``model``."""

    model: SentimentModel
    taught: Taught

    @classmethod
    def of(cls, model: SentimentModel, corrections: Sequence[tuple[str, int]], segmenter: Segmenter) -> Course:
        """From texts with their labels (0 negative, 1 neutral, 2 positive)."""
        return cls(model, Taught.of(model, corrections, segmenter))

    @property
    def evidence(self) -> Evidence:
        """The corrections as numbers."""
        return self.taught.evidence

    @property
    def _shipped(self) -> Shape:
        return Shape(self.model.temperature, self.model.width, 0.0, self.model.hints)

    @property
    def _texts(self) -> int:
        return len(self.evidence.labels)

    @property
    def _sided(self) -> int:
        """How many texts take a side."""
        return int((self.evidence.labels != 1).sum())

    @property
    def _sure(self) -> float:
        """By how many standard errors a shape has to be likelier."""
        return _SURE_OF_VERY_FEW if self._texts < VERY_FEW else _SURE_OF_FEW if self._texts < FEW else _SURE

    def ways(self) -> list[Found]:
        """The ways of learning that texts not taught speak for, the boldest first; none where none does."""
        taken = self._without_neutral() if self.evidence.two else self._with_neutral()
        return [tried.found._replace(sureness=self._sureness(tried)) for tried in reversed(taken) if self._tells(tried)]

    def _without_neutral(self) -> list[_Tried]:
        shaped, *moved = self._tries(fitted_shape, [(0.0, 0.0), *((share, 0.0) for share in self._shares)])
        if _gain(self._as_shipped().losses, shaped.losses) <= self._sure:
            return []
        return self._climbed([shaped], moved)

    def _with_neutral(self) -> list[_Tried]:
        quiet = self._as_shipped()
        shaped = min(self._tries(upright_shape, [(0.0, calm) for calm in _CALM]), key=lambda tried: tried.losses.sum())
        if _gain(quiet.losses, shaped.losses) <= self._sure or self._falls(quiet, shaped):
            return [quiet]
        moved = self._tries(upright_shape, [(sides, shaped.found.calm) for sides in self._shares])
        return self._climbed([quiet, shaped], [tried for tried in moved if not self._falls(quiet, tried)])

    @property
    def _shares(self) -> Sequence[float]:
        """Of the change of sides, what is tried: nothing where too few texts take one."""
        return _SIDES if self._sided >= FEWEST_SIDED else ()

    def _climbed(self, taken: list[_Tried], steps: Sequence[_Tried]) -> list[_Tried]:
        """``taken`` and the steps to other sides, but those that make texts not taught clearly less likely."""
        return [*taken, *(step for step in steps if _gain(taken[-1].sides, step.sides) > _CLEARLY_WORSE)]

    def _sureness(self, tried: _Tried) -> Sureness:
        return sureness_of(self.evidence.labels, tried.turns)

    def _falls(self, before: _Tried, after: _Tried) -> bool:
        """Whether macro-F1 of the labels falls by more than chance."""
        return _rise(self.evidence.labels, before.turns, after.turns) < _FALL

    def _tells(self, tried: _Tried) -> bool:
        """Whether the texts are likelier by it than by how often each class occurs, or it tells the classes or at least
        the sides, apart better than chance: corrections at odds with each other teach nothing."""
        labels, counts = self.evidence.labels, self.evidence.counts
        often = np.bincount(labels, weights=counts, minlength=3) / counts.sum()
        if _gain(-counts * np.log(often[labels]), tried.losses) > 0.0:
            return True
        sided = labels != 1
        return _apart(labels, tried.turns) or _apart(labels[sided], [_sides_of(said[sided]) for said in tried.turns])

    def _as_shipped(self) -> _Tried:
        return self._judged(Found(kept_shape), [probabilities(self.evidence.base, self.evidence.signs, self._shipped)])

    def _tries(self, form: _Form, shares: Collection[tuple[float, float]]) -> list[_Tried]:
        """Ways that differ in the shares (sides, calm) of the change alone, each heard on texts not taught."""
        turns = [[np.zeros((self._texts, 3)) for _ in range(self._turns)] for _ in shares]
        for turn, fold, others in self._folds():
            for way, said in enumerate(self._heard(form, shares, fold, others)):
                turns[way][turn][fold] = said
        return [self._judged(Found(form, *share), heard) for share, heard in zip(shares, turns, strict=True)]

    def _heard(
        self, form: _Form, shares: Collection[tuple[float, float]], fold: NDArray[np.int64], others: NDArray[np.int64]
    ) -> Iterator[Array]:
        """What is said of ``fold`` by each way, taught by the ``others``."""
        part = self.evidence.part(others)
        shape = form(part, part.base, self._shipped)
        scores, cuts = np.zeros(len(fold)), np.zeros(len(fold))
        between = np.ix_(fold, others)
        if any(sides for sides, _ in shares):
            scores = turn_of(part).moved(self.evidence.kin[between])
        if any(calm for _, calm in shares):
            cuts = calmed(calm_pull(part, shape), self.evidence.likeness[between])
        base, signs = self.evidence.base[fold], self.evidence.signs[fold]
        for sides, calm in shares:
            yield probabilities(base + sides * scores, signs, shape, calm * cuts)

    def _judged(self, found: Found, turns: list[Array]) -> _Tried:
        labels, counts = self.evidence.labels, self.evidence.counts
        sided = labels != 1
        losses = np.mean([loss(labels, said) for said in turns], axis=0)
        sides = np.mean([loss(labels[sided], _sides_of(said[sided])) for said in turns], axis=0)
        return _Tried(found, turns, counts * losses, counts[sided] * sides)

    @property
    def _turns(self) -> int:
        return _TURNS if self._texts <= MANY else 1

    def _folds(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64]]]:
        """(turn, a part, the rest) of the texts, in two turns of five (one where they are many); always the same."""
        for turn in range(self._turns):
            order = np.random.default_rng(turn).permutation(self._texts)
            for fold in range(_FOLDS):
                part = np.sort(order[fold::_FOLDS])
                yield turn, part, np.setdiff1d(order, part)

    def adapted(self, found: Found, version: str) -> SentimentModel:
        """The model with the change that all that teach make likely."""
        weights, tilt = dict(self.model.weights), 0.0
        shape = found.form(self.evidence, self.evidence.base, self._shipped)
        if found.sides:
            turn = turn_of(self.evidence)
            tilt = found.sides * turn.tilt
            _add(weights, self.taught.turned(found.sides * turn.pull))
        if found.calm:
            pull = found.calm * CALM_GIVE * calm_pull(self.evidence, shape)
            _add(weights, {CALM + name: much for name, much in self.taught.weights(pull).items()})
        came = {"corrections": self._texts, "based_on": self.model.version, "sides": found.sides, "calm": found.calm}
        return SentimentModel(
            weights,
            version,
            shape.temperature,
            shape.width,
            facts={**self.model.facts, **came},
            bias=self.model.bias + shape.lean + tilt,
            hints=shape.hints,
            powers=found.sureness.powers,
            doubt=found.sureness.doubt,
        )


def _add(weights: dict[str, float], moved: dict[str, float]) -> None:
    """Add what ``moved``; a feature of words that was not known has its weight, and is none of the known ones."""
    for name, much in moved.items():
        if abs(much) > _NOTHING:
            own = name if name in weights or name.startswith((CALM, "f:")) else LEARNT + name
            weights[own] = weights.get(own, 0.0) + much


def _sides_of(said: Array) -> Array:
    """The probabilities of good and bad news alone."""
    both = np.maximum(said[:, 0] + said[:, 2], 1e-9)
    return np.stack([said[:, 0] / both, np.zeros(len(said)), said[:, 2] / both], axis=1)


def _gain(before: Array, after: Array) -> float:
    """By how many standard errors the losses of texts not taught are less than before."""
    gains = before - after
    spread = float(np.std(gains)) / len(gains) ** 0.5
    return float(np.mean(gains)) / spread if spread else 0.0


def _rise(labels: NDArray[np.int64], before: Sequence[Array], after: Sequence[Array]) -> float:
    """By how many standard errors macro-F1 is higher, among texts drawn anew (bootstrap; the same draws every time)."""
    texts = len(labels)
    drawn = np.random.default_rng(0).multinomial(texts, np.full(texts, 1.0 / texts), size=_DRAWS).astype(float)
    was, now = (_mean_macro_f1(labels, turns, drawn) for turns in (before, after))
    spread = float(np.std(now - was))
    return float(np.mean(now - was)) / spread if spread else 0.0


def _apart(labels: NDArray[np.int64], turns: Sequence[Array]) -> bool:
    """Whether the classes are told apart better than chance."""
    found = float(_mean_macro_f1(labels, turns, np.ones((1, len(labels))))[0])
    return found > 1.0 / len(set(labels.tolist())) + _CHANCE / math.sqrt(len(labels))


def _mean_macro_f1(labels: NDArray[np.int64], turns: Sequence[Array], drawn: Array) -> Array:
    return np.asarray(np.mean([_macro_f1(labels, said.argmax(axis=1), drawn) for said in turns], axis=0))


def _macro_f1(labels: NDArray[np.int64], said: NDArray[np.int64], drawn: Array) -> Array:
    """D: macro-F1 over the classes in ``labels``, each text counted as often as it was ``drawn`` (D × N)."""
    found = []
    for label in sorted(set(labels.tolist())):
        true, named = labels == label, said == label
        found.append(2 * (drawn @ (true & named)) / np.maximum(drawn @ true + drawn @ named, 1e-9))
    return np.asarray(np.mean(found, axis=0))
