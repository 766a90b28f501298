"""Which topics the words of a text leave possible, for a thousand at once.

A word that occurs tells of each topic that asks for it which of its conditions is met; so a text costs what its own
words are asked for, not what all topics ask. Where its words are asked for very often (of 1,000 topics most ask for
「我们」), one bit for each topic is set by all of them together instead, in a few long integers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from listener.topics.compiling import Asked
from listener.topics.folding import at_boundaries

if TYPE_CHECKING:
    from mypy_extensions import i64  # machine numbers where the module is compiled

    from listener.topics.scan import Found

__all__ = ["GROUPS", "LOOKED_AT", "Board", "Possible", "Uses", "four", "numbers_of", "with_another", "without"]

Possible: TypeAlias = list[int] | int
"""The numbers of topics in any order, or one bit for each."""

GROUPS: Final = 7
"""Groups of words of one topic that are told apart, by a bit each; of more its tree decides."""
# A use of a word, in four bytes: the topic, above the place of the bit that it sets; "only at word boundaries".
_PLACES: Final = 3
_BOUNDED: Final = 1 << 30
_OFTEN: Final = 16
_SHARE: Final = 64
"""Of a word that more topics ask for, and more than one in so many, bits are kept as well, which are not much longer
than its uses, and read sooner."""
LOOKED_AT: Final = 600
"""Uses of such words that are looked at one by one, in one text; of more the bits are."""

Uses: TypeAlias = tuple[tuple[int, int, int], ...]
"""(topic, place of the bit, bit) of each use of a word."""
_Bits: TypeAlias = tuple[tuple[int, int], ...]
"""(place of the bit, topics in which the word sets it)."""


class Board:
    """The conditions of some topics, by the words of ``keys``: for each its number's keys and whether each of them is
    met at word boundaries only."""

    def __init__(self, topics: Sequence[Asked], keys: Sequence[Sequence[tuple[str, bool]]]) -> None:
        groups = [_kept(asked.groups) for asked in topics]
        self.needs = bytes([(1 << len(each)) - 1 for each in groups])
        self.always = [number for number, each in enumerate(groups) if not each]
        doubtful = [not one.exact or len(each) < len(one.groups) for one, each in zip(topics, groups, strict=True)]
        self._doubtful = bytes(doubtful)
        self._any_doubt = any(doubtful)
        self._doubts = _bits_of(number for number, doubt in enumerate(doubtful) if doubt)
        self._every = (1 << len(topics)) - 1
        places = range(max(map(len, groups), default=0))
        self._lacks = [_bits_of(n for n, each in enumerate(groups) if len(each) <= place) for place in places]
        self._often = max(_OFTEN, len(topics) // _SHARE)
        self._begins, self._uses, self._bits = _table(_uses(topics, groups), keys, self._often)
        self._spare: list[list[i64]] = []
        self.rows: dict[int, tuple[Uses, Uses]] = {}  # for ``plain``

    def possible(self, found: list[Found], text: str) -> Possible:
        """The topics whose conditions are met by the words ``found`` in folded ``text``."""
        state = self._fresh()
        met: list[i64] = []
        often = self._meet(found, text, state, met, self._often)
        if often and self._asked_for(often) > LOOKED_AT:
            answer: Possible = self._by_bits(state, often, text)
        else:
            if often:
                self._meet(often, text, state, met, len(self.needs) << _PLACES)
            answer = self._left(state, met)
        self._clear(found, state)
        self._spare.append(state)
        return answer

    def _fresh(self) -> list[i64]:
        """A number for each topic, all of them 0: they are so again whenever a list is put back."""
        return self._spare.pop() if self._spare else [0] * len(self.needs)

    def _meet(self, found: list[Found], text: str, state: list[i64], met: list[i64], most: int) -> list[Found]:
        """Set the bits of the words that are used ``most`` times at the most, and gather the topics that have all they
        need; the other words."""
        begins, uses, needs = self._begins, self._uses, self.needs
        limit: i64 = most * 4
        others: list[Found] = []
        for word in found:
            at: i64 = word[0] * 4
            start = four(begins, at)
            end = four(begins, at + 4)
            if end - start > limit:
                others.append(word)
                continue
            bounded = False
            while start < end:
                use = four(uses, start)
                start += 4
                if use & _BOUNDED:
                    if not bounded and not at_boundaries(text, word[1], word[2]):
                        break  # those that need no boundary stand before
                    bounded = True
                    use ^= _BOUNDED
                number: i64 = use >> _PLACES
                before = state[number]
                after: i64 = before | (1 << (use & GROUPS))
                if after != before:
                    state[number] = after
                    need: i64 = needs[number]
                    if after == need:
                        met.append(number)
        return others

    def _left(self, state: list[i64], met: list[i64]) -> list[int]:
        """Those of ``met`` in which no refused word was found later, and those that need nothing."""
        needs = self.needs
        left: list[int] = []
        for number in met:
            need: i64 = needs[number]
            if state[number] == need:
                left.append(number)
        for number in self.always:
            if not state[number]:
                left.append(number)
        return left

    def _clear(self, found: list[Found], state: list[i64]) -> None:
        """Make all numbers 0 again that the words ``found`` may have set."""
        begins, uses = self._begins, self._uses
        for word in found:
            start = four(begins, word[0] * 4)
            end = four(begins, word[0] * 4 + 4)
            while start < end:
                state[(four(uses, start) & _BOUNDED - 1) >> _PLACES] = 0
                start += 4

    def words_of(self, topics: list[int], found: list[Found], text: str) -> list[object]:
        """For each of ``topics`` which of the words ``found`` it asks for, each at its first place: the number of the
        one in ``found``, counted from 1, above the place of its group; or a list of them; 0 for none."""
        begins, uses = self._begins, self._uses
        wanted = self._fresh()  # of a topic its place in ``topics``, from 1
        rows: list[object] = [0] * len(topics)
        for place, topic in enumerate(topics):
            wanted[topic] = place + 1
        count: i64
        for count, word in enumerate(found, 1):
            start = four(begins, word[0] * 4)
            end = four(begins, word[0] * 4 + 4)
            bounded = False
            while start < end:
                use = four(uses, start)
                start += 4
                if use & _BOUNDED:
                    if not bounded and not at_boundaries(text, word[1], word[2]):
                        break
                    bounded = True
                    use ^= _BOUNDED
                row = wanted[use >> _PLACES]
                if row:
                    before = rows[row - 1]
                    which: i64 = count << _PLACES | use & GROUPS
                    rows[row - 1] = with_another(before, which, found) if before else which
        for topic in topics:
            wanted[topic] = 0
        self._spare.append(wanted)
        return rows

    def uses_of(self, number: int) -> tuple[list[int], list[int]]:
        """The uses of a word anywhere, and at word boundaries only: the topic, above the place of its bit."""
        at, end = four(self._begins, number * 4), four(self._begins, number * 4 + 4)
        uses = [four(self._uses, place) for place in range(at, end, 4)]
        return [use for use in uses if not use & _BOUNDED], [use ^ _BOUNDED for use in uses if use & _BOUNDED]

    def _asked_for(self, words: list[Found]) -> int:
        begins, count = self._begins, 0
        for number, _, _ in words:
            count += four(begins, number * 4 + 4) - four(begins, number * 4)
        return count // 4

    def _by_bits(self, state: list[i64], often: list[Found], text: str) -> int:
        """One bit for each topic that is met, where some words are asked for by many topics."""
        met = _columns(state)
        for number, bounded in {(number, at_boundaries(text, start, end)) for number, start, end in often}:
            anywhere, own = self._bits[number]
            for place, bits in (*anywhere, *own) if bounded else anywhere:
                met[place] |= bits
        enough = [met[place] | lacks for place, lacks in enumerate(self._lacks)]
        return reduce(and_, enough, self._every) & ~met[GROUPS]

    def doubtful(self, possible: Possible) -> list[int]:
        """The numbers of those topics of which the words alone do not tell."""
        if not self._any_doubt:
            return []
        if isinstance(possible, int):
            return list(numbers_of(possible & self._doubts))
        return [number for number in possible if self._doubtful[number]]


def with_another(before: object, which: i64, found: list[Found]) -> object:
    """Words of a topic and another, unless it is one of them that stands here again."""
    words: list[i64] = before if isinstance(before, list) else [cast("i64", before)]
    number = found[(which >> _PLACES) - 1][0]
    for each in words:
        if found[(each >> _PLACES) - 1][0] == number and not (each ^ which) & GROUPS:
            return before
    words.append(which)
    return words


def _kept(groups: Sequence[frozenset[str]]) -> Sequence[frozenset[str]]:
    """The groups that are told apart: in their order, of too many the shortest."""
    return groups if len(groups) <= GROUPS else sorted(groups, key=len)[:GROUPS]


def _uses(topics: Sequence[Asked], groups: Sequence[Sequence[frozenset[str]]]) -> dict[str, list[int]]:
    """For each key the bits that it sets, as uses."""
    found: dict[str, list[int]] = {}
    for number, (asked, own) in enumerate(zip(topics, groups, strict=True)):
        for place, keys in (*enumerate(own), (GROUPS, asked.refused)):
            for key in keys:
                found.setdefault(key, []).append(number << _PLACES | place)
    return found


def _table(
    uses: Mapping[str, Sequence[int]], keys: Sequence[Sequence[tuple[str, bool]]], many: int
) -> tuple[bytes, bytes, dict[int, tuple[_Bits, _Bits]]]:
    """(where the uses of each word begin, in four bytes, and where the last's end; the uses; bits set anywhere and at
    word boundaries by each word that is used often)."""
    begins, row = bytearray(), bytearray()
    often: dict[int, tuple[_Bits, _Bits]] = {}
    for word, own in enumerate(keys):
        begins += len(row).to_bytes(4, "little")
        anywhere = [use for key, bounded in own if not bounded for use in uses.get(key, ())]
        at_ends = [use for key, bounded in own if bounded for use in uses.get(key, ())]
        if len(anywhere) + len(at_ends) > many:
            often[word] = _placed(anywhere), _placed(at_ends)
        for use in (*anywhere, *[use | _BOUNDED for use in at_ends]):
            row += use.to_bytes(4, "little")
    begins += len(row).to_bytes(4, "little")
    return bytes(begins), bytes(row), often


def _placed(uses: Sequence[int]) -> _Bits:
    found: dict[int, list[int]] = {}
    for use in uses:
        found.setdefault(use & GROUPS, []).append(use >> _PLACES)
    return tuple([(place, _bits_of(numbers)) for place, numbers in found.items()])


def _bits_of(numbers: Iterable[int]) -> int:
    row = bytearray()
    for number in numbers:
        at = number >> 3
        if at >= len(row):
            row += bytes(at + 1 - len(row))
        row[at] |= 1 << (number & 7)
    return int.from_bytes(row, "little")


def _columns(state: Sequence[int]) -> list[int]:
    """For each place of a bit the topics that have it."""
    by_state: dict[int, list[int]] = {}
    for number, bits in enumerate(state):
        if bits:
            by_state.setdefault(bits, []).append(number)
    met = [0] * (GROUPS + 1)
    for bits, numbers in by_state.items():
        topics = _bits_of(numbers)
        for place in range(GROUPS + 1):
            if bits >> place & 1:
                met[place] |= topics
    return met


def four(row: bytes, at: i64) -> i64:
    """The number that stands in four bytes."""
    one: i64 = row[at]
    two: i64 = row[at + 1]
    three: i64 = row[at + 2]
    last: i64 = row[at + 3]
    return one | two << 8 | three << 16 | last << 24


def without(possible: Possible, numbers: Collection[int]) -> Possible:
    """``possible`` but for those ``numbers``."""
    if isinstance(possible, int):
        return possible & ~_bits_of(numbers)
    return [number for number in possible if number not in numbers]


def numbers_of(bits: int) -> Iterator[int]:
    """The places of the bits that are set, in order."""
    written = f"{bits:b}"[::-1]
    at = written.find("1")
    while at >= 0:
        yield at
        at = written.find("1", at + 1)
