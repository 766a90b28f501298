"""Many patterns at the price of a few: a trie of how they can begin, and each tried only where it could.

RE2's set match was measured first: its automaton multiplies the patterns that have matched so far, and cost
0.2 ms a short text while it was being built (docs/nlp.md). Here every alternative of a pattern is either a plain
word, which the trie finds by itself, or a regular expression tried at the places where one of its possible
first characters stands. Patterns use bounded repetition only, so the work is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from re import _constants as ops
from re import _parser
from typing import Any, Final, Generic, NamedTuple, TypeVar

from listener.machine import i64, mypyc_attr, vec
from listener.nlp.following import Walk
from listener.text.trie import trie_of

__all__ = ["Found", "PatternBook", "PatternSet", "alternatives", "beginnings", "needed_words"]

_Payload = TypeVar("_Payload")
# Expanding stops here: an alternative with more forms is tried by its beginnings.
_MOST_FORMS: Final = 2000
_LONGEST_BEGINNING: Final = 3
# Words of which a pattern needs one: of more it is not asked.
_MOST_NEEDED: Final = 64


class Found(NamedTuple, Generic[_Payload]):
    """A pattern that occurs: what it stands for, and where."""

    payload: _Payload
    start: int
    end: int


class PatternSet(Generic[_Payload]):
    """``(regular expression, payload)`` pairs, looked for together."""

    def __init__(self, patterns: Sequence[tuple[str, _Payload]]) -> None:
        self._book: PatternBook[_Payload] = PatternBook([patterns])

    def find(self, text: str) -> list[Found[_Payload]]:
        """Every occurrence, by where it begins to be recognised; alternatives may overlap."""
        return self._book.find(text)[0][0]


# In place of the number of a list
_NAMES: Final = -1
_MatchAt = Callable[[str, int], re.Match[str] | None]
# A pattern that needs one of some words has the bit of those words, shared with other patterns: of a text without them
# the bit is not set. The last bit is set of any text: that of patterns that need nothing.
_BITS: Final = 61
_ANY: Final = 1 << _BITS


@mypyc_attr(acyclic=True)
class _Try:
    """Number of the list, payload, what has to match there; the bit and the numbers of the words of which the text has
    to have one; what has to come next where it does not stand at the text's beginning."""

    __slots__ = ("bit", "follow", "kind", "match_at", "needed", "payload")

    def __init__(self, kind: int, payload: Any, match_at: _MatchAt | None, follow: frozenset[str] | None) -> None:
        self.kind: i64 = kind
        self.payload = payload
        self.match_at = match_at
        self.bit: i64 = _ANY
        self.needed: frozenset[int] = frozenset()
        self.follow = follow


class PatternBook(Generic[_Payload]):
    """Lists of such pairs, all of them looked for in one pass, what is found kept apart by list; of ``names``, pairs of
    a pattern and a name, it is only told which occur."""

    def __init__(
        self, kinds: Sequence[Sequence[tuple[str, _Payload]]], names: Sequence[tuple[str, _Payload]] = ()
    ) -> None:
        self._kinds = len(kinds)
        # first characters, or the whole word → what is to be tried there
        starts: dict[str, list[_Try]] = {}
        self._anywhere: list[tuple[int, _Payload, re.Pattern[str]]] = []
        needs: dict[frozenset[str], list[_Try]] = {}
        for kind, patterns in [*enumerate(kinds), (_NAMES, names)]:
            for pattern, payload in patterns:
                for alternative in alternatives(pattern):
                    self._add(kind, payload, alternative, starts, needs)
        numbers = self._number(needs)
        words = [*numbers, *(word for word in starts if word not in numbers)]  # those that are needed first
        self._words = trie_of(words)
        same: dict[tuple[int, ...], tuple[_Try, ...]] = {}  # most words share what is tried with others
        found = [starts.get(word, ()) for word in words]
        self._tries = [same.setdefault(tuple(map(id, tries)), tuple(tries)) for tries in found]

    def _number(self, needs: Mapping[frozenset[str], Sequence[_Try]]) -> dict[str, int]:
        """The numbers of the words that are needed; tells each of ``needs`` its own, and its bit."""
        numbers = {word: number for number, word in enumerate(sorted({word for needed in needs for word in needed}))}
        bits = [0] * len(numbers)
        for count, (needed, tries) in enumerate(needs.items()):
            of_needed = frozenset([numbers[word] for word in needed])
            for number in of_needed:
                bits[number] |= 1 << count % _BITS
            for tried in tries:
                tried.bit, tried.needed = 1 << count % _BITS, of_needed
        self._bits = vec[i64](bits)
        return numbers

    def _add(
        self,
        kind: int,
        payload: _Payload,
        alternative: str,
        starts: dict[str, list[_Try]],
        needs: dict[frozenset[str], list[_Try]],
    ) -> None:
        forms, whole = beginnings(alternative)
        if "" in forms:  # it can begin with anything
            self._anywhere.append((kind, payload, re.compile(alternative)))
            return
        match_at: _MatchAt | None = None if whole else re.compile(alternative).match
        needed: frozenset[str] = frozenset() if whole else needed_words(alternative)
        walk = None if whole else Walk(alternative)
        tries: dict[frozenset[str] | None, _Try] = {}
        for form in forms:
            follow = (
                walk.after(form) if walk and len(form) < _LONGEST_BEGINNING else None
            )  # a longer one mostly matches
            tried = tries.get(follow)
            if tried is None:
                tried = tries[follow] = _Try(kind, payload, match_at, follow)
                if needed:
                    needs.setdefault(needed, []).append(tried)
            starts.setdefault(form, []).append(tried)

    def find(self, text: str) -> tuple[list[list[Found[_Payload]]], set[_Payload]]:
        """For each list every occurrence of its patterns, by where it begins to be recognised; they may overlap. And
        the names of those that occur."""
        names: set[_Payload] = set()
        found: list[list[Found[_Payload]]] = [[] for _ in range(self._kinds)]
        places = self._words.find(text)
        bits = self._bits
        present: i64 = _ANY
        for at in range(0, len(places), 3):
            number = places[at]
            if number < len(bits):
                present |= bits[number]
        numbers: set[int] = set()
        for at in range(0, len(places), 3):
            start, end = places[at + 1], places[at + 2]
            for tried in self._tries[places[at]]:
                if not tried.bit & present:
                    continue
                if (follow := tried.follow) is not None and start:
                    following = text[end : end + 1]
                    if following not in follow and not following.isdigit():
                        continue
                if tried.bit != _ANY:
                    if not numbers:
                        numbers.update([places[other] for other in range(0, len(places), 3)])
                    if numbers.isdisjoint(tried.needed):
                        continue
                match_at = tried.match_at
                if tried.kind < 0:
                    if tried.payload not in names and (match_at is None or match_at(text, start)):
                        names.add(tried.payload)
                elif match_at is None:
                    found[tried.kind].append(_found((tried.payload, start, end)))
                elif match := match_at(text, start):
                    found[tried.kind].append(_found((tried.payload, start, match.end())))
        for kind, payload, pattern in self._anywhere:
            if kind >= 0:
                found[kind] += [Found(payload, *match.span()) for match in pattern.finditer(text)]
            elif pattern.search(text):
                names.add(payload)
        return found, names


# A NamedTuple's own __new__ is Python code.
_found: Final[Callable[[tuple[Any, int, int]], Found[Any]]] = partial(tuple.__new__, Found)


# What a plain word has none of
_SYNTAX: Final = re.compile(r"[\\^$.|?*+()\[\]{}]")


@lru_cache(maxsize=1)
def parsed(pattern: str) -> Any:
    """The tree of a regular expression; the last one is kept, since several questions are asked of it."""
    return _parser.parse(pattern)


def needed_words(pattern: str) -> frozenset[str]:
    """Words of two characters or more of which one stands, behind its beginning, in whatever ``pattern`` matches; empty
    where they are too many or not known."""
    run = ""
    nodes: list[Any] = list(parsed(pattern))
    for operation, argument in nodes[:0:-1]:
        if operation is ops.LITERAL:
            run = chr(argument) + run
            continue
        if len(run) > 1:
            break
        run = ""
        forms = _forms_of(operation, argument, _MOST_NEEDED)
        if all(complete and len(form) > 1 for form, complete in forms):
            return frozenset([form for form, _ in forms])
    return frozenset([run]) if len(run) > 1 else frozenset()


def alternatives(pattern: str) -> list[str]:
    """The parts of ``pattern`` between the ``|`` that stand outside of all brackets."""
    parts, depth, in_class, begin, at = [], 0, False, 0, 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            at += 1
        elif in_class:
            in_class = char != "]"
        elif char == "[":
            in_class = True
        elif char in "()":
            depth += 1 if char == "(" else -1
        elif char == "|" and not depth:
            parts.append(pattern[begin:at])
            begin = at + 1
        at += 1
    return [*parts, pattern[begin:]]


def beginnings(pattern: str) -> tuple[set[str], bool]:
    """(forms, whole): every text that ``pattern`` matches where these are few (``whole``), otherwise texts of up
    to three characters of which one stands at the begin of every match ("" where it can begin with anything)."""
    if not _SYNTAX.search(pattern):
        return {pattern}, True
    forms = _expand(parsed(pattern), _MOST_FORMS)
    anchored = any(sign in pattern for sign in ("^", "$", "(?!", "(?<"))
    if all(complete for _, complete in forms) and not anchored:
        return {form for form, _ in forms}, True
    return {form[:_LONGEST_BEGINNING] for form, _ in forms}, False


_Forms = set[tuple[str, bool]]


def _expand(tree: Any, most: int) -> _Forms:
    """(text, complete) pairs; one that is not complete goes on in a way that is not spelt out."""
    forms: _Forms = {("", True)}
    for operation, argument in tree:
        if operation is ops.LITERAL:  # most are
            sign = chr(argument)
            forms = {(left + sign, True) if open_ended else (left, False) for left, open_ended in forms}
            continue
        further = _forms_of(operation, argument, most)
        grown = {
            (left + right, complete)
            for left, open_ended in forms
            for right, complete in (further if open_ended else {("", False)})
        }
        if len(grown) > most:
            return {(form, False) for form, _ in forms}
        forms = grown
        if not any(complete for _, complete in forms):
            break
    return forms


def _forms_of(operation: Any, argument: Any, most: int) -> _Forms:
    """The forms of one node of a parsed expression."""
    if operation is ops.LITERAL:
        return {(chr(argument), True)}
    if operation is ops.SUBPATTERN:
        return _expand(argument[3], most)
    if operation is ops.BRANCH:
        return {form for branch in argument[1] for form in _expand(branch, most)}
    if operation is ops.IN and (characters := _characters(argument)):
        return {(char, True) for char in characters}
    if operation in (ops.AT, ops.ASSERT_NOT):
        return {("", True)}
    if operation in (ops.MAX_REPEAT, ops.MIN_REPEAT):
        fewest, highest, inner = argument
        once = _expand(inner, most)
        if highest == 1:
            return once if fewest else once | {("", True)}
        return {(form, False) for form, _ in once} | (set() if fewest else {("", True)})
    return {("", False)}


def _characters(argument: Any) -> set[str]:
    """What a class such as ``[一九\\d]`` matches, empty where that is too much or all but something."""
    found: set[str] = set()
    for kind, value in argument:
        if kind is ops.LITERAL:
            found.add(chr(value))
        elif kind is ops.RANGE and value[1] - value[0] < _MOST_FORMS:
            found.update(chr(code) for code in range(value[0], value[1] + 1))
        elif kind is ops.CATEGORY and value in _CATEGORIES:
            found.update(_CATEGORIES[value])
        else:
            return set()
    return found


# In a normalised text: no other digits and blanks are left.
_CATEGORIES: Final = {ops.CATEGORY_DIGIT: "0123456789", ops.CATEGORY_SPACE: " \n\t\r"}
