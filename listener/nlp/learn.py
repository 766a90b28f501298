"""Learning from people's corrections: adapt the shipped model, prove it on corrections not seen, or refuse.

The shipped weights are where learning starts and what holds it (``adapt``). How far it may go is chosen by
cross-validation inside the corrections that teach (``course``): not at all, only the shape of the probabilities
(``shaping``), or the weights too. This needs neither scikit-learn nor the corpora.

A fifth of the corrections (chosen by a hash of the text, so always the same ones) is held out; a way of learning is
taken only where what it makes of the others is no worse there than the model before. Where the boldest way is worse
there, the more careful ones are tried in turn. The way taken is then gone once more with all corrections, the held-out
ones too: a quarter more to learn from. The figures shown are those of its twin that never saw them, and the twin is
kept: what the next training makes is measured against it, since the model itself knows the answers.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from listener.model import Sentiment
from listener.nlp.course import Course
from listener.nlp.evaluate import Figures, figures
from listener.nlp.faces import split_faces
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel

__all__ = ["FORGOTTEN", "Correction", "Lesson", "forgets", "held_out", "learn", "measure"]

FEWEST = 20
"""Fewer corrections than this teach nothing that could be checked."""
MOST = 3000
"""Only the newest so many teach: time and memory grow with the square of their number."""
FORGOTTEN = 0.02
"""The share of known texts that a new model may lose."""
_HELD_OUT_SHARE = 5
_LABELS = tuple(Sentiment)


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on a text's sentiment."""

    text: str
    sentiment: Sentiment


@dataclass(frozen=True, slots=True)
class Lesson:
    """What came of learning: the model to use from now on, why, and the figures on the held-out part before and of
    ``twin``, which was taught the same way without it."""

    model: SentimentModel
    accepted: bool
    reason: str
    before: Figures
    after: Figures
    twin: SentimentModel


def held_out(text: str) -> bool:
    """Whether a correction of ``text`` is kept for checking: one in five, the same ones every time."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[0] % _HELD_OUT_SHARE == 0


def learn(
    model: SentimentModel,
    corrections: Sequence[Correction],
    segmenter: Segmenter,
    version: str,
    in_use: SentimentModel | None = None,
    known: Sequence[Correction] = (),
) -> Lesson:
    """A model adapted to ``corrections`` (the last one of a text counts), or ``model`` itself and why not.

    It is taken only where its twin, not taught the held-out part, is no worse there than ``in_use`` (None: ``model``;
    else the twin of the one in use), and neither loses more than ``FORGOTTEN`` of what is ``known``.
    """
    unique = {correction.text: correction for correction in corrections}
    everything = list(unique.values())[-MOST:]
    kept = [c for c in unique.values() if held_out(c.text)]
    taught = [c for c in unique.values() if not held_out(c.text)][-MOST:]
    before, knew = (measure(in_use or model, part, segmenter) for part in (kept, known))
    if len(unique) < FEWEST or not kept or len({c.sentiment for c in taught}) < 2:
        why = f"只有 {len(unique)} 条纠正，至少要 {FEWEST} 条，且不能全是一类"
        return Lesson(model, False, why, before, before, model)
    course, after = _course(model, taught, segmenter), before
    for found in (ways := course.ways()):
        twin = course.adapted(found, version)
        after = measure(twin, kept, segmenter)
        if _worse(before, after, kept) or forgets(knew, measure(twin, known, segmenter)):
            continue
        adapted = _course(model, everything, segmenter).adapted(found, version)
        if not forgets(knew, measure(adapted, known, segmenter)):
            why = f"学习了 {len(everything)} 条纠正，其中 {len(kept)} 条先留出检验过"
            return Lesson(adapted, True, why, before, after, twin)
    why = "新模型在没有学过的纠正上更差，或忘记了原有知识，未采用" if ways else "没有学过的纠正上看不出改进，未采用"
    return Lesson(model, False, why, before, after, model)


def _course(model: SentimentModel, corrections: Sequence[Correction], segmenter: Segmenter) -> Course:
    return Course.of(model, [(c.text, _LABELS.index(c.sentiment)) for c in corrections], segmenter)


def forgets(before: Figures, after: Figures) -> bool:
    """Whether too much of what was known got lost."""
    return after.accuracy < before.accuracy - FORGOTTEN


def _worse(before: Figures, after: Figures, kept: Sequence[Correction]) -> bool:
    """Whether the held-out part speaks against the new model: fewer are right, or macro-F1 falls by more than accuracy
    rises, and than chance where there are texts enough to tell.

    Of a class with one or two texts there, macro-F1 may fall by .2 for one of them: then accuracy alone speaks.
    """
    rise, fall = after.accuracy - before.accuracy, before.macro_f1 - after.macro_f1
    if len(kept) < _ENOUGH:
        return rise < 0.0 or fall > rise
    rarest = min(Counter(c.sentiment for c in kept).values())
    return rise < 0.0 or (rarest >= _ENOUGH_OF_CLASS and fall > rise + _CHANCE)


_CHANCE, _ENOUGH, _ENOUGH_OF_CLASS = 0.02, 20, 5


def measure(model: SentimentModel, corrections: Sequence[Correction], segmenter: Segmenter) -> Figures:
    """The figures of ``model`` on ``corrections``."""
    said = [_probabilities(model, correction.text, segmenter) for correction in corrections]
    return figures([correction.sentiment for correction in corrections], said)


def _probabilities(model: SentimentModel, text: str, segmenter: Segmenter) -> tuple[float, float, float]:
    normal = read(text).text
    return model.judge(normal, split_faces(normal, segmenter.cut)).probabilities
