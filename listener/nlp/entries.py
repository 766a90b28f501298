"""What the models know of one word, looked up once for all three: how it feels (``sentiment``), what it tells
(``telling``), how plain it sounds (``plainness``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Final, Protocol

from listener.nlp.faces import face_weight
from listener.nlp.features import BREAKS, NEGATORS, speaks
from listener.nlp.lexicon import class_of, english_weights, words_of
from listener.nlp.plainness import Plainness, shipped_plainness
from listener.nlp.telling import Telling

__all__ = ["Entry", "Felt", "Link", "Links", "Own", "Spelling", "Spelt", "links_of", "owns_of", "spelling_of"]


class Link:
    """What a word's right neighbour adds: to each of both half of what the two weigh; whether they are a known feature
    of the sentiment (1 or 0); the number of what they tell."""

    __slots__ = ("half", "known", "told")

    def __init__(self, half: float, known: int, told: float) -> None:
        self.half, self.known, self.told = half, known, told


Links = dict[str, dict[str, Link]]
"""By the left one, then by the right one."""


def links_of(felt: Iterable[tuple[str, str, float]], told: Iterable[tuple[str, str, float]]) -> Links:
    """Of (left, right, weight) of the sentiment and of the telling."""
    links: Links = {}
    for left, right, weight in felt:
        links.setdefault(left, {})[intern(right)] = Link(weight / 2, 1, 0.0)
    for left, right, weight in told:
        own = links.setdefault(left, {})
        known = own.setdefault(intern(right), Link(0.0, 0, 0.0))
        known.told = weight
    return links


class Felt(Protocol):
    """What is asked of a model of sentiment. ``learnt`` are weights that corrections taught of features that it does
    not know: they count among no text's known features."""

    bare: bool
    pairs: Links
    after: Links
    spelling: Spelling
    owns: dict[str, Own]
    learnt: dict[str, float]

    @property
    def weights(self) -> Mapping[str, float]:
        """The weight of each feature."""


class Spelt:
    """What one or two characters of a word add: to its weight, to the number of known features (1 or 0), to what it
    tells, to how plain it sounds. One look-up for all three models: each would find its own table cold."""

    __slots__ = ("calm", "felt", "known", "told")

    def __init__(self, felt: float, known: int, told: float, calm: float) -> None:
        self.felt, self.known, self.told, self.calm = felt, known, told, calm


Spelling = dict[str, Spelt]


def spelling_of(
    felt: Mapping[str, float], learnt: Mapping[str, float], told: Mapping[str, float], calm: Mapping[str, float]
) -> Spelling:
    """Of the weights of the three models: of the features ``c:``, of the telling ``g:``; ``learnt`` are those of
    ``Felt``."""
    marked = ((felt, "c:"), (learnt, "c:"), (told, "g:"), (calm, "c:"))
    names = {name[2:] for weights, mark in marked for name in weights if name.startswith(mark)}
    return {name: _spelt(name, felt, learnt, told, calm) for name in names}


def _spelt(
    name: str,
    felt: Mapping[str, float],
    learnt: Mapping[str, float],
    told: Mapping[str, float],
    calm: Mapping[str, float],
) -> Spelt:
    mark = "c:" + name
    own = felt.get(mark)
    plain = calm.get(mark, 0.0) if len(name) == 1 else 0.0
    return Spelt(learnt.get(mark, 0.0) if own is None else own, own is not None, told.get("g:" + name, 0.0), plain)


class Own:
    """What a word has of its own in the three models, whatever its characters are: its weight in the sentiment and the
    number of known features (1 or 0), plain and negated; its weight as a face or a mark, which corrections teach; what
    it tells (with whether that is of a pastime) and how plain it sounds, None where its characters have to say."""

    __slots__ = ("calm", "face", "hobby", "negated", "negated_known", "plain", "plain_known", "told")

    def __init__(self, token: str, model: Felt, telling: Telling, plainness: Plainness | None) -> None:
        self.plain, self.plain_known = _weight("w:" + token, model)
        self.negated, self.negated_known = _weight("n:" + token, model)
        self.face = model.weights.get("f:" + token, 0.0)
        self.told, self.hobby = telling.own(token)
        self.calm = plainness.own(token) if plainness else None


def owns_of(model: Felt, telling: Telling) -> dict[str, Own]:
    """Of every word that one of the models has a weight for."""
    plainness = None if model.bare else shipped_plainness()
    tables = (model.weights, model.learnt, telling.weights, plainness.weights if plainness else {})
    tokens = {name[2:] for weights in tables for name in weights if name[:2] in _OF_WORDS}
    return {token: Own(token, model, telling, plainness) for token in tokens}


class Entry:
    """What the models know of one token: weight and number of its own known features, plain and negated; what it
    is; what its right neighbours add (``pairs`` by word, ``after`` by first character); the number of what it tells."""

    __slots__ = (
        "after", "asks", "breaks", "calm", "feels", "first", "hobby", "length", "marked", "negated", "negated_known",
        "negates", "pairs", "plain", "plain_known", "speaks", "token", "told", "voice",
    )  # fmt: skip

    def __init__(self, token: str, model: Felt, telling: Telling) -> None:
        # interned as the keys of ``pairs`` and ``after`` are, so that a look-up needs no look at the characters
        self.token, self.first = intern(token), intern(token[:1])
        self.speaks, self.length = speaks(token), len(token)
        part = _PARTS.get(token, 0)
        self.breaks, self.asks = bool(part & _BREAKS), bool(part & _ASKS)
        self.negates, self.voice = bool(part & _NEGATES), bool(part & _VOICE)
        own = model.owns.get(token)
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
        elif part & _BLANK:
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
        self.pairs: dict[str, Link] = model.pairs.get(token, _NOTHING)
        self.after: dict[str, Link] = model.after.get(token[-1:], _NOTHING)

    def _weigh(self, token: str, own: Own | None, model: Felt) -> tuple[float, float]:
        """Sum up the weights of ``token``, plain and negated; what its characters tell, and how plain they sound."""
        plain = negated = told = calm = 0.0
        known = plain_known = negated_known = 0
        if own is not None:
            plain, plain_known = own.plain, own.plain_known
            negated, negated_known = own.negated, own.negated_known
        spelling = model.spelling
        before = ""
        for char in token:
            if (found := spelling.get(char)) is not None:
                plain += found.felt
                negated += found.felt
                known += found.known
                told += found.told
                calm += found.calm
            if before and (found := spelling.get(before + char)) is not None:
                plain += found.felt
                negated += found.felt
                known += found.known
                told += found.told
            before = char
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


_NOTHING: Final[dict[str, Link]] = {}
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
