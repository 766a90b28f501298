"""Learning from people's corrections: adapt the shipped model, prove it on corrections not seen, or refuse.

The shipped weights are where learning starts and what holds it (``adapt``). How far it may go is chosen by
cross-validation inside the corrections that teach (``course``): not at all, only the shape of the probabilities
(``shaping``), or the weights too. This needs neither scikit-learn nor the corpora.

A fifth of the corrections (chosen by a hash of the text, so always the same ones) is held out; the new model is
taken only where it is no worse there than the one before. Where the boldest way of learning is worse there, the more
careful ones are tried in turn.
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
    """What came of learning: the model to use from now on, the figures on the held-out part, and why."""

    model: SentimentModel
    accepted: bool
    reason: str
    before: Figures
    after: Figures


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

    It is taken only where it is no worse on the held-out part than ``in_use`` (None: ``model``), and loses no more
    than ``FORGOTTEN`` of what is ``known``.
    """
    unique = {correction.text: correction for correction in corrections}
    kept = [c for c in unique.values() if held_out(c.text)]
    taught = [c for c in unique.values() if not held_out(c.text)][-MOST:]
    before, knew = (measure(in_use or model, part, segmenter) for part in (kept, known))
    if len(unique) < FEWEST or not kept or len({c.sentiment for c in taught}) < 2:
        return Lesson(model, False, f"只有 {len(unique)} 条纠正，至少要 {FEWEST} 条，且不能全是一类", before, before)
    course = Course.of(model, [(c.text, _LABELS.index(c.sentiment)) for c in taught], segmenter)
    after = before
    for found in (ways := course.ways()):
        adapted = course.adapted(found, version)
        after = measure(adapted, kept, segmenter)
        if not _worse(before, after, kept) and not forgets(knew, measure(adapted, known, segmenter)):
            return Lesson(adapted, True, f"学习了 {len(taught)} 条纠正", before, after)
    why = "新模型在没有学过的纠正上更差，或忘记了原有知识，未采用" if ways else "没有学过的纠正上看不出改进，未采用"
    return Lesson(model, False, why, before, after)


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
