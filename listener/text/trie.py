"""Many words looked for at once, by where they begin: two looks at a few bits tell of most places that none does.

An automaton goes through all bytes of a text, at each to another place of a memory that no cache holds; here that is
done only where a word's first two characters stand, in a double array. Compiled it takes two fifths of the automaton's
time for a short text. Words have to be short: what is looked at is the text's length times that of the longest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Final

from listener.machine import append, i32, i64, u8, vec
from listener.text.automaton import Automaton
from listener.text.sign import COMPILED, set_bit

__all__ = ["PlainTrie", "Trie", "trie_of"]

_CHARS: Final = 21
"""The bits of a code point."""
_NUMBERS: Final = 24
"""The bits of a word's number, from 1 on; 0 is none."""
_NUMBER: Final = (1 << _NUMBERS) - 1
_SINGLES: Final = 0xFFFF
_PAIRS: Final = (1 << 18) - 1
_TIMES: Final = 40_503
"""The bits of a pair are by this times the first character, and the second one."""
# A cell: where the cell of what was read before is, from 1 on; whether nothing comes behind, whether a word ends; and
# what is added to a character to have the cell of what is read with it. 0: it is free.
_BEFORE: Final = (1 << 30) - 1
_LAST: Final = 1 << 30
_ENDS: Final = 1 << 31
_BASE: Final = 32
_ROOT: Final = _BEFORE
"""In place of the cell before it: nothing was read."""
_LONGEST: Final = 64
"""Characters of the longest word of a trie; of an alias of 5,000 a text of 20,000 can make 100 million looks, 0.7 s."""
_ROOM: Final = 1000
"""Characters for whose words there is room beforehand."""
_TRIES: Final = 30
"""Where so many places were tried for several characters, the next are not tried there."""


class Trie:
    """Finds ``words``, none of them empty and none twice, by their numbers.

    Every occurrence, by where it begins, of those that begin together the shortest first; or, with ``longest``, none
    over another: of words that overlap the one that begins first, and of those the longest.

    J. Aoe: An efficient digital search algorithm by using a double-array structure, IEEE Transactions on Software
    Engineering 15 (1989), 1066-1077
    """

    def __init__(self, words: Sequence[str], *, longest: bool = False) -> None:
        self._longest = longest
        self._singles, self._pairs = vec[u8](bytes(_SINGLES // 8 + 1)), vec[u8](bytes(_PAIRS // 8 + 1))
        self._cells = vec[i64]()
        self._numbers = vec[i32]()  # of a cell the number of the word that ends there
        self._free: i64 = 0  # before it no cell is free
        self._sparse: i64 = 0  # before it there is hardly room for several
        self._root: i64 = 0
        self._lay(self._read(words))

    def _read(self, words: Sequence[str]) -> list[list[tuple[int, int, int]]]:
        """For each node what can be read next: the character, the node behind it (0: none), the number of the word that
        ends with it (0: none)."""
        steps: dict[int, int] = {}  # node and character → the node behind them, and the word that ends with it
        nodes: i64 = 1
        for number, word in enumerate(words, 1):
            first: i64 = ord(word[0])
            end: i64 = len(word) - 1
            if end:
                set_bit(self._pairs, (first * _TIMES ^ ord(word[1])) & _PAIRS)
            else:
                set_bit(self._singles, first & _SINGLES)
            node: i64 = 0
            at: i64 = 0
            while at < end:
                step: i64 = node << _CHARS | ord(word[at])
                known = steps.get(step, 0)
                node = known >> _NUMBERS
                if not node:
                    node = nodes
                    nodes += 1
                    steps[step] = node << _NUMBERS | known
                at += 1
            step = node << _CHARS | ord(word[end])
            steps[step] = steps.get(step, 0) | number
        following: list[list[tuple[int, int, int]]] = [[] for _ in range(nodes)]
        for step, known in steps.items():
            following[step >> _CHARS].append((step & (1 << _CHARS) - 1, known >> _NUMBERS, known & _NUMBER))
        return following

    def _lay(self, following: list[list[tuple[int, int, int]]]) -> None:
        """Give each step a cell; what can be read one after the other mostly lies side by side."""
        left: list[tuple[int, int]] = [(0, _ROOT)]
        while left:
            node, before = left.pop()
            steps = following[node]
            if not steps:
                continue
            base = self._room(sorted([point for point, _, _ in steps]))
            if node:
                self._cells[before - 1] |= base << _BASE
            else:
                self._root = base
            for point, behind, number in steps:
                at: i64 = base + point
                while len(self._cells) <= at:
                    self._cells, self._numbers = append(self._cells, 0), append(self._numbers, i32(0))
                self._cells[at] = before | (0 if behind else _LAST) | (_ENDS if number else 0)
                self._numbers[at] = i32(number)
                if behind:
                    left.append((behind, at + 1))

    def _room(self, points: list[int]) -> i64:
        """What added to each of ``points``, in order, gives a free cell."""
        cells = self._cells
        many: i64 = len(cells)
        first: i64 = points[0]
        several = len(points) > 1
        at = self._sparse if several else self._free
        tries: i64 = 0
        while True:
            while at < many and cells[at]:
                at += 1
            tries += 1
            for point in points:
                other: i64 = at + point - first
                if other < many and cells[other]:
                    break
            else:
                break
            at += 1
        if not several:
            self._free = at
        elif tries > _TRIES:
            self._sparse = at
        return at - first

    def find(self, text: str) -> vec[i64]:
        """Where the words stand in ``text``: three machine numbers for each place, which word, from where, to where."""
        singles, pairs, cells, longest = self._singles, self._pairs, self._cells, self._longest
        many: i64 = len(cells)
        size: i64 = len(text)
        found = vec[i64](capacity=2 * min(size, _ROOM) + 8)
        at: i64 = -1
        behind: i64 = 0  # where to go on
        coming: i64 = ord(text[0]) if size else 0
        while behind < size:
            point: i64 = coming if behind == at + 1 else ord(text[behind])
            at = behind
            end: i64 = at
            behind += 1
            if behind < size:
                coming = ord(text[behind])
                bit: i64 = (point * _TIMES ^ coming) & _PAIRS
                begins: i64 = i64(pairs[bit >> 3]) >> (bit & 7) & 1
            else:
                begins = 0
            if not begins and not i64(singles[(point & _SINGLES) >> 3]) >> (point & 7) & 1:
                continue
            number: i64 = 0
            base = self._root
            before: i64 = _ROOT
            while True:
                place = base + point
                if place < 0 or place >= many:
                    break
                cell = cells[place]
                if cell & _BEFORE != before:
                    break
                end += 1
                if cell & _ENDS:
                    number = i64(self._numbers[place])
                    if longest:
                        behind = end
                    else:
                        found = append(append(append(found, number - 1), at), end)
                if cell & _LAST or end == size:
                    break
                base, before, point = cell >> _BASE, place + 1, ord(text[end])
            if longest and number:
                found = append(append(append(found, number - 1), at), behind)
        return found


class PlainTrie(Trie):
    """The same where nothing is compiled, or a word is long: there the automaton takes less time."""

    def __init__(self, words: Sequence[str], *, longest: bool = False) -> None:
        self._automaton = Automaton(words, longest=longest)

    def find(self, text: str) -> vec[i64]:
        """What ``Trie`` finds."""
        found = self._automaton.find(text)
        if len(found) > 1:
            found.sort(key=_beginning)
        return vec[i64](chain.from_iterable(found))


_beginning: Final = itemgetter(1)  # those that begin together stand by their ends already


def trie_of(words: Sequence[str], *, longest: bool = False) -> Trie:
    """The one that takes the less time."""
    short = max(map(len, words), default=0) <= _LONGEST
    return (Trie if COMPILED and short else PlainTrie)(words, longest=longest)
