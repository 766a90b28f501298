"""What the models know of one word, looked up once for all three: how it feels (``sentiment``), what it tells
(``telling``), how plain it sounds (``plainness``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from listener.machine import i64, mypyc_attr
from listener.nlp.faces import face_weight
from listener.nlp.features import BREAKS, NEGATORS, speaks
from listener.nlp.lexicon import class_of, english_weights, words_of
from listener.nlp.plainness import Plainness, shipped_plainness
from listener.nlp.table import Table
from listener.nlp.telling import Telling

__all__ = ["Entry", "Felt", "Link", "Links", "Own", "Spelling", "Spelt", "owns_of", "spelling_of"]


@mypyc_attr(acyclic=True)
class Link:
    """What a word's right neighbour adds: to each of both half of what the two weigh; whether they are a known feature
    of the sentiment (1 or 0); the number of what they tell."""

    __slots__ = ("half", "known", "told")

    def __init__(self, half: float, known: int, told: float) -> None:
        self.half, self.known, self.told = half, known, told


# A pair is the left one's number, taken so many times, and the right one's: no two are the same, and a table's places,
# which are by their last bits, differ by both.
_TIMES: Final = 16_777_619
_BITS: Final = 61


@mypyc_attr(acyclic=True)
class Place:
    """Where one stands in ``Links``: what a pair's number has of it where it is the left one, and the bits of all its
    partners; the same where it is the right one, and its own bit. No bit: it has no partner."""

    __slots__ = ("left", "lefts", "right", "rights")

    def __init__(self, left: int, lefts: int, right: int, rights: int) -> None:
        self.left: i64 = left * _TIMES
        self.lefts: i64 = lefts
        self.right: i64 = right
        self.rights: i64 = rights


NOWHERE: Final = Place(0, 0, 0, 0)


class Links:
    """What neighbours add to each other: by two words, by two characters of which the one ends a word and the other
    begins the next. All pairs stand in one table, by the numbers of both: each of many tables would be found cold.

    Who stands on the right has a bit, which it shares with others; who stands on the left those of all its partners:
    most that are no pair have none in common, and need not be looked up."""

    def __init__(self) -> None:
        self._of: dict[int, Link] = {}
        self._lefts: dict[str, int] = {}
        self._rights: dict[str, int] = {}
        self._bits: dict[str, int] = {}

    def feel(self, left: str, right: str, weight: float) -> None:
        """What they weigh in the sentiment."""
        self._of[self._number(left, right)] = Link(weight / 2, 1, 0.0)

    def tell(self, left: str, right: str, number: float) -> None:
        """What they tell; after all that is felt."""
        self._of.setdefault(self._number(left, right), Link(0.0, 0, 0.0)).told = number

    def _number(self, left: str, right: str) -> int:
        first = self._lefts.setdefault(left, len(self._lefts))
        second = self._rights.setdefault(right, len(self._rights))
        self._bits[left] = self._bits.get(left, 0) | 1 << second % _BITS
        return first * _TIMES + second

    def table(self) -> Table[Link]:
        """All of them, by the number of the pair."""
        return Table(self._of)

    def names(self) -> set[str]:
        """All that stand on either side."""
        return {*self._lefts, *self._rights}

    def place(self, name: str) -> Place:
        """Where ``name`` stands; nowhere where it is in no pair."""
        left, right = self._lefts.get(name), self._rights.get(name)
        if left is None and right is None:
            return NOWHERE
        return Place(left or 0, self._bits.get(name, 0), right or 0, 0 if right is None else 1 << right % _BITS)


class Felt(Protocol):
    """What is asked of a model of sentiment. ``learnt`` are weights that corrections taught of features that it does
    not know: they count among no text's known features."""

    bare: bool
    pairs: Links
    meetings: Links
    spelling: Spelling
    owns: dict[str, Own]
    learnt: dict[str, float]

    @property
    def weights(self) -> Mapping[str, float]:
        """The weight of each feature."""


@mypyc_attr(acyclic=True)
class Spelt:
    """What one or two characters of a word add: to its weight, to the number of known features (1 or 0), to what it
    tells, to how plain it sounds; of one the place in the meetings. One look-up: each table would be found cold."""

    __slots__ = ("calm", "felt", "known", "place", "told")

    def __init__(self, felt: float, known: int, told: float, calm: float, place: Place) -> None:
        self.felt, self.known, self.told, self.calm, self.place = felt, known, told, calm, place


Spelling = Table[Spelt]
"""By code point, of two the first one's ``_TIMES`` as much."""


def spelling_of(model: Felt, told: Mapping[str, float], calm: Mapping[str, float]) -> Spelling:
    """Of the weights of the three models: of the features ``c:``, of the telling ``g:``."""
    felt, learnt = model.weights, model.learnt
    marked = ((felt, "c:"), (learnt, "c:"), (told, "g:"), (calm, "c:"))
    names = {name[2:] for weights, mark in marked for name in weights if name.startswith(mark)}

    def spelt(name: str) -> Spelt:
        own = felt.get("c:" + name)
        weight = learnt.get("c:" + name, 0.0) if own is None else own
        plain = calm.get("c:" + name, 0.0) if len(name) == 1 else 0.0
        return Spelt(weight, own is not None, told.get("g:" + name, 0.0), plain, model.meetings.place(name))

    names.update(model.meetings.names())
    return Table({_spelling(name): spelt(name) for name in names if 0 < len(name) <= _LONGEST_SPELT})


_LONGEST_SPELT: Final = 2


def _spelling(name: str) -> int:
    return ord(name) if len(name) == 1 else ord(name[0]) * _TIMES + ord(name[1])


@mypyc_attr(acyclic=True)
class Own:
    """What a word has of its own in the three models, whatever its characters are: its weight in the sentiment and the
    number of known features (1 or 0), plain and negated; its weight as a face or a mark, which corrections teach; what
    it tells (with whether that is of a pastime) and how plain it sounds, None where its characters have to say; its
    place in the pairs."""

    __slots__ = ("calm", "face", "hobby", "negated", "negated_known", "place", "plain", "plain_known", "told")

    def __init__(self, token: str, model: Felt, telling: Telling, plainness: Plainness | None) -> None:
        self.plain, self.plain_known = _weight("w:" + token, model)
        self.negated, self.negated_known = _weight("n:" + token, model)
        self.face = model.weights.get("f:" + token, 0.0)
        self.told, self.hobby = telling.own(token)
        self.calm = plainness.own(token) if plainness else None
        self.place = model.pairs.place(token)


def owns_of(model: Felt, telling: Telling) -> dict[str, Own]:
    """Of every word that one of the models has a weight for, of itself or beside another."""
    plainness = None if model.bare else shipped_plainness()
    tables = (model.weights, model.learnt, telling.weights, plainness.weights if plainness else {})
    tokens = {name[2:] for weights in tables for name in weights if name[:2] in _OF_WORDS}
    tokens.update(model.pairs.names())
    return {token: Own(token, model, telling, plainness) for token in tokens}


@mypyc_attr(acyclic=True)
class Entry:
    """What the models know of one token: weight and number of its own known features, plain and negated; what it
    is; its place among the pairs of words, and those of its first and last character in the meetings of characters, as
    far as they are looked at (``Place``); the number of what it tells."""

    __slots__ = (
        "asks", "blank", "breaks", "calm", "feels", "first", "firsts", "hobby", "last", "lasts", "left", "lefts",
        "length", "marked", "negated", "negated_known", "negates", "plain", "plain_known", "right", "rights", "speaks",
        "told", "voice",
    )  # fmt: skip

    def __init__(self, token: str, model: Felt, telling: Telling) -> None:
        self.speaks, self.length = speaks(token), len(token)
        part = _PARTS.get(token, 0)
        self.breaks, self.asks = bool(part & _BREAKS), bool(part & _ASKS)
        self.negates, self.voice = bool(part & _NEGATES), bool(part & _VOICE)
        self.blank = bool(part & _BLANK)
        own = model.owns.get(token)
        place = own.place if own is not None else NOWHERE
        self.left: i64 = place.left
        self.lefts: i64 = place.lefts
        self.right: i64 = place.right
        self.rights: i64 = place.rights
        self.last: i64 = 0
        self.lasts: i64 = 0
        self.first: i64 = 0
        self.firsts: i64 = 0
        told: float | None = None
        calm: float | None = None
        if self.speaks:
            told, calm = self._weigh(token, own, model)
        else:
            felt = 0.0 if model.bare else face_weight(token) or _ENGLISH.get(token, 0.0)
            weight = felt + (own.face if own else 0.0)
            self.plain, self.plain_known, self.negated, self.negated_known = weight, 0, weight, 0
            self.feels = felt != 0
        if own is not None and own.told is not None:
            self.told, self.hobby = own.told, own.hobby
        elif self.blank:
            self.told, self.hobby = 0.0, False
        else:
            self.told, self.hobby = telling.other(token, told)
        self.marked = self.feels or self.voice or self.asks or self.hobby
        if model.bare:
            calm = 0.0
        elif own is not None and own.calm is not None:
            calm = own.calm
        else:
            calm = shipped_plainness().other(token, calm)
        self.calm = min(calm, 0.0) if self.feels else calm  # a word of feeling speaks for no notice

    def _weigh(self, token: str, own: Own | None, model: Felt) -> tuple[float, float]:
        """Sum up the weights of ``token``, plain and negated; what its characters tell, and how plain they sound."""
        plain = negated = told = calm = 0.0
        known = plain_known = negated_known = 0
        if own is not None:
            plain, plain_known = own.plain, own.plain_known
            negated, negated_known = own.negated, own.negated_known
        spelling = model.spelling
        before: i64 = 0
        last = NOWHERE
        for char in token:
            point: i64 = ord(char)
            last = NOWHERE
            if (found := spelling.get(point)) is not None:
                plain += found.felt
                negated += found.felt
                known += found.known
                told += found.told
                calm += found.calm
                last = found.place
                if not before:
                    self.first, self.firsts = last.right, last.rights
            if before and (found := spelling.get(before * _TIMES + point)) is not None:
                plain += found.felt
                negated += found.felt
                known += found.known
                told += found.told
            before = point
        self.last, self.lasts = last.left, last.lefts
        plain_known, negated_known = plain_known + known, negated_known + known
        mark = class_of(token)
        if mark:
            weight, one = _weight("k:" + mark, model)
            plain, plain_known = plain + weight, plain_known + one
            weight, one = _weight("k:!" + mark, model)
            negated, negated_known = negated + weight, negated_known + one
        self.feels = bool(mark)
        self.plain, self.plain_known = plain, plain_known
        self.negated, self.negated_known = (plain, plain_known) if self.negates else (negated, negated_known)
        return told, calm


def _weight(name: str, model: Felt) -> tuple[float, int]:
    """The weight of a feature, and 1 where it is known."""
    found = model.weights.get(name)
    return (model.learnt.get(name, 0.0), 0) if found is None else (found, 1)


_ENGLISH: Final = english_weights()
_OF_WORDS: Final = ("w:", "n:", "f:")
# The part that a token plays, as bits: one look-up in place of five.
_BREAKS: Final = 1
_ASKS: Final = 2
_NEGATES: Final = 4
_VOICE: Final = 8
_BLANK: Final = 16


def _parts() -> dict[str, int]:
    asking = ("?", "吗", "请问", "求助", "是否", "有没有")
    found: dict[str, int] = {}
    lists = (
        (_BREAKS, BREAKS),
        (_ASKS, asking),
        (_NEGATES, NEGATORS),
        (_VOICE, (*words_of("voice"), "!")),
        (_BLANK, " \n"),
    )
    for part, tokens in lists:
        for token in tokens:
            found[token] = found.get(token, 0) | part
    return found


_PARTS: Final = _parts()
