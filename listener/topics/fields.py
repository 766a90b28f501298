"""The fields of a query: what is known of a mention beside its text.

    source: platform: site: author: language:     a value, blind to case and width, ``*`` for any characters
    followers: likes: replies: reposts: views:    a number, ``>1000``, ``>=``, ``<``, ``<=``, ``100..500``, ``>2w``

A mention that lacks a number (a forum shows no followers) meets no condition on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Final

import re2

from listener.language import say
from listener.model import Mention
from listener.topics.folding import folded
from listener.topics.nodes import Field, Scan
from listener.topics.patterns import compiled

__all__ = ["LANGUAGES", "NAMES", "NUMBERS", "TEXTS", "WrongField", "bounds", "read_field", "text_values"]

TEXTS: Final = ("source", "platform", "site", "author", "language")
NUMBERS: Final = ("followers", "likes", "replies", "reposts", "views")

NAMES: Final = {
    **{name: name for name in (*TEXTS, *NUMBERS)},
    **{"来源": "source", "平台": "platform", "网站": "site", "站点": "site", "发布者": "author", "作者": "author"},
    **{"语言": "language", "粉丝": "followers", "点赞": "likes", "评论": "replies", "回复": "replies"},
    **{"转发": "reposts", "阅读": "views"},
}
"""How a field may be written, and its name."""

LANGUAGES: Final = {
    **{name: name for name in ("zh", "en", "mixed", "other", "none")},
    **{"中文": "zh", "英文": "en", "混合": "mixed", "其他": "other"},
}

_FIGURE = r"(\d{1,12}(?:\.\d{1,8})?)([kw千万亿]?)"
_NUMBER = re.compile(rf"(>=|<=|>|<|=|){_FIGURE}")
_RANGE = re.compile(rf"{_FIGURE}\.\.{_FIGURE}")
_UNITS = {"": 1, "k": 1_000, "千": 1_000, "w": 10_000, "万": 10_000, "亿": 100_000_000}
_NO_LIMIT = 10**18


class WrongField(ValueError):
    """A value that the field cannot have: what is wrong, and how to mend it."""

    def __init__(self, what: str, mend: str = "") -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def read_field(written: str, name: str, value: str) -> Field:
    """The leaf for ``name:value``; ``WrongField`` where the value cannot be."""
    if not folded(value):
        raise WrongField(say(f"{name}: 后面没有值", f"{name}: has no value"), f"{name}:{_example(name)}")
    if name in NUMBERS:
        low, high = bounds(name, value)
        return Field(written, name, "number", f"{low}..{high}", _number_test(name, low, high))
    if name == "language":
        value = _language(value)
        return Field(written, name, "is", value, lambda scan: scan.language() == value)
    wanted = folded(value)
    if not wanted.strip("*"):
        what = say(f"{name}:* 会命中一切", f"{name}:* matches everything")
        raise WrongField(what, say("写明值的一部分", "give a part of the value"))
    return Field(written, name, "is", wanted, _text_test(name, wanted))


def _example(name: str) -> str:
    return ">1000" if name in NUMBERS else "zh" if name == "language" else "…"


def _language(value: str) -> str:
    found = LANGUAGES.get(folded(value))
    if found is None:
        what = say(f"没有语言「{value}」", f"no language is called {value}")
        raise WrongField(what, say("可用 ", "there are ") + "、".join(LANGUAGES))
    return found


def bounds(name: str, value: str) -> tuple[float, float]:
    """The lowest and highest number that is meant, both included; metrics are whole numbers."""
    text = folded(value).replace(" ", "").replace(",", "")
    if found := _RANGE.fullmatch(text):
        return -(-_amount(found[1], found[2]) // 1), _amount(found[3], found[4]) // 1
    if not (found := _NUMBER.fullmatch(text)):
        what = say(f"{name}: 后面不是数目「{value}」", f"{name}: takes a number, not {value}")
        raise WrongField(what, say("写作 ", "write ") + f"{name}:>1000、{name}:<=2万、{name}:100..500")
    number = _amount(found[2], found[3])
    over, under = number // 1 + 1, -(-number // 1) - 1
    return {
        ">": (over, _NO_LIMIT),
        ">=": (-(-number // 1), _NO_LIMIT),
        "<": (0, under),
        "<=": (0, number // 1),
    }.get(found[1], (number, number))


def _amount(figure: str, unit: str) -> float:
    return float(Decimal(figure) * _UNITS[unit])  # 1.1万 as floats are 11,000.000000000002


def _number_test(name: str, low: float, high: float) -> Callable[[Scan], bool]:
    def test(scan: Scan) -> bool:
        number = scan.mention.metrics.get(name)
        return number is not None and low <= number <= high

    return test


def text_values(name: str, mention: Mention) -> tuple[str, ...]:
    """The values of a mention that a text field is compared with, as they stand."""
    if name == "author":
        return mention.author_name, mention.author_id
    return (str(getattr(mention, name)),)


def _text_test(name: str, wanted: str) -> Callable[[Scan], bool]:
    pattern = ".*".join(map(re2.escape, re.split(r"\*+", wanted)))
    if name == "site":  # a host under the one that is named belongs to it
        pattern = rf"(?:.*\.)?{pattern}"
    program = f"(?s){pattern}"

    def test(scan: Scan) -> bool:
        return any(compiled(program).fullmatch(folded(value)) for value in text_values(name, scan.mention) if value)

    return test
