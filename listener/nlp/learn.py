"""Learning from people's corrections: adapt the shipped model, prove it on held-out corrections, or refuse.

The shipped weights stay; a few passes of logistic regression move only the weights of features that the
corrections show, held to the shipped ones by a penalty, and then the cuts and the temperature are set anew.
This needs neither scikit-learn nor the corpora, takes a second for a thousand corrections, and cannot forget.

A fifth of the corrections (chosen by a hash of the text, so always the same ones) is held out; the new model is
taken only where it is no worse there than the one before.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from listener.model import Sentiment
from listener.nlp.evaluate import Figures, figures
from listener.nlp.faces import split_faces
from listener.nlp.features import text_features
from listener.nlp.lexicon import class_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel
from listener.nlp.wording import phrases_in

__all__ = ["Correction", "Lesson", "held_out", "learn"]

FEWEST = 20
"""Fewer corrections than this teach nothing that could be checked."""
_HELD_OUT_SHARE = 5
_PASSES = 4
_RATE = 0.8
_PENALTY = 0.02
_FOLDS = 4
_TEMPERATURES = (0.7, 0.85, 1.0, 1.2, 1.45, 1.75)
_WIDTHS = (0.2, 0.4, 0.6, 0.8, 1.0, 1.3)


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on a text's sentiment."""

    text: str
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning: the model to use from now on, the figures on the held-out part, and why."""

    model: SentimentModel
    accepted: bool
    reason: str
    before: Figures
    after: Figures


def held_out(text: str) -> bool:
    """Whether a correction of ``text`` is kept for checking: one in five, the same ones every time."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[0] % _HELD_OUT_SHARE == 0


def learn(model: SentimentModel, corrections: Sequence[Correction], segmenter: Segmenter, version: str) -> Lesson:
    """A model adapted to ``corrections`` (the last one of a text counts), or ``model`` itself and why not."""
    unique = {correction.text: correction for correction in corrections}
    kept = [c for c in unique.values() if held_out(c.text)]
    taught = [c for c in unique.values() if not held_out(c.text)]
    before = measure(model, kept, segmenter)
    if len(unique) < FEWEST or not kept or not taught:
        return Lesson(model, False, f"只有 {len(unique)} 条纠正，至少要 {FEWEST} 条", before, before)
    adapted, unseen = _adapt(model, taught, segmenter, version)
    after = measure(adapted, kept, segmenter)
    proof = [*unseen, *((c, _probabilities(adapted, c.text, segmenter)) for c in kept)]
    if not _better(model, proof, segmenter) or after.accuracy < before.accuracy:
        return Lesson(model, False, "新模型在没有学过的纠正上更差，未采用", before, after)
    return Lesson(adapted, True, f"学习了 {len(taught)} 条纠正", before, after)


def measure(model: SentimentModel, corrections: Sequence[Correction], segmenter: Segmenter) -> Figures:
    """The figures of ``model`` on ``corrections``."""
    said = [_probabilities(model, correction.text, segmenter) for correction in corrections]
    return figures([correction.sentiment for correction in corrections], said)


def _probabilities(model: SentimentModel, text: str, segmenter: Segmenter) -> tuple[float, float, float]:
    normal = read(text).text
    return model.judge(normal, split_faces(normal, segmenter.cut)).probabilities


_Proof = Sequence[tuple[Correction, tuple[float, float, float]]]


def _better(model: SentimentModel, proof: _Proof, segmenter: Segmenter) -> bool:
    """Whether probabilities given without having seen the corrections are better than those of ``model``."""
    truth = [correction.sentiment for correction, _ in proof]
    before = [_probabilities(model, correction.text, segmenter) for correction, _ in proof]
    after = [probabilities for _, probabilities in proof]
    old, new = figures(truth, before), figures(truth, after)
    return new.macro_f1 > old.macro_f1 + 1.0 / max(len(proof), 1) and new.accuracy >= old.accuracy


def _adapt(
    model: SentimentModel, taught: Sequence[Correction], segmenter: Segmenter, version: str
) -> tuple[SentimentModel, _Proof]:
    """``model`` with its weights moved, its cuts set by what it says of corrections it has not seen, and that.

    For that the corrections are parted into folds, each judged by a model taught on the others.
    """
    unseen: list[tuple[Correction, SentimentModel]] = []
    for fold in range(_FOLDS):
        others = [c for i, c in enumerate(taught) if i % _FOLDS != fold]
        partial = _moved(model, others, segmenter, version)
        unseen += [(c, partial) for c in taught[fold::_FOLDS]]
    temperature, width = _best_shape(model, unseen, segmenter)
    adapted = _moved(model, taught, segmenter, version)
    shaped = [(c, replace(m, temperature=temperature, width=width)) for c, m in unseen]
    proof = [(c, _probabilities(m, c.text, segmenter)) for c, m in shaped]
    return replace(adapted, temperature=temperature, width=width), proof


def _moved(model: SentimentModel, taught: Sequence[Correction], segmenter: Segmenter, version: str) -> SentimentModel:
    """``model`` with weights moved by the corrections that have a side."""
    sided = [c for c in taught if c.sentiment is not Sentiment.NEUTRAL]
    weights = dict(model.weights)
    bags = [_bag(c.text, segmenter) for c in sided]
    _descend(weights, bags, [c.sentiment is Sentiment.POSITIVE for c in sided])
    facts = {**model.facts, "corrections": len(taught), "based_on": model.version}
    return SentimentModel(weights, version, model.temperature, model.width, facts=facts)


def _best_shape(
    model: SentimentModel, unseen: Sequence[tuple[Correction, SentimentModel]], segmenter: Segmenter
) -> tuple[float, float]:
    """The temperature (and, where neutral ones are among them, the width) with the least balanced loss."""
    shares = Counter(c.sentiment for c, _ in unseen)
    widths = _WIDTHS if shares[Sentiment.NEUTRAL] else (model.width,)
    labels = list(Sentiment)
    judged = [(c, m, *_heard(m, c.text, segmenter)) for c, m in unseen]

    def loss(shape: tuple[float, float]) -> float:
        total = 0.0
        for correction, taught, score, width in judged:
            shaped = taught.probabilities(score * taught.temperature / shape[0], width - taught.width + shape[1])
            truth = shaped[labels.index(correction.sentiment)]
            total -= math.log(max(truth, 1e-6)) / shares[correction.sentiment] ** 0.5
        return total

    return min(((t, w) for t in _TEMPERATURES for w in widths), key=loss)


def _heard(model: SentimentModel, text: str, segmenter: Segmenter) -> tuple[float, float]:
    """(score, width) of ``text``."""
    normal = read(text).text
    tokens = split_faces(normal, segmenter.cut)
    phrases = sum(1 for found in phrases_in(normal) if found.payload)
    return model.judge(normal, tokens).score, model.width_of(model.hear(tokens), phrases)


def _bag(text: str, segmenter: Segmenter) -> dict[str, float]:
    """Feature → share, as the model sees ``text``: count / √(number of features)."""
    counts = Counter(text_features(split_faces(read(text).text, segmenter.cut), class_of))
    scale = max(sum(counts.values()), 1) ** -0.5
    return {name: count * scale for name, count in counts.items()}


def _descend(weights: dict[str, float], bags: Sequence[dict[str, float]], positive: Sequence[bool]) -> None:
    """Stochastic steps in a fixed order, both sides counting the same.

    Each weight is pulled back towards the one it began with.

    A feature the model has not seen is learnt only where two corrections show it.
    """
    seen = Counter(name for bag in bags for name in bag)
    base = dict(weights)
    goods = sum(positive)
    share = {True: len(positive) / (2 * goods or 1), False: len(positive) / (2 * (len(positive) - goods) or 1)}
    for turn in range(_PASSES):
        rate = _RATE / (1 + turn)
        for bag, good in zip(bags, positive, strict=True):
            score = sum(weights.get(name, 0.0) * part for name, part in bag.items())
            likely = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
            likely = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, score))))
            step = rate * share[good] * (float(good) - likely)
            for name, part in bag.items():
                if name in base or seen[name] > 1:
                    now = weights.get(name, 0.0)
                    weights[name] = now + step * part - rate * _PENALTY * (now - base.get(name, 0.0))
