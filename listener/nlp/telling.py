"""Does a text tell of something that went wrong between a customer and a company: a small linear model over what words
do, not over which they are.

It sees four things: classes of words by their part in such a story (``lexicons/told.txt``: who, what was promised, what
was not done, what was charged, how it was answered), words by the company they keep (each word's weight is a direction
in a space of word vectors, so that words never seen in a complaint weigh as their neighbours do), characters and pairs
of them, and how long the text is, whether it asks, whether somebody speaks. Trained by ``train_telling`` on
``sentences/told.txt`` and ``sentences/said.txt``, written for Listener. It is one voice in ``listener.complaints``.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from listener.nlp.lexicon import words_of_file
from listener.nlp.stored import model_file, read_weights
from listener.text.automaton import Automaton

__all__ = [
    "CLASSES", "GLAD", "GRAMS", "HEADLINE_TOLD", "WORDS", "Telling", "folded", "pull_of_telling", "shape",
    "share_of_telling", "shipped_telling", "with_told", "word_classes",
]  # fmt: skip

# A story says what it is in its first lines.
_LONGEST: Final = 400
# A numeral; or a code, of two fives (``customers.invites``) or of letters and figures.
_NUMERALS: Final = re.compile(
    r"(?<![a-z0-9])(?:[a-z0-9]{5}[- ]?[a-z0-9]{5}|(?=[a-z]*[0-9])[a-z0-9]{8,})(?![a-z0-9])"
    r"|[0-9〇零一二两三四五六七八九十百千万几半]+"
)
# How much each kind of feature counts against the others: its values are divided by the root of how many there are.
WORDS: Final = 2.0
CLASSES: Final = 1.5
GRAMS: Final = 4.0
# What it adds to the points of a complaint: steeply from these log-odds on, and how much it takes away or adds at most.
_PULL: Final = 3.0
_FROM: Final = 0.7
_LEAST: Final = -2.5
_MOST: Final = 4.0
HEADLINE_TOLD: Final = 1.0
"""What looks like a headline loses so much less where this model is asked: it knows headlines, too."""
GLAD: Final = 0.55
"""A text that is likelier glad than this is not asked: nothing told makes it a complaint."""
# Nor is one against which so many points speak: telling hardly ever turns it.
_FROM_POINTS: Final = -1.0
# Its share where people talk about cars, for which there are wordings enough.
_CAR_SHARE: Final = 0.3
# What characters and their pairs add to the log-odds at most: of 5,900 texts read, one in a hundred had more than 2.9,
# and none that was then called.
_MOST_OF_GRAMS: Final = 3.0
_SPEAKS_BELOW: Final = 160
_NO_CLASS: Final = -1
_HOBBY: Final = "hobby"


def folded(text: str) -> str:
    """The beginning of normalised ``text`` with every numeral, Chinese or not, as ``0``."""
    return _NUMERALS.sub("0", text[:_LONGEST])


def word_classes() -> dict[str, str]:
    """Word, its numerals folded, by its class; of several classes the first."""
    classes: dict[str, str] = {}
    for line in words_of_file("told"):
        name, *words = line.lower().split()
        for word in words:
            classes.setdefault(folded(word), name)
    return {word: name for word, name in classes.items() if len(word) > 1}


def shape(text: str) -> tuple[float, float, float, float]:
    """Of folded ``text``, each from 0 to 1: how many clauses, whether it ends asking, its length, whether 我 speaks."""
    clauses = text.count(",") + text.count("。") + text.count("!") + text.count("?") + text.count(";")
    return min(clauses, 4) / 4, float(text.endswith("?")), min(len(text), 60) / 60, float("我" in text)


class Telling:
    """The model; ``score`` is its log-odds that a text tells of such a thing, with both sides alike beforehand.

    Names of weights: ``w:`` a word, ``k:`` a class, ``t:`` a class found twice, ``g:`` one or two characters, ``s:0``
    to ``s:3`` the ``shape``, ``b:`` what every text starts with.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = weights
        classes = word_classes()
        names = sorted(set(classes.values()))
        numbers = {name: number for number, name in enumerate(names)}
        words = list(dict.fromkeys([*(name[2:] for name in weights if name.startswith("w:")), *classes]))
        within = Automaton(list(classes), longest=True)
        order = list(classes.values())
        self._class: dict[str, int] = {}
        for word in words:  # a word that is in no class has that of the longest one inside of it
            inside = sorted((end - begin, number) for number, begin, end in within.find(word))
            name = classes.get(word) or (order[inside[-1][1]] if inside else "")
            self._class[word] = numbers.get(name, _NO_CLASS)
        self.words, self.classes = words, names
        self._hobby = numbers[_HOBBY]
        # numbers close together in memory: a text asks for a few of thousands, and each apart would be fetched anew
        self._kind = bytes(self._class[word] + 1 for word in words)
        self._weight = array("d", [weights.get("w:" + word, math.nan) for word in words])
        self._once = [weights.get("k:" + name, 0.0) for name in names]
        self._twice = [weights.get("t:" + name, 0.0) for name in names]
        self._words = Automaton(words, longest=True)
        grams = [name[2:] for name in weights if name.startswith("g:")]
        self._gram = array("d", [weights["g:" + gram] for gram in grams])
        self._grams = Automaton(grams) if grams else None
        self._shape = [weights.get(f"s:{number}", 0.0) for number in range(4)]
        self._bias = weights.get("b:", 0.0)

    @classmethod
    def load(cls, path: Path | None = None) -> Telling:
        """The model in ``path`` (None: the shipped one); ``BadInput`` where the file is none."""
        return cls(read_weights(path or model_file("telling"))[0])

    def hear(self, text: str) -> tuple[list[str], set[str], set[str]]:
        """The known words of normalised ``text`` in order, its classes, and those of them found twice."""
        found = [self.words[number] for number, _, _ in self._words.find(folded(text))]
        kinds = [self.classes[kind] for word in found if (kind := self._class[word]) >= 0]
        return found, set(kinds), {kind for kind in kinds if kinds.count(kind) > 1}

    def score(self, text: str) -> float:
        """Log-odds of normalised ``text``, mostly from -4 to 4; 0 where nothing is said."""
        return self.told(text)[0]

    def told(self, text: str, wanted: float = -math.inf) -> tuple[float, bool]:
        """``score``, and whether it is of what people talk about as a pastime (``hobby``).

        Where characters could not lift it to ``wanted`` any more they are not asked: what is said then is below it.
        """
        own = folded(text)
        if not own.strip():
            return 0.0, False
        total, known = 0.0, 0
        once: set[int] = set()
        twice: set[int] = set()
        for number, _, _ in self._words.find(own):
            weight, kind = self._weight[number], self._kind[number]
            if weight == weight:  # not one that only its class is known of
                total += weight
                known += 1
            if kind:
                if kind in once:
                    twice.add(kind)
                once.add(kind)
        points = self._bias + (WORDS * total / math.sqrt(known) if known else 0.0)
        if once:
            told = math.fsum([self._once[kind - 1] for kind in once])
            told += math.fsum([self._twice[kind - 1] for kind in twice])
            points += CLASSES * told / math.sqrt(len(once) + len(twice))
        clauses, asks, length, speaks = shape(own)
        a, b, c, d = self._shape
        points += a * clauses + b * asks + c * length + d * speaks
        if self._grams is not None and points + _MOST_OF_GRAMS >= wanted:
            found = {number for number, _, _ in self._grams.find(own)}
            if found:
                points += GRAMS * math.fsum([self._gram[number] for number in found]) / math.sqrt(len(found))
        return points, self._hobby + 1 in once


@cache
def shipped_telling() -> Telling:
    """The model that ships with the package."""
    return Telling.load()


def pull_of_telling(text: str, wanted: float = _LEAST) -> tuple[float, bool]:
    """Points for or against a complaint by what normalised ``text`` tells, and whether it is of a hobby. Fewer than
    ``wanted`` may be fewer still."""
    told, hobby = shipped_telling().told(text, _FROM + wanted / _PULL)
    return max(_LEAST, min(_MOST, _PULL * (told - _FROM))), hobby


def share_of_telling(length: int) -> float:
    """How much it has to say of a text of ``length`` characters: all up to 80, nothing from 160 on."""
    return max(0.0, min(1.0, 2 * (1 - length / _SPEAKS_BELOW)))


def with_told(
    text: str, own: float, registered: float, firm: float, car: bool, review: float, yes: float
) -> tuple[float, bool]:
    """The points of a complaint with what ``text`` tells, and whether that makes it one.

    ``own`` are the points without the register, ``registered`` with it, ``firm`` what of it counts here, too;
    ``car``: the text is about one; ``review`` and ``yes`` the limits. Of a longer text ``registered`` says more.
    """
    share = share_of_telling(len(text))
    if not share or not _FROM_POINTS <= own < yes + _MOST:
        return registered, False
    wanted = (review - (1 - share) * registered) / share - own - firm
    pull, hobby = pull_of_telling(text, wanted)
    if hobby or car:
        share = _CAR_SHARE * share if pull > 0 else 0.0
    together = share * (own + pull + firm) + (1 - share) * registered
    return together, pull > 0 and together >= review
