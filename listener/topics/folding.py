"""The form in which words and texts are compared: without regard to case, width, traditional characters.

``normalise`` does all but the case. A Latin word is a run of ASCII letters and digits; everything else, Chinese
characters and ``_`` among them, is a boundary.
"""

from __future__ import annotations

from typing import Final

from listener.text.characters import same_length
from listener.text.normalise import Normalised, normalise

__all__ = ["LATIN", "at_boundaries", "fold", "folded", "pattern_form"]

LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
"""What a Latin word is made of, once folded."""

_SYNTAX: Final = frozenset("\\.+*?()|[]{}^$")


def fold(normal: Normalised) -> str:
    """The text without regard to case, as long as it was: a letter that folds to two would shift all behind it."""
    whole = normal.text.casefold()
    if len(whole) == len(normal.text):
        return whole
    return "".join(c.casefold() if len(c.casefold()) == 1 else c for c in normal.text)


def folded(word: str) -> str:
    """The form of a configured word; "" where nothing of it is visible."""
    return fold(normalise(word))


def at_boundaries(text: str, start: int, end: int) -> bool:
    """True where ``text[start:end]`` does not begin or end inside a longer Latin word; ``text`` is folded."""
    if start and _latin(ord(text[start])) and _latin(ord(text[start - 1])):
        return False
    return not (end < len(text) and _latin(ord(text[end - 1])) and _latin(ord(text[end])))


def _latin(point: int) -> bool:
    """Whether it is one of ``LATIN``."""
    return 97 <= point <= 122 or 48 <= point <= 57


def pattern_form(pattern: str) -> str:
    """A regular expression as it has to be to meet folded text: the characters as ``normalise`` has them.

    A full-width mark that becomes a sign of the pattern language (（ ？ ＋) stands for itself and is escaped. Case
    stays, since it has a meaning there (``\\S``); the pattern is compiled without regard to it.
    """
    return "".join(_one(before, after) for before, after in zip(pattern, pattern.translate(same_length()), strict=True))


def _one(before: str, after: str) -> str:
    return f"\\{after}" if before != after and after in _SYNTAX else after
