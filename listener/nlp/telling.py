"""Does a text tell of something that went wrong between a customer and a company: a small linear model over what words
do, not over which they are.

It sees the same words as the sentiment, and in the same pass: each has one number, made of its class by its part in
such a story (``lexicons/told.txt``: who, what was promised, what was not done, what was charged, how it was answered),
of the company it keeps (its direction in a space of word vectors, so that words never seen in a complaint weigh as
their neighbours do) and of its characters; two neighbours have one for the characters that meet, and one where both are
a word of a class (没有 人管). Beside them stand how many marks there are, how long the text is, whether it ends asking.

    log-odds = bias + shape + Σ numbers of the words / √(words)

Trained by ``train_telling`` on ``sentences/told.txt`` and ``sentences/said.txt``, written for Listener. It is one voice
in ``listener.complaints``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from listener.nlp.lexicon import words_of_file
from listener.nlp.stored import model_file, read_weights
from listener.text.trie import trie_of

__all__ = [
    "FLAT", "GLAD", "HEADLINE_TOLD", "HOBBY", "SWAY", "Classes", "Telling", "folded", "pull_of_telling", "shape",
    "share_of_telling", "shipped_telling", "spelt", "sway_of_talk", "told_of", "word_classes",
]  # fmt: skip

# A numeral; or a code, of two fives (``customers.invites``) or of letters and figures.
_NUMERALS: Final = re.compile(
    r"(?<![a-z0-9])(?:[a-z0-9]{5}[- ]?[a-z0-9]{5}|(?=[a-z]*[0-9])[a-z0-9]{8,})(?![a-z0-9])"
    r"|[0-9〇零一二两三四五六七八九十百千万几半]+"
)
_SPOKEN: Final = "零一二两三四五六七八九十百千万几半"
_FIGURES: Final = frozenset("0123456789〇abcdefghijklmnopqrstuvwxyz" + _SPOKEN)
"""What a numeral or a code has at least one of."""
_HAN_PAIR: Final = re.compile("g:[0\u3400-\u9fff]{2}")
_SHORTEST: Final = 2
"""Characters of the shortest word of a class."""
HOBBY: Final = "hobby"
"""The class of what people talk about as a pastime."""
# What it adds to the points of a complaint: steeply from these log-odds on, and how much it takes away or adds at most.
_PULL: Final = 3.0
_FROM: Final = 0.4
_LEAST: Final = -2.5
_MOST: Final = 4.0
_LEAST_ASKED: Final = -1.5
HEADLINE_TOLD: Final = 1.0
"""What looks like a headline loses so much less where this model is asked: it knows headlines, too."""
GLAD: Final = 0.55
"""A text that is likelier glad than this is not asked: nothing told makes it a complaint."""
FLAT: Final = 0.1
"""A headline that is bad news with less probability than this tells of nobody's grievance."""
# Nor is one against which so many points speak: telling hardly ever turns it.
_FROM_POINTS: Final = -1.0
# Its share of a headline without a mood.
_FLAT_SHARE: Final = 0.3
# Talk about cars has wordings enough: there what is told and the register move the points a little each, either way.
_TALK: Final = 0.3
_TALK_FOR: Final = 0.4
_TALK_FOR_MOST: Final = 2.0
_TALK_AGAINST: Final = 0.6
_TALK_REGISTER: Final = 0.6
_TALK_MOST: Final = 3.0
SWAY: Final = _TALK_MOST * (_TALK_AGAINST + _TALK_REGISTER)
"""The most that ``sway_of_talk`` adds or takes away."""
_SPEAKS_BELOW: Final = 160
# A verdict of a few characters tells no story, for a complaint or against one: nothing is taken away (信号差).
_VERDICT: Final = 6


def folded(word: str) -> str:
    """Normalised ``word`` with every numeral, Chinese or not, as ``0``."""
    return _NUMERALS.sub("0", word)


def word_classes() -> dict[str, str]:
    """Word, its numerals folded, by its class; of several classes the first."""
    classes: dict[str, str] = {}
    for line in words_of_file("told"):
        name, *words = line.lower().split()
        for word in words:
            classes.setdefault(folded(word), name)
    return {word: name for word, name in classes.items() if len(word) >= _SHORTEST}


class Classes:
    """The class of a word: its own, or that of the longest word of a class inside of it."""

    def __init__(self) -> None:
        self.own = word_classes()
        self._names = list(self.own.values())
        self._within = trie_of(list(self.own), longest=True)

    def of(self, word: str) -> str:
        """The class of folded ``word``; "" where it has none."""
        known = self.own.get(word)
        if known is not None or len(word) <= _SHORTEST:  # inside of it there is room for none but itself
            return known or ""
        inside = self._within.find(word)
        found = [(inside[at + 2] - inside[at + 1], inside[at]) for at in range(0, len(inside), 3)]
        return self._names[max(found)[1]] if found else ""


def spelt(word: str) -> list[str]:
    """The features of the spelling of folded ``word``: its characters and the pairs of them; none of Latin letters,
    which tell nothing: 「我收到验证码了 K7WQZ」 is no complaint with any code."""
    if word.isascii() and word.isalnum():
        return []
    return ["g:" + char for char in word] + ["g:" + word[at : at + 2] for at in range(len(word) - 1)]


def shape(marks: int, length: int, asks: bool) -> tuple[float, float, float]:
    """Each from 0 to 1: how many marks part it, how long it is, whether it ends asking."""
    return min(marks, 4) / 4, min(length, 100) / 100, float(asks)


class Telling:
    """The model: the number of each word, and what becomes of their sum.

    Names of weights: ``w:`` a word, ``p:`` two neighbours, ``g:`` two characters, of which the one ends a word and
    the other begins the next, ``s:0`` to ``s:2`` the ``shape``, ``b:`` what every text starts with. A word that is
    not among them has the sum of ``k:`` its class and ``g:`` its ``spelt`` features.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = weights
        self._classes = Classes()
        self._words = {name[2:]: weight for name, weight in weights.items() if name.startswith("w:")}
        self._shape = [weights.get(f"s:{number}", 0.0) for number in range(3)]
        self._bias = weights.get("b:", 0.0)

    @classmethod
    def load(cls, path: Path | None = None) -> Telling:
        """The model in ``path`` (None: the shipped one); ``BadInput`` where the file is none."""
        return cls(read_weights(path or model_file("telling"))[0])

    def own(self, token: str) -> tuple[float | None, bool]:
        """The number that a normalised word has of its own (None: it has none), and whether it is of what people talk
        about as a pastime."""
        weight = self._words.get(token)
        return weight, weight is not None and self._classes.own.get(token) == HOBBY

    def other(self, token: str, letters: float | None = None) -> tuple[float, bool]:
        """The same of a word that has no number of its own: by its class and its characters. ``letters`` is the sum of
        its ``spelt`` features, where that is known."""
        plain = token
        if not _FIGURES.isdisjoint(token):
            plain, letters = folded(token), None
            weight = self._words.get(plain)
            if weight is not None:
                return weight, self._classes.own.get(plain) == HOBBY
        name = self._classes.of(plain)
        told = self.weights.get("k:" + name, 0.0) if name else 0.0
        if letters is None:
            letters = sum([self.weights.get(gram, 0.0) for gram in spelt(plain)])
        return told + letters, name == HOBBY

    def pairs(self) -> list[tuple[str, str, float]]:
        """(word, its right neighbour, number) of all that are known."""
        found = [(name[2:].split(" "), weight) for name, weight in self.weights.items() if name.startswith("p:")]
        return [(left, right, weight) for (left, right), weight in found]

    def meetings(self) -> list[tuple[str, str, float]]:
        """(last character of a word, first one of the next, number) of all that are known."""
        found = [(name[2], name[3], weight) for name, weight in self.weights.items() if _HAN_PAIR.fullmatch(name)]
        return [(one, two, w) for left, right, w in found for one in _spoken(left) for two in _spoken(right)]

    def odds(self, told: float, words: int, marks: int, length: int, asks: bool) -> float:
        """The log-odds, mostly from -4 to 4, that a text tells of such a thing, with both sides alike beforehand.

        ``told`` is the sum of the numbers of its ``words``, none of them a blank; 0 where it has none."""
        if not words:
            return 0.0
        parted, long, asking = shape(marks, length, asks)
        a, b, c = self._shape
        return self._bias + a * parted + b * long + c * asking + told / math.sqrt(words)


def _spoken(char: str) -> str:
    """What a folded character stands for in a Chinese word."""
    return _SPOKEN if char == "0" else char


@cache
def shipped_telling() -> Telling:
    """The model that ships with the package."""
    return Telling.load()


def pull_of_telling(told: float) -> float:
    """Points for or against a complaint by the log-odds of what is told."""
    return max(_LEAST, min(_MOST, _PULL * (told - _FROM)))


def share_of_telling(length: int) -> float:
    """How much it has to say of a text of ``length`` characters: all up to 80, nothing from 160 on."""
    return max(0.0, min(1.0, 2 * (1 - length / _SPEAKS_BELOW)))


def told_of(told: float, length: int, own: float, yes: float, flat: bool, asks: bool) -> tuple[float, float]:
    """How much what is ``told`` has to say of a text of ``length`` characters, from 0 to 1, and the points it gives.

    ``own`` are the text's points without it and without the register, ``yes`` the limit from which it is surely a
    complaint; ``flat``: it is a headline without a mood; ``asks``: it says that it is a complaint, or asks an
    office for something.
    """
    share = share_of_telling(length)
    if not share or not _FROM_POINTS <= own < yes + _MOST:
        return 0.0, 0.0
    pull = pull_of_telling(told)
    if length < _VERDICT:
        pull = max(0.0, pull)
    if asks:
        pull = max(_LEAST_ASKED, pull)
    if flat:
        share = _FLAT_SHARE * share if pull > 0 else 0.0
    return share, pull


def sway_of_talk(told: float, register: float) -> float:
    """The points that what is ``told`` and the ``register`` (log-odds, both) give talk about cars or a pastime."""
    pull = _TALK_FOR * min(told, _TALK_FOR_MOST) if told > 0 else _TALK_AGAINST * max(told, -_TALK_MOST)
    return _TALK + pull + _TALK_REGISTER * max(-_TALK_MOST, min(_TALK_MOST, register))
