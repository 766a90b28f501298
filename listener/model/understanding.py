"""What is understood of one mention: its topics, feelings, problems, and whether it is a copy or a complaint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from listener.model.mentions import MentionKey
from listener.model.words import (
    Sentiment,
    Severity,
    Tier,
)


class Word(NamedTuple):
    """A word that decided something: its weight (positive is good news) and its place."""

    word: str
    weight: float
    start: int
    end: int


class Entity(NamedTuple):
    """Something found in a text. ``value`` is normalised (a phone is E.164); ``start``/``end`` its place.

    Kinds: phone, email, order, vin, plate, id_number (value redacted), name, place, money, date,
    times, persons, product, dealer.
    """

    kind: str
    value: str
    start: int
    end: int


class Category(NamedTuple):
    """A problem complained about: taxonomy code, the clause that says so, and what it is about."""

    code: str
    clause: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What the nlp stage says of one text; recomputable, stamped with ``model_version``.

    ``probabilities`` are those of negative, neutral, positive in this order and sum to 1. ``told`` are the log-odds
    that it tells of something that went wrong between a customer and a company, None where nobody asked; ``hobby``
    says that a word of it is of what people talk about for its own sake (cars, machines).
    """

    language: str
    sentiment: Sentiment
    probabilities: tuple[float, float, float]
    reason: str = ""
    words: tuple[Word, ...] = ()
    categories: tuple[Category, ...] = ()
    entities: tuple[Entity, ...] = ()
    remedy: str = ""
    model_version: str = ""
    told: float | None = None
    hobby: bool = False

    @property
    def score(self) -> float:
        """P(positive) - P(negative), from -1 to 1; exported as ``sentiment_score``."""
        return self.probabilities[2] - self.probabilities[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """Whether a mention is a complaint, how grave, and why.

    ``safety`` is True where safety words were found: they override doubt and sentiment.
    ``kind`` is 投诉-like type of the mention: complaint, inquiry, suggestion, praise, help, purchase, advert, other.
    """

    tier: Tier
    reason: str
    severity: Severity = Severity.S4
    severity_reason: str = ""
    problem: str = ""
    kind: str = "other"
    safety: bool = False


@dataclass(frozen=True, slots=True)
class DedupeDecision:
    """``duplicate_of`` is the original's key where this mention is a repost, else None."""

    duplicate_of: MentionKey | None = None
    reason: str = ""
    similarity: float = 0.0
