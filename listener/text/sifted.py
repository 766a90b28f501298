"""A long pattern that seldom matches, behind a linear sieve.

``re`` tries every alternative at every place of a text; RE2 goes through it once. RE2 knows no look-around: it gets the
pattern without: that finds whatever the pattern finds, and more. Only what passes is given to ``re``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import re2

__all__ = ["Sieve", "Sifted", "relaxed", "sieving"]

_BLANK = r"\s\x{0b}\x{1c}-\x{1f}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}"
"""What ``str.isspace`` says, which ``re`` goes by; RE2's own class knows ASCII alone."""

_PIECE = re.compile(
    r"\\u(?P<code>[0-9a-fA-F]{4})|\\(?P<class>[sSdb])|\\.|(?P<around>\(\?<?[!=])|\[\^?\]?|[\])($]|.", re.DOTALL
)
_CLASSES = {"d": r"\pN", "S": r"(?s:.)", "b": ""}


def relaxed(pattern: str) -> str:
    """``pattern`` as RE2 takes it, finding at least what ``re`` finds: no look-around, no word bounds, no ``$``.

    Of classes it knows ``\\s``, ``\\S`` and ``\\b`` outside of brackets, ``\\s`` and ``\\d`` anywhere.
    """
    kept: list[str] = []
    depth, inside, hidden = 0, False, 0
    for found in _PIECE.finditer(pattern):
        text = found.group()
        if inside:
            inside = text != "]"
        elif text[0] == "[":
            inside = True
        elif text[0] == "(":
            depth += 1
            hidden = hidden or (depth if found["around"] else 0)
        elif text == ")":
            depth -= 1
        if not hidden:
            kept.append(_relaxed(found, inside))
        elif depth < hidden:
            hidden = 0
    return "".join(kept)


def _relaxed(found: re.Match[str], inside: bool) -> str:
    if found["code"]:
        return rf"\x{{{found['code']}}}"
    if found["class"] == "s":
        return _BLANK if inside else f"[{_BLANK}]"
    if found["class"]:
        return _CLASSES[found["class"]]
    return "" if found.group() == "$" and not inside else found.group()


class Sieve:
    """Which of many patterns may be in a text: it goes through it once for all of them. Made when it is first needed.

    ``patterns`` are as RE2 takes them (``relaxed``). ``passed`` gives a number whose bit n tells of pattern n.
    """

    def __init__(self, patterns: Callable[[], Sequence[str]]) -> None:
        self._patterns = patterns
        self._match: Any = None

    def _made(self) -> Any:
        options = re2.Options()
        options.never_capture = True
        known = re2.Set.SearchSet(options)
        for pattern in self._patterns():
            known.Add(pattern)
        known.Compile()
        self._match = known.Match
        return self._match

    def passed(self, text: str) -> int:
        """The bits of the patterns that may be in ``text``; of the others none surely is."""
        try:
            found = (self._match or self._made())(text)
        except UnicodeEncodeError:  # half a character, which RE2 does not take
            return -1
        bits = 0
        if found:
            for number in found:
                bits |= 1 << number
        return bits


class Sifted:
    """``pattern`` with its sieve."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern
        self._sieve = Sieve(lambda: (sieving(pattern),))

    def search(self, text: str) -> re.Match[str] | None:
        """``re``'s own match, or None."""
        return self._pattern.search(text) if self.may_find(text) else None

    def may_find(self, text: str) -> bool:
        """False where the pattern surely is not in ``text``."""
        return self._sieve.passed(text) != 0


def sieving(pattern: re.Pattern[str]) -> str:
    """The pattern of a sieve for ``pattern``: ``relaxed``, with its case."""
    told = relaxed(pattern.pattern)
    return f"(?i:{told})" if pattern.flags & re.IGNORECASE else told
