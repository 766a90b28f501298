"""Which character can come next in a pattern: what spares half of the tries of regular expressions that would fail.

A pattern is read as ``re`` reads it and walked like an automaton. The answer may name characters with which it fails
after all, never leave one out with which it matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from re import _constants as ops
from re import _parser
from typing import Any

__all__ = ["Walk"]

# A larger class is as good as any character.
_LARGEST_CLASS = 300
_BLANKS = frozenset(sign for sign in map(chr, range(0x3001)) if sign.isspace())  # none stands behind U+3000
_CATEGORIES = {ops.CATEGORY_DIGIT: frozenset("0123456789"), ops.CATEGORY_SPACE: _BLANKS}
_ENDS = frozenset(("", "\n"))

# What is left of a pattern: nodes, the place among them, and what comes behind them all.
_Rest = tuple[Any, int, Any]
# What can be next (None: anything, or the end) and what is left then
_Step = tuple[frozenset[str] | None, _Rest | None]


class Walk:
    """One pattern, walked from a place that is not the text's beginning. Of digits only those of ASCII are named: who
    asks has to let any other pass."""

    def __init__(self, pattern: str) -> None:
        self._steps_of: dict[int, tuple[_Rest, list[_Step]]] = {}
        self._begin: _Rest = (list(_parser.parse(pattern)), 0, None)
        self._left: dict[str, list[_Rest]] = {"": [self._begin]}

    def after(self, beginning: str) -> frozenset[str] | None:
        """What can stand behind ``beginning``, "" for the end of the text; None where that is not known, or where
        nothing need stand there."""
        found: set[str] = set()
        for rest in self._after(beginning):
            for signs, _ in self._steps(rest):
                if signs is None:
                    return None
                found |= signs
        return frozenset(found)

    def _after(self, beginning: str) -> list[_Rest]:
        known = self._left.get(beginning)
        if known is None:
            sign, known = beginning[-1], []
            for rest in self._after(beginning[:-1]):
                for signs, left in self._steps(rest):
                    if left is not None and (signs is None or sign in signs):
                        known.append(left)
            self._left[beginning] = known
        return known

    def _steps(self, rest: _Rest) -> list[_Step]:
        known = self._steps_of.get(id(rest))
        if known is None:
            known = self._steps_of[id(rest)] = rest, list(_steps(rest))
        return known[1]


def _steps(rest: _Rest | None) -> Iterator[_Step]:
    """Each character that can come next with what is left behind it."""
    while rest is not None and rest[1] == len(rest[0]):
        rest = rest[2]
    if rest is None:  # the pattern may be over
        yield None, None
        return
    nodes, at, behind = rest
    operation, argument = nodes[at]
    left: _Rest = (nodes, at + 1, behind)
    if operation is ops.LITERAL:
        yield frozenset(chr(argument)), left
    elif operation is ops.IN:
        yield _class(argument), left
    elif operation in (ops.ANY, ops.NOT_LITERAL):
        yield None, left
    elif operation is ops.AT and argument is ops.AT_BEGINNING:
        return
    elif operation is ops.AT and argument is ops.AT_END:
        yield _ENDS, None
        yield from ((signs, then) for signs, then in _steps(left) if signs is not None or then is not None)
    elif operation in (ops.AT, ops.ASSERT, ops.ASSERT_NOT):  # they take no character
        yield from _steps(left)
    elif operation is ops.SUBPATTERN:
        yield from _steps((list(argument[3]), 0, left))
    elif operation is ops.BRANCH:
        for branch in argument[1]:
            yield from _steps((list(branch), 0, left))
    elif operation in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        yield from _repeated(operation, argument, left)
    else:  # it is not known how it goes on
        yield None, rest


def _repeated(operation: Any, argument: Any, left: _Rest) -> Iterator[_Step]:
    fewest, highest, inner = argument
    if not fewest:
        yield from _steps(left)
    if highest == 1:
        again = left
    else:
        fewer = max(0, fewest - 1), highest if highest is ops.MAXREPEAT else highest - 1, inner
        again = ([(operation, fewer)], 0, left)
    yield from _steps((list(inner), 0, again))


def _class(argument: Any) -> frozenset[str] | None:
    """What ``[…]`` matches; None where that is too much, or all but something."""
    found: set[str] = set()
    for kind, value in argument:
        if kind is ops.LITERAL:
            found.add(chr(value))
        elif kind is ops.RANGE and value[1] - value[0] < _LARGEST_CLASS:
            found.update(map(chr, range(value[0], value[1] + 1)))
        elif kind is ops.CATEGORY and value in _CATEGORIES:
            found |= _CATEGORIES[value]
        else:
            return None
    return frozenset(found)
