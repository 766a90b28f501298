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

from listener.machine import append, i32, i64, u8, vec
from listener.topics.compiling import Asked
from listener.topics.folding import at_boundaries

if TYPE_CHECKING:
    from listener.topics.scan import Found

__all__ = ["GROUPS", "LOOKED_AT", "Board", "Possible", "Uses", "numbers_of", "with_another", "without"]

Possible: TypeAlias = "vec[i64] | int"
"""The numbers of topics in any order, or one bit for each."""

GROUPS: Final = 7
"""Groups of words of one topic that are told apart, by a bit each; of more its tree decides."""
# A use of a word: the topic, above the place of the bit that it sets; and whether it counts at word boundaries only.
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
        self.needs = vec[u8]([(1 << len(each)) - 1 for each in groups])
        self.always = [number for number, each in enumerate(groups) if not each]
        doubtful = [not one.exact or len(each) < len(one.groups) for one, each in zip(topics, groups, strict=True)]
        self._doubtful = bytes(doubtful)
        self._any_doubt = any(doubtful)
        self._doubts = _bits_of(number for number, doubt in enumerate(doubtful) if doubt)
        self._every = (1 << len(topics)) - 1
        places = range(max(map(len, groups), default=0))
        self._lacks = [_bits_of(n for n, each in enumerate(groups) if len(each) <= place) for place in places]
        self._often: i64 = max(_OFTEN, len(topics) // _SHARE)
        used = _uses(topics, groups)
        rows = [_row_of(used, own) for own in keys]
        self._bits = {word: _bits(row) for word, row in enumerate(rows) if len(row) > self._often}
        # Of a word its only use; or, counted down from -1, where its uses stand, behind their number.
        self._begins = vec[i32]()
        self._uses = vec[i32]()
        for row in rows:
            self._begins = append(self._begins, i32(row[0] if len(row) == 1 else ~len(self._uses)))
            for number in (len(row), *row) if len(row) != 1 else ():
                self._uses = append(self._uses, i32(number))
        self._spare: list[vec[u8]] = []
        self.rows: dict[int, tuple[Uses, Uses]] = {}  # for ``plain``

    def possible(self, found: Found, text: str) -> Possible:
        """The topics whose conditions are met by the words ``found`` in folded ``text``."""
        state = self._spare.pop() if self._spare else vec[u8](bytes(len(self.needs)))
        often: list[int] = []
        touched = self._meet(found, text, state, vec[i64](capacity=len(found)), self._often, often)
        if often and self._asked_for(often) > LOOKED_AT:
            answer: Possible = self._by_bits(state, touched, often, text)
            for number in touched:
                state[number] = 0
        else:
            if often:
                touched = self._meet(vec[i64](often), text, state, touched, len(self._uses), [])
            answer = self._left(state, touched)
        self._spare.append(state)
        return answer

    def _meet(
        self, found: Found, text: str, state: vec[u8], touched: vec[i64], most: i64, others: list[int]
    ) -> vec[i64]:
        """Set the bits of the words that are used ``most`` times at the most, and gather the topics that they are bits
        of in ``touched``, the other words in ``others``."""
        begins, uses = self._begins, self._uses
        size: i64 = len(found)
        place: i64 = -3
        while (place := place + 3) < size:
            use = i64(begins[found[place]])
            at: i64 = 0
            end: i64 = 0
            if use < 0:
                at = -use  # the first, behind their number
                end = at + i64(uses[at - 1])
                if end - at > most:
                    others += found[place], found[place + 1], found[place + 2]
                    continue
                if at == end:
                    continue
                use = i64(uses[at])
            bounded = False
            while True:
                if use & _BOUNDED:
                    if not bounded and not at_boundaries(text, found[place + 1], found[place + 2]):
                        break  # those that need no boundary stand before
                    bounded = True
                    use ^= _BOUNDED
                number = use >> _PLACES
                before = state[number]
                if not before:
                    touched = append(touched, number)
                state[number] = before | u8(1 << (use & GROUPS))
                at += 1
                if at >= end:
                    break
                use = i64(uses[at])
        return touched

    def _left(self, state: vec[u8], touched: vec[i64]) -> vec[i64]:
        """The topics that have all they need, and nothing they refuse; ``state`` is as it was before."""
        needs = self.needs
        left = vec[i64](capacity=len(touched))
        for number in self.always:
            if not state[number]:
                left = append(left, number)
        for number in touched:
            if state[number] == needs[number]:
                left = append(left, number)
            state[number] = 0
        return left

    def words_of(self, topics: list[int], found: Found, text: str) -> list[object]:
        """For each of ``topics`` which of the words ``found`` it asks for, each at its first place: the number of that
        place, counted from 1, above the place of its group; or a list of them; 0 for none."""
        begins, uses = self._begins, self._uses
        wanted = vec[i32]([0] * len(self.needs))  # of a topic its place in ``topics``, from 1
        rows: list[object] = [0] * len(topics)
        place: i64
        for place, topic in enumerate(topics):
            wanted[topic] = i32(place + 1)
        count: i64 = 0
        while count * 3 < len(found):
            start, stop = found[count * 3 + 1], found[count * 3 + 2]
            use = i64(begins[found[count * 3]])
            count += 1
            at: i64 = 0
            end: i64 = 0
            if use < 0:
                at = -use
                end = at + i64(uses[at - 1])
                if at == end:
                    continue
                use = i64(uses[at])
            bounded = False
            while True:
                if use & _BOUNDED:
                    if not bounded and not at_boundaries(text, start, stop):
                        break
                    bounded = True
                    use ^= _BOUNDED
                row = i64(wanted[use >> _PLACES])
                if row:
                    before = rows[row - 1]
                    which: i64 = count << _PLACES | use & GROUPS
                    rows[row - 1] = with_another(before, which, found) if before else which
                at += 1
                if at >= end:
                    break
                use = i64(uses[at])
        return rows

    def uses_of(self, number: int) -> tuple[list[int], list[int]]:
        """The uses of a word anywhere, and at word boundaries only: the topic, above the place of its bit."""
        begin = int(self._begins[number])
        row = [begin] if begin >= 0 else [int(self._uses[at - begin]) for at in range(int(self._uses[-1 - begin]))]
        return [use for use in row if not use & _BOUNDED], [use ^ _BOUNDED for use in row if use & _BOUNDED]

    def _asked_for(self, words: list[int]) -> int:
        """How many uses these words have, each of which has several."""
        begins, uses = self._begins, self._uses
        count: i64 = 0
        for number in words[::3]:
            count += i64(uses[-1 - i64(begins[number])])
        return count

    def _by_bits(self, state: vec[u8], touched: vec[i64], often: list[int], text: str) -> int:
        """One bit for each topic that is met, where some words are asked for by many topics."""
        met = _columns(state, touched)
        places = zip(often[::3], often[1::3], often[2::3], strict=True)
        for number, bounded in {(number, at_boundaries(text, start, end)) for number, start, end in places}:
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


def with_another(before: object, which: i64, found: Found) -> object:
    """Words of a topic and another, unless it is one of them that stands here again."""
    words: list[i64] = before if isinstance(before, list) else [cast("i64", before)]
    number = found[3 * (which >> _PLACES) - 3]
    for each in words:
        if found[3 * (each >> _PLACES) - 3] == number and not (each ^ which) & GROUPS:
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


def _row_of(uses: Mapping[str, Sequence[int]], keys: Sequence[tuple[str, bool]]) -> list[i64]:
    """The uses of a word that has these keys, those at word boundaries only behind the others."""
    anywhere = [use for key, bounded in keys if not bounded for use in uses.get(key, ())]
    return [*anywhere, *[use | _BOUNDED for key, bounded in keys if bounded for use in uses.get(key, ())]]


def _bits(row: Sequence[int]) -> tuple[_Bits, _Bits]:
    """What a word sets anywhere, and what at word boundaries only."""
    anywhere = [use for use in row if not use & _BOUNDED]
    return _placed(anywhere), _placed([use ^ _BOUNDED for use in row if use & _BOUNDED])


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


def _columns(state: vec[u8], touched: vec[i64]) -> list[int]:
    """For each place of a bit the topics that have it."""
    by_state: dict[int, list[int]] = {}
    for number in touched:
        by_state.setdefault(state[number], []).append(number)
    met = [0] * (GROUPS + 1)
    for bits, numbers in by_state.items():
        topics = _bits_of(numbers)
        for place in range(GROUPS + 1):
            if bits >> place & 1:
                met[place] |= topics
    return met


def without(possible: Possible, numbers: Collection[int]) -> Possible:
    """``possible`` but for those ``numbers``."""
    if isinstance(possible, int):
        return possible & ~_bits_of(numbers)
    return vec[i64]([number for number in possible if number not in numbers])


def numbers_of(bits: int) -> Iterator[int]:
    """The places of the bits that are set, in order."""
    written = f"{bits:b}"[::-1]
    at = written.find("1")
    while at >= 0:
        yield at
        at = written.find("1", at + 1)
