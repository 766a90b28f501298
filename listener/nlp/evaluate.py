"""Figures of a model on labelled texts: accuracy, macro-F1, expected calibration error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from listener.model import Sentiment

__all__ = ["Figures", "figures", "macro_f1"]

_LABELS = tuple(Sentiment)
_BINS = 10


@dataclass(frozen=True, slots=True)
class Figures:
    """How a model did on ``texts`` labelled texts; all shares from 0 to 1."""

    texts: int
    accuracy: float
    macro_f1: float
    calibration_error: float

    def as_facts(self) -> dict[str, float]:
        """Plain numbers for JSON."""
        return {key: round(float(value), 4) for key, value in asdict(self).items()}


def figures(truth: Sequence[Sentiment], said: Sequence[tuple[float, float, float]]) -> Figures:
    """The figures of probabilities ``said`` (negative, neutral, positive) against the ``truth``.

    Where no text is labelled neutral, the choice is between negative and positive alone.
    """
    two = Sentiment.NEUTRAL not in truth
    chosen, sure = [], []
    for probabilities in said:
        share = _without_neutral(probabilities) if two else probabilities
        best = max(range(3), key=share.__getitem__)
        chosen.append(_LABELS[best])
        sure.append(share[best])
    right = [t is c for t, c in zip(truth, chosen, strict=True)]
    accuracy = sum(right) / len(right) if right else 0.0
    return Figures(len(right), accuracy, macro_f1(truth, chosen), calibration_error(sure, right))


def _without_neutral(probabilities: tuple[float, float, float]) -> tuple[float, float, float]:
    negative, _, positive = probabilities
    whole = negative + positive or 1.0
    return negative / whole, 0.0, positive / whole


def macro_f1(truth: Sequence[Sentiment], said: Sequence[Sentiment]) -> float:
    """Unweighted mean of the F1 of each class that occurs in ``truth``; 0 where there is nothing."""
    scores = []
    for label in sorted(set(truth)):
        hits = sum(t is label and s is label for t, s in zip(truth, said, strict=True))
        either = sum(t is label for t in truth) + sum(s is label for s in said)
        scores.append(2 * hits / either)
    return sum(scores) / len(scores) if scores else 0.0


def calibration_error(sure: Iterable[float], right: Iterable[bool]) -> float:
    """Mean over ten equal bins of |mean probability - share right|, weighted by size (Naeini et al. 2015)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for probability, hit in zip(sure, right, strict=True):
        bins[min(int(probability * _BINS), _BINS - 1)].append((probability, hit))
    whole = sum(map(len, bins))
    gaps = (abs(sum(p - h for p, h in found)) for found in bins if found)
    return sum(gaps) / whole if whole else 0.0
