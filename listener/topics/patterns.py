"""Regular expressions and wildcards, both run by RE2: linear in the text, whatever the pattern.

RE2 knows no look-around and no back-references; its ``\\b`` tells ASCII words only, so that beside Chinese characters
it is not what one thinks (https://github.com/google/re2/wiki/Syntax).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import re2

from listener.language import say
from listener.topics.folding import LATIN, folded

__all__ = ["GAP", "compiled", "is_wild", "trouble", "wild_literal", "wild_pattern"]

GAP: Final = 10
"""How many characters ``*`` stands for at most inside a word; blanks and marks are never among them."""

_ANY_SIGN = r"[\p{L}\p{N}]"
_LATIN_TAIL = "[0-9a-z]*"
_HAN_SIGN = r"[^\x00-\x7f\pZ\pP\pS]"
_WILD = re.compile(r"[*＊?]")
_LOOK = re.compile(r"\(\?<?[=!]")
_BACK = re.compile(r"\\[1-9]|\(\?P=")


@lru_cache(maxsize=20_000)
def compiled(pattern: str) -> Any:
    """The RE2 program of ``pattern``, blind to case; ``re2.error`` where there is none."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern, options)


def trouble(pattern: str) -> tuple[str, str] | None:
    """What is wrong with a pattern and how to mend it, or None where RE2 takes it and it needs something to match."""
    try:
        empty = compiled(pattern).search("") is not None
    except re2.error as error:
        return _refused(pattern, error)
    if empty:
        return (
            say("正则能匹配空白，会命中一切", "the regular expression matches nothing at all, and so every text"),
            say("把 * 或 ? 改成 +", "use + in place of * or ?"),
        )
    return None


def _refused(pattern: str, error: re2.error) -> tuple[str, str]:
    """Why RE2 does not take a pattern, and how to mend it."""
    if _LOOK.search(pattern):
        return (
            say("正则不支持环视 (?=…) (?!…)", "a regular expression has no look-around here"),
            say("改用 AND、NOT 或 NEAR", "use AND, NOT or NEAR"),
        )
    if _BACK.search(pattern):
        return (
            say("正则不支持反向引用 \\1", "a regular expression has no back-references here"),
            say("把各种写法列出来，用 | 分开", "write the forms out, with | between them"),
        )
    why = error.args[0] if error.args else ""
    why = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
    return say(f"正则有误：{_chinese(why)}", f"wrong regular expression: {why}"), say("改正它", "mend it")


_WHY: Final = {
    "missing )": "少了右括号 )",
    "unexpected )": "多了右括号 )",
    "missing ]": "少了右方括号 ]",
    "missing argument to repetition operator": "* + ? {} 前面没有可重复的内容",
    "no argument for repetition operator": "* + ? {} 前面没有可重复的内容",
    "bad repetition operator": "重复符号连写",
    "invalid repetition size": "重复次数太多（最多 1000）",
    "invalid character class range": "方括号里的范围写反了",
    "invalid character class": "方括号里有误",
    "invalid escape sequence": "不支持这个转义",
    "invalid perl operator": "不支持 (?…) 的这种写法",
    "invalid named capture group": "不支持这样命名分组",
    "trailing \\": "结尾多了 \\",
    "pattern too large": "展开后太大，减少重复次数",
}
"""Chinese for what RE2 says (re2/regexp.cc)."""


def _chinese(why: str) -> str:
    """RE2's words, which name the place behind a colon."""
    for english, chinese in _WHY.items():
        if why.startswith(english):
            return chinese + why[len(english) :].replace(": ", "：", 1)
    return why


def is_wild(text: str) -> bool:
    """True for an unquoted word with ``*`` or ``?`` in it."""
    return bool(_WILD.search(text))


def _pieces(text: str) -> list[str]:
    """Fixed pieces, folded, and ``*`` and ``?`` between them."""
    parts = re.split(r"([*?])", re.sub(r"[*＊]+", "*", text))
    return [form for part in parts if (form := part if part in ("*", "?") else folded(part))]


def wild_literal(text: str) -> str:
    """The longest fixed piece; "" where there is none."""
    return max((part for part in _pieces(text) if part not in ("*", "?")), key=len, default="")


def wild_pattern(text: str) -> str:
    """The regular expression of a word with wildcards, for folded text in which ``_`` is a blank.

    Inside a word ``*`` is up to ``GAP`` letters or digits, ``?`` exactly one. ``*`` at an end lets a Latin word go on
    there; without it Latin words stand at word boundaries.
    """
    pieces = _pieces(text)
    core = pieces[(pieces[0] == "*") : len(pieces) - (pieces[-1] == "*")]
    inner = [f"{_ANY_SIGN}{{0,{GAP}}}" if p == "*" else _ANY_SIGN if p == "?" else re2.escape(p) for p in core]
    if core and core[0] == "?":
        inner[0] = f"(?:{_HAN_SIGN}|\\b[0-9a-z])" if pieces[0] != "*" else _ANY_SIGN
    if core and core[-1] == "?":
        inner[-1] = f"(?:{_HAN_SIGN}|[0-9a-z]\\b)" if pieces[-1] != "*" else _ANY_SIGN
    before = _end(pieces[0] == "*", core[0][:1]) if core else ""
    after = _end(pieces[-1] == "*", core[-1][-1:]) if core else ""
    return before + "".join(inner) + after


def _end(is_open: bool, sign: str) -> str:
    """What stands at an end of the pattern, next to ``sign``."""
    if sign not in LATIN:
        return ""
    return _LATIN_TAIL if is_open else r"\b"
