"""Whose matter a text tells, and whose a number in it is, by a small model learnt from sentences. Pure.

Two questions, each a linear model over pieces of the text: does the author tell of their own (``of_oneself``), and is
a number the author's, or that of somebody quoted (``number_own``). Pieces are runs of one to six signs of the text, of
the text with its relatives, acquaintances, staff, 我, 他, 听说, 替 … put in one sign each, so that 「隔壁的李姐，」 is
heard like 「对门的王叔，」 though nobody wrote it down, and of these signs alone in their order, whatever is told
between them. Identifiers and figures are one sign, too: no value is learnt.

The weights are in ``hearing.npz``, made by ``listener.customers.hearing_training`` from the sentences in ``speech/``.
Answers are log odds; ``listener.customers.voice`` says what is sure enough.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

import numpy as np

from listener.text.automaton import Automaton

__all__ = [
    "MATTER",
    "NUMBER",
    "SIGNS",
    "Plain",
    "Span",
    "number_own",
    "of_oneself",
    "plain",
    "simplified",
    "telling",
    "views_of_matter",
    "views_of_number",
]

Span = tuple[int, int, str]
"""(start, end, kind) of an identifier."""

MATTER: Final = ("matter_text", "matter_kinds", "matter_order")
NUMBER: Final = ("before_text", "before_kinds", "behind_text", "behind_kinds")
"""The tables of the two questions."""

LONGEST = 600
"""Signs of a text that are looked at: who speaks is said early or late, so half of them from each end."""

_SIGNS: Final = {"phone": "P", "order": "O", "vin": "V", "plate": "C", "email": "E"}
_ANY_KEY = re.compile("[POVCE]")
_LATIN = re.compile(r"(?!(?:TA|ta|RT)(?![0-9A-Za-z*#]))[0-9A-Za-z*#]+")
_QUOTES = re.compile('[“”"「」『』]')
_STOPS = re.compile(r"[，。！？；：、,!?;:\s…~～（）()]+")
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程"
_CALLED = re.compile(
    rf"[小老大阿][{_SURNAMES}](?:头|子)?(?![车里])"
    rf"|[{_SURNAMES}](?:姐|哥|叔|姨|婶|工|总|大爷|大妈|大叔|师傅|老师|阿姨|大姐|大哥|奶奶|爷爷|伯|医生|女士|先生|经理|主任)"
)
"""Somebody called by a surname: 老陈头, 李姐, 王大爷."""


class Plain(NamedTuple):
    """A text as the model sees it, and where each identifier stands in it; -1 where it was cut out."""

    bare: str
    places: dict[Span, int]


def plain(text: str, spans: Iterable[Span]) -> Plain:
    """Identifiers (by the sign of their kind) and figures one sign each, all that parts clauses one comma."""
    parts: list[str] = []
    at, order = 0, []
    for span in sorted(spans):
        if span[0] < at:
            continue
        parts += (_LATIN.sub("0", text[at : span[0]]), _SIGNS.get(span[2], "#"))
        order.append(span)
        at = span[1]
    parts.append(_LATIN.sub("0", text[at:]))
    bare = _STOPS.sub("，", _QUOTES.sub("“", "".join(parts))).strip("，")
    if len(bare) > LONGEST:
        bare = bare[: LONGEST // 2] + "，" + bare[-LONGEST // 2 :]
    bare = f"⟨，{bare}，⟩"
    signs = [match.start() for match in _ANY_KEY.finditer(bare)]
    return Plain(bare, dict(zip(order, signs, strict=False)) if len(signs) == len(order) else {})


class _Kinds(NamedTuple):
    words: Automaton
    signs: tuple[str, ...]


@cache
def _kinds() -> _Kinds:
    lines = (
        resources.files("listener.customers").joinpath("speech/classes.txt").read_text(encoding="utf-8").splitlines()
    )
    found: dict[str, str] = {}
    for line in lines:
        if not line.startswith("#"):
            sign, *words = line.split()
            found.update({word: (word if sign == "-" else sign) for word in words})
    return _Kinds(Automaton(list(found), longest=True), tuple(found.values()))


def simplified(bare: str) -> str:
    """``plain`` text with people in the sign of their kind: 「⟨，隔壁的李姐，」 is 「⟨，隔壁的n，」."""
    bare = _CALLED.sub("n", bare)
    words, signs = _kinds()
    parts: list[str] = []
    at = 0
    for number, start, end in words.find(bare):
        parts += (bare[at:start], signs[number])
        at = end
    return "".join(parts) + bare[at:]


def views_of_matter(bare: str) -> tuple[str, str, str]:
    """What the model of the matter looks at, in the order of ``MATTER``; ``bare`` is of ``plain``."""
    bare = _ANY_KEY.sub("#", bare)
    kinds = simplified(bare)
    return bare, kinds, _UNSIGNED.sub("", kinds)


SIGNS: Final = "ksrmfyliteapdhxzjwn#⟨⟩“"
"""What says who speaks, in the order in which it is said: kinds of words, identifiers, ends, quotations."""
_UNSIGNED = re.compile(f"[^{SIGNS}，]+|，(?=[^{SIGNS}]*，)")
"""All else, and of several commas without a sign between them all but the last."""


def views_of_number(bare: str, at: int) -> tuple[str, str, str, str]:
    """What the model of a number, which stands ``at`` a place of ``bare``, looks at, in the order of ``NUMBER``."""
    before = _ANY_KEY.sub("#", bare[max(0, at - _BEFORE) : at])
    behind = _ANY_KEY.sub("#", bare[at + 1 : at + 1 + _BEHIND])
    return before + "K", simplified(before) + "K", "K" + behind, "K" + simplified(behind)


_BEFORE, _BEHIND = 14, 10
"""Signs around a number that are looked at."""


class _Table(NamedTuple):
    pieces: Automaton
    weight: Callable[[str], float]

    def odds(self, view: str) -> float:
        return math.fsum(map(self.weight, set(self.pieces.words(view))))  # whatever the order of the set


def _table(pieces: list[str], weights: np.ndarray[Any, Any]) -> _Table:
    worth = dict(zip(pieces, weights.astype(np.float64).tolist(), strict=True))
    return _Table(Automaton(pieces, kept=True), worth.__getitem__)


@cache
def _model() -> tuple[dict[str, _Table], dict[str, float]]:
    with resources.files("listener.customers").joinpath("hearing.npz").open("rb") as file, np.load(file) as stored:
        tables = {
            name: _table(bytes(stored[f"{name}_pieces"]).decode("utf-8").split("\n"), stored[f"{name}_weights"])
            for name in (*MATTER, *NUMBER)
        }
        return tables, {"matter": float(stored["matter"]), "number": float(stored["number"])}


def _odds(names: Sequence[str], views: Sequence[str]) -> float:
    tables = _model()[0]
    return sum(tables[name].odds(view) for name, view in zip(names, views, strict=True))


def of_oneself(text: Plain) -> float:
    """Log odds that the author tells of a matter of their own."""
    return _model()[1]["matter"] + _odds(MATTER, views_of_matter(text.bare))


def number_own(text: Plain, places: Iterable[Span]) -> float:
    """Log odds that the identifier at ``places`` is the author's, not somebody's who is quoted; the best of them."""
    found = [_odds(NUMBER, views_of_number(text.bare, text.places[span])) for span in places if span in text.places]
    return _model()[1]["number"] + max(found) if found else 0.0


def telling(text: Plain) -> str:
    """The clause that speaks most for another's matter; "" where none does. For the reason that a person reads."""
    clauses = [each for each in text.bare.strip("⟨⟩").split("，") if each.strip("POVCE#")]
    worst, least = "", -0.2
    for place, clause in enumerate(clauses):
        framed = f"{'⟨，' if not place else '，'}{clause}{'，⟩' if place == len(clauses) - 1 else '，'}"
        odds = _odds(MATTER, views_of_matter(framed))
        if odds < least:
            worst, least = clause, odds
    return _ANY_KEY.sub("…", worst)[:20]
