"""Clauses of a text: what is said between two marks."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final, NamedTuple

__all__ = ["Clause", "clauses"]

_MARK: Final = re.compile(r"[，。！？；,.!?;…~\s、]+")
# An unpunctuated flood is cut so that no clause is longer than a reader would take in.
_LONGEST: Final = 120


class Clause(NamedTuple):
    """A clause and its place."""

    text: str
    start: int
    end: int


# A NamedTuple's own __new__ is Python code.
_clause: Final[Callable[[tuple[str, int, int]], Clause]] = partial(tuple.__new__, Clause)


def clauses(text: str) -> list[Clause]:
    """The clauses of ``text`` in order; ``.`` and ``,`` inside a number do not end one."""
    found: list[Clause] = []
    start = 0
    for mark in _MARK.finditer(text):
        if mark.group() in ".," and _inside_number(text, mark.start()):
            continue
        _add(found, text, start, mark.start())
        start = mark.end()
    _add(found, text, start, len(text))
    return found


def _inside_number(text: str, at: int) -> bool:
    return 0 < at < len(text) - 1 and text[at - 1].isdigit() and text[at + 1].isdigit()


def _add(found: list[Clause], text: str, start: int, end: int) -> None:
    for at in range(start, end, _LONGEST):
        stop = min(at + _LONGEST, end)
        found.append(_clause((text[at:stop], at, stop)))
