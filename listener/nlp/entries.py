"""What the models know of one word, looked up once for both: how it feels (``sentiment``), what it tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Final, Protocol

from listener.nlp.faces import face_weight
from listener.nlp.features import BREAKS, NEGATORS, speaks
from listener.nlp.lexicon import class_of, english_weights, words_of
from listener.nlp.plainness import shipped_plainness
from listener.nlp.telling import Telling

__all__ = ["Entry", "Felt", "Link", "Links", "links_of"]


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
    """What is asked of a model of sentiment."""

    bare: bool
    pairs: Links
    after: Links

    @property
    def weights(self) -> Mapping[str, float]:
        """The weight of each feature."""

    def own_weights(self, token: str) -> tuple[float, int, float, int]:
        """Summed weight and number of the known features of ``token`` alone, plain, then negated."""


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
        own = model.own_weights(token) if self.speaks else (weight, 0, weight, 0)
        self.plain, self.plain_known, self.negated, self.negated_known = own
        self.feels = bool(class_of(token)) if self.speaks else felt != 0
        self.told, self.hobby = telling.word(token) if token not in _BLANKS else (0.0, False)
        self.marked = self.feels or self.voice or self.asks or self.hobby
        calm = 0.0 if model.bare else shipped_plainness().of(token)
        self.calm = min(calm, 0.0) if self.feels else calm  # a word of feeling speaks for no notice
        self.pairs: dict[str, Link] = model.pairs.get(token, _NOTHING)
        self.after: dict[str, Link] = model.after.get(token[-1:], _NOTHING)


_NOTHING: Final[dict[str, Link]] = {}
_BLANKS: Final = frozenset(" \n")
_VOICES: Final = frozenset(words_of("voice")) | {"!"}
_ENGLISH: Final = english_weights()
_ASKING: Final = frozenset(["?", "吗", "请问", "求助", "是否", "有没有"])
