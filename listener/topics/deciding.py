"""Whether a topic can match at all, and whether it matches what has nothing to do with it.

Up to ``EXACT`` different terms it is decided exactly: every assignment of true and false to the terms is tried at once,
one bit for each in a long integer, and those that no mention can have are taken out (「晨曜X5」 without 「晨曜」, two
platforms at once). What a regular expression implies of other terms is not known: it is taken as free.

Beyond that examples are tried; a topic of plain word lists is still decided exactly: of a list one word is enough.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import Enum
from itertools import combinations, islice, product
from typing import Final

from listener.model import Mention
from listener.topics.compiling import Compiled, words_of
from listener.topics.fields import NUMBERS, TEXTS
from listener.topics.nodes import All, Any, Field, Leaf, Near, Node, Not, Regex, Wild, Word, leaves
from listener.topics.scan import Automaton, MentionScan

__all__ = ["EXACT", "Verdict", "decide"]

EXACT: Final = 20
"""Different terms up to which the answer is exact: 2^20 assignments, 128 KB a term."""

_EXAMPLES = 2_000
"""Texts that are tried as examples."""
_VALUES = 3_000
"""Texts of a term that are looked at."""
_SEPARATOR = "\n。\n"
_STRANGE = ("", "丂", "qzx0")
"""What may stand between the fixed pieces of a term: nothing, a character hardly used, a Latin word."""
_LANGUAGES = ("", "中文的话", "English words here", "한국어", "中文 two words")
_VALUED = frozenset(TEXTS) - {"language"}
"""Fields with any value: of two conditions it is known how they hold together, of more only what each two tell."""
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_BLANK = Mention(raw_id=0, source="", platform="", site="", native_id="", url="", captured_at=_NEVER)


class Verdict(Enum):
    """What is known of a topic: it can match, never does, matches everything, or none of it is sure."""

    FINE = "fine"
    NEVER = "never"
    EVERYTHING = "everything"
    UNKNOWN = "unknown"


def decide(topic: Compiled) -> Verdict:
    """The verdict on one topic."""
    tester = _Tester(topic.node)
    if topic.node.holds(tester.scan(_BLANK)):
        return Verdict.EVERYTHING
    if any(topic.node.holds(tester.scan(_BLANK, text)) for text in islice(_examples(topic.node), _EXAMPLES)):
        return Verdict.FINE
    terms = list(dict.fromkeys(leaves(topic.node)))
    if len(terms) > EXACT:
        return Verdict.NEVER if all(key != "query" for key, _ in topic.conditions) else Verdict.UNKNOWN
    return Verdict.FINE if _Assignments(terms, tester).possible(topic.node) else Verdict.NEVER


class _Tester:
    """Scans of made-up mentions with the vocabulary of one tree."""

    def __init__(self, node: Node) -> None:
        vocabulary = words_of([node])
        self._automaton = Automaton(vocabulary.words, vocabulary.literals, vocabulary.placed)

    def scan(self, mention: Mention, text: str = "") -> MentionScan:
        return self._automaton.scan(replace(mention, text=text) if text else mention)


def _examples(node: Node) -> Iterator[str]:
    """Texts that the tree may match: of each list another word each time."""
    longest = max((len(leaf.parts) for leaf in _branches(node) if isinstance(leaf, Any)), default=1)
    for turn in range(max(longest, 1)):
        yield _SEPARATOR.join(_example(node, turn))


def _branches(node: Node) -> Iterator[Node]:
    yield node
    for part in node.parts if isinstance(node, All | Any) else ():
        yield from _branches(part)


def _example(node: Node, turn: int) -> Iterator[str]:
    """Pieces of a text that may satisfy the tree."""
    match node:
        case All(parts):
            for part in parts:
                yield from _example(part, turn)
        case Any(parts):
            yield from _example(parts[turn % len(parts)], turn)
        case Word() | Wild() | Near():
            yield from islice(_instances(node), 1)


def _instances(node: Node) -> Iterator[str]:
    """Texts that a leaf matches, standing for all: what holds in each of them follows from the leaf."""
    match node:
        case Word(text, _):
            yield text
        case Wild(text, _, _):
            for filling in _STRANGE:
                yield text.replace("＊", "*").replace("*", filling).replace("?", (filling or "丁")[0])
        case Any(parts):
            for part in parts:
                yield from _instances(part)
        case Near(left, right, distance):
            for one in _instances(left):  # not their product, which holds all of both: six times as many a NEAR
                for other, gap in ((other, gap) for other in _instances(right) for gap in _gaps(distance)):
                    yield one + gap + other
                    yield other + gap + one


def _gaps(distance: int) -> Iterator[str]:
    """What may stand between two words that are near each other: nothing, as much as may be, and the end of a line."""
    yield ""
    if distance:
        yield ("。丂" * distance)[: distance - 1] + "。"
        yield "\n"


class _Assignments:
    """All assignments of true and false to the terms, as the bits of integers: bit a of ``self._bits[t]`` is term t in
    assignment a."""

    def __init__(self, terms: Sequence[Leaf], tester: _Tester) -> None:
        self._terms = terms
        self._tester = tester
        self._size = 1 << len(terms)
        self._every = (1 << self._size) - 1
        self._bits = {term: self._pattern(number) for number, term in enumerate(terms)}

    def _pattern(self, number: int) -> int:
        """0…01…1 repeated: the value of one term over all assignments."""
        half = 1 << number
        bits, width = ((1 << half) - 1) << half, 2 * half
        while width < self._size:
            bits |= bits << width
            width *= 2
        return bits

    def possible(self, node: Node) -> bool:
        """True where some assignment that a mention can have makes the tree true."""
        allowed = self._value(node)
        for constraint in self._constraints():
            if not allowed:
                return False
            allowed &= constraint
        return bool(allowed)

    def _value(self, node: Node) -> int:
        match node:
            case All(parts):
                return _joined_and(self._every, map(self._value, parts))
            case Any(parts):
                return _joined_or(map(self._value, parts))
            case Not(part):
                return self._every ^ self._value(part)
        return self._bits[node]

    def _constraints(self) -> Iterator[int]:
        yield from self._implied()
        for near in (term for term in self._terms if isinstance(term, Near)):
            both = self._value(near.left) & self._value(near.right)
            yield (self._every ^ self._bits[near]) | both
        fields = [term for term in self._terms if isinstance(term, Field)]
        for name in dict.fromkeys(field.name for field in fields):
            own = [field for field in fields if field.name == name]
            yield from map(self._of_field, combinations(own, 2) if name in _VALUED else [own])

    def _implied(self) -> Iterator[int]:
        """For each term what follows from it: whatever holds in every text that it matches, where those are few enough
        to look at all."""
        for term in self._terms:
            texts = list(islice(_instances(term), _VALUES + 1))
            scans = [self._tester.scan(_BLANK, text) for text in texts] if len(texts) <= _VALUES else []
            for other in self._terms:
                if other is not term and scans and _lasting(other) and all(other.holds(scan) for scan in scans):
                    yield (self._every ^ self._bits[term]) | self._bits[other]

    def _of_field(self, terms: Sequence[Field]) -> int:
        """The assignments that one value of the field of ``terms`` makes."""
        mentions = _with_values(terms[0].name, [term.value for term in terms])
        made = {tuple(term.test(scan) for term in terms) for scan in map(self._tester.scan, mentions)}
        return _joined_or(self._exactly(terms, truth) for truth in made)

    def _exactly(self, terms: Sequence[Field], truth: Sequence[bool]) -> int:
        pairs = zip(terms, truth, strict=True)
        return _joined_and(
            self._every, (self._bits[term] if value else self._every ^ self._bits[term] for term, value in pairs)
        )


def _lasting(term: Leaf) -> bool:
    """True where a term that holds in a piece of text holds in the whole: not for patterns that look at ends."""
    if isinstance(term, Near):
        return all(_lasting(leaf) for side in (term.left, term.right) for leaf in leaves(side))
    if isinstance(term, Regex):
        return not any(sign in term.pattern for sign in "^$\\")
    return not isinstance(term, Field)


def _with_values(name: str, values: Sequence[str]) -> Iterator[Mention]:
    """Mentions with every value of a field that makes a difference; of the fields of ``_VALUED``, to two ``values``."""
    if name in NUMBERS:
        ends = {int(float(end)) + step for value in values for end in value.split("..") for step in (-1, 0, 1)}
        yield from (replace(_BLANK, metrics={name: end}) for end in sorted(ends) if end >= 0)
        yield _BLANK
        return
    if name == "language":
        yield from (replace(_BLANK, text=text) for text in _LANGUAGES)
        return
    values = [*values, *(f"*.{value}" for value in values if name == "site")]
    forms = ["", *(value.replace("*", filling) for value in values for filling in ("", "qzx"))]
    forms += [_of_both(*pair) for pair in combinations(values, 2) if all("*" in value for value in pair)]
    if name == "author":
        yield from (replace(_BLANK, author_name=one, author_id=two) for one, two in product(forms, forms))
    else:
        yield from (replace(_BLANK, **{name: form}) for form in forms)  # type: ignore[arg-type]


def _of_both(one: str, other: str) -> str:
    """A value that fits both, each with ``*``, if there is one: the longer beginning and end, all else between."""
    (begin, *inside, end), (begins, *within, ends) = one.split("*"), other.split("*")
    return "qzx".join((max(begin, begins, key=len), *inside, *within, max(end, ends, key=len)))


def _joined_and(every: int, values: Iterable[int]) -> int:
    for value in values:
        every &= value
    return every


def _joined_or(values: Iterable[int]) -> int:
    joined = 0
    for value in values:
        joined |= value
    return joined
