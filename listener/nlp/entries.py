"""What the models know of one word, looked up once for all three: how it feels (``sentiment``), what it tells
(``telling``), how plain it sounds (``plainness``)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Final, Protocol

from listener.nlp.faces import face_weight
from listener.nlp.features import BREAKS, NEGATORS, speaks
from listener.nlp.lexicon import class_of, english_weights, words_of
from listener.nlp.plainness import shipped_plainness
from listener.nlp.telling import Telling

__all__ = ["Entry", "Felt", "Link", "Links", "Spelling", "Spelt", "links_of", "spelling_of"]


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
        self.breaks, self.asks = token in BREAKS, token in _ASKING
        self.negates, self.voice = token in NEGATORS, token in _VOICES
        felt = 0.0 if self.speaks or model.bare else face_weight(token) or _ENGLISH.get(token, 0.0)
        weight = felt + (0.0 if self.speaks else model.weights.get("f:" + token, 0.0))  # what corrections taught
        mark = class_of(token) if self.speaks else ""
        self.plain, self.plain_known, self.negated, self.negated_known = weight, 0, weight, 0
        told, calm = self._weigh(token, model, mark) if self.speaks else (None, None)
        self.feels = bool(mark) if self.speaks else felt != 0
        self.told, self.hobby = telling.word(token, told) if token not in _BLANKS else (0.0, False)
        self.marked = self.feels or self.voice or self.asks or self.hobby
        calm = 0.0 if model.bare else shipped_plainness().of(token, calm)
        self.calm = min(calm, 0.0) if self.feels else calm  # a word of feeling speaks for no notice
        self.pairs: dict[str, Link] = model.pairs.get(token, _NOTHING)
        self.after: dict[str, Link] = model.after.get(token[-1:], _NOTHING)

    def _weigh(self, token: str, model: Felt, mark: str) -> tuple[float, float]:
        """Sum up the weights of ``token``, whose class is ``mark``, plain and negated; what its characters tell, and
        how plain they sound."""
        plain, known = _weight("w:" + token, model)
        negated, negated_known = _weight("n:" + token, model)
        told = calm = 0.0
        for piece in (*token, *[token[at : at + 2] for at in range(len(token) - 1)]):
            if (found := model.spelling.get(piece)) is not None:
                plain += found.felt
                negated += found.felt
                known += found.known
                negated_known += found.known
                told += found.told
                calm += found.calm
        if mark:
            weight, one = _weight("k:" + mark, model)
            plain, known = plain + weight, known + one
            weight, one = _weight("k:!" + mark, model)
            negated, negated_known = negated + weight, negated_known + one
        self.plain, self.plain_known = plain, known
        self.negated, self.negated_known = (plain, known) if self.negates else (negated, negated_known)
        return told, calm


def _weight(name: str, model: Felt) -> tuple[float, int]:
    """The weight of a feature, and 1 where it is known."""
    found = model.weights.get(name)
    return (model.learnt.get(name, 0.0), 0) if found is None else (found, 1)


_NOTHING: Final[dict[str, Link]] = {}
_BLANKS: Final = frozenset(" \n")
_VOICES: Final = frozenset(words_of("voice")) | {"!"}
_ENGLISH: Final = english_weights()
_ASKING: Final = frozenset(["?", "吗", "请问", "求助", "是否", "有没有"])
