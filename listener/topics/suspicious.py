"""Words of a query or a list that were surely meant otherwise: as words they are never found, and nobody sees why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Final, TypeAlias

from listener.files.toml_files import did_you_mean, nearest
from listener.language import say
from listener.topics.fields import NAMES

__all__ = ["odd_in_a_list", "suspicious"]

Trouble: TypeAlias = tuple[str, str, int]
"""What is wrong, how to mend it, and how many characters into the word."""

_OPERATORS: Final = {
    **dict.fromkeys(("与", "且", "并且", "和", "以及"), "AND"),
    **dict.fromkeys(("或", "或者"), "OR"),
    **dict.fromkeys(("非", "不含", "不包含", "排除"), "NOT"),
}
"""What stands alone between words where an operator was meant."""
_QUOTES: Final = {"‘": "’", "《": "》", "〈": "〉", "【": "】", "[": "]", "［": "］", "{": "}", "｛": "｝", "〔": "〕"}
"""Signs in pairs that a query does not know: one of a pair alone was meant to hold several words."""
_HAN = r"[^\x00-\x7f\W]"
_FIELD: Final = re.compile(r"([A-Za-z_]{2,20})[:：]")
_HAN_FIELD: Final = re.compile(rf"({_HAN}{{2,3}})[:：]")
_GLUED: Final = re.compile(r"(?<=[^\x00-\x7f])(?:AND|OR|NOT|NEAR/\d+)(?=[^\x00-\x7f])")
_LISTED: Final = re.compile(rf"(?<={_HAN})[，、；,;+＋](?={_HAN})")
_OPERATOR_INSIDE: Final = re.compile(r"\s(?:AND|OR|NOT|NEAR/\d+)\s")


def suspicious(text: str) -> Trouble | None:
    """What is wrong with what is taken for a plain word but was surely meant otherwise; in quotes it is a word."""
    for look in _LOOKS:
        if found := look(text):
            what, mend, into = found
            quote = say(f'若就是这个词，写作 "{text}"', f'if it is the word that you mean, write "{text}"')
            return what, f"{mend}；{quote}" if mend else quote, into
    return None


def _field(text: str) -> Trouble | None:
    if found := _FIELD.match(text):
        near = nearest(found[1].lower(), list(NAMES))
    elif not (found := _HAN_FIELD.match(text)) or not (near := nearest(found[1], list(NAMES))):
        return None
    return say(f"没有字段 {found[1]}:", f"there is no field {found[1]}:"), did_you_mean(near) if near else "", 0


def _near(text: str) -> Trouble | None:
    upper = unicodedata.normalize("NFKC", text).upper()
    if not upper.startswith("NEAR") or upper[4:5] not in ("", "/"):
        return None
    what = say("NEAR 要半角大写并写明字数", "NEAR is upper case and takes a number of characters")
    return what, say("写作 甲 NEAR/10 乙", "write a NEAR/10 b"), 0


def _operator(text: str) -> Trouble | None:
    upper = unicodedata.normalize("NFKC", text).upper()
    if text in ("AND", "OR", "NOT"):
        return say(f"「{text}」旁边少了词", f"a word is missing beside {text}"), "", 0
    if upper in ("AND", "OR", "NOT"):
        return say(f"{text} 要半角大写", f"{text} is written in capitals"), upper, 0
    if text in _OPERATORS:
        written = _OPERATORS[text]
        return say(f"「{text}」不是运算符", f"{text} is no operator"), say(f"写作 {written}", f"write {written}"), 0
    return None


def _glued(text: str) -> Trouble | None:
    found = _GLUED.search(text)
    return (say(f"{found[0]} 两边要空格", f"{found[0]} needs blanks around it"), "", found.start()) if found else None


def _minus(text: str) -> Trouble | None:
    if text[0] not in "-－" or len(text) < 2:
        return None
    return say("排除不写 -", "a word is taken away with !, not with -"), f"!{text[1:]}", 0


def _list(text: str) -> Trouble | None:
    """Words with a comma between, which would be looked for together with it."""
    if not (found := _LISTED.search(text)):
        return None
    what = say(
        f"「{found[0]}」不能分隔词，会连同它一起查找", f"{found[0]} does not part words: it is looked for with them"
    )
    return what, say("换成空格、OR 或 AND", "write a blank, OR or AND"), found.start()


def _bracket(text: str) -> Trouble | None:
    """One of a pair that a query does not know."""
    for sign, other in _QUOTES.items():
        if (sign in text) != (other in text):
            found = sign if sign in text else other
            what = say(f"「{found}」不是查询式的括号或引号", f"{found} is no bracket or quote of a query")
            return (
                what,
                say("括号写作 ( )，短语写作 “…” 或 「…」", 'brackets are ( ), a phrase is "…"'),
                text.index(found),
            )
    return None


_LOOKS: Final[tuple[Callable[[str], Trouble | None], ...]] = (_field, _near, _operator, _glued, _minus, _list, _bracket)


def odd_in_a_list(word: str) -> str:
    """What a word of a list has of a query's language, which lists do not know; "" for nothing."""
    if found := _OPERATOR_INSIDE.search(word):
        return found[0].strip()
    if re.search("[*＊]", word.lstrip("*")):  # *ST is how the exchange marks a company
        return "*"
    if word[:1] in ("$", "＄") and len(word) > 1 and not word[1].isdigit():
        return word[0]
    if len(word) > 2 and word[0] == word[-1] == "/":
        return "/…/"
    name = re.match(r"(\w+)[:：]\S", word)
    return f"{name[1]}:" if name and name[1].lower() in NAMES else ""
