"""Many words looked for at once, by where they begin: two looks at a few bits tell of most places that none does.

An automaton goes through all bytes of a text, at each to another place of a memory that no cache holds; here that is
done only where a word's first two characters stand. Compiled it takes a quarter of the automaton's time for a short
text. Words should be short: what is looked at is the text's length times that of the longest at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import itemgetter
from typing import Final

from listener.machine import append, i64, u8, vec
from listener.text.automaton import Automaton
from listener.text.sign import COMPILED, set_bit

__all__ = ["PlainTrie", "Trie", "trie_of"]

_CHARS: Final = 21
"""The bits of a code point."""
_NUMBERS: Final = 24
"""The bits of a word's number, from 1 on; 0 is none."""
_NUMBER: Final = (1 << _NUMBERS) - 1
_FIRST_NODE: Final = 1 << _CHARS
"""A node is what has been read: of one character its code point and 1, of more a number of its own from here on."""
_NOTHING: Final = -1
_ROOM: Final = 2
_SINGLES: Final = 0xFFFF
_PAIRS: Final = (1 << 18) - 1
_TIMES: Final = 40_503
"""The bits of a pair are by this times the first character, and the second one."""


class Trie:
    """Finds ``words``, none of them empty and none twice, by their numbers.

    Every occurrence, by where it begins, of those that begin together the shortest first; or, with ``longest``, none
    over another: of words that overlap the one that begins first, and of those the longest.
    """

    def __init__(self, words: Sequence[str], *, longest: bool = False) -> None:
        self._longest = longest
        steps: dict[int, int] = {}  # node and character → the node behind them, and the word that ends with it
        nodes: i64 = _FIRST_NODE
        self._singles, self._pairs = vec[u8](bytes(_SINGLES // 8 + 1)), vec[u8](bytes(_PAIRS // 8 + 1))
        for number, word in enumerate(words, 1):
            first: i64 = ord(word[0])
            end: i64 = len(word) - 1
            if not end:
                set_bit(self._singles, first & _SINGLES)
                steps[first] = number
                continue
            set_bit(self._pairs, (first * _TIMES ^ ord(word[1])) & _PAIRS)
            node: i64 = first + 1
            at: i64 = 1
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
        size = 8
        while size < len(steps) * _ROOM:
            size *= 2
        self._last: i64 = size - 1
        self._steps = vec[i64]([_NOTHING] * (2 * size))  # a step, and what it leads to
        for step, known in steps.items():
            place = self._place(step)
            self._steps[place] = step
            self._steps[place + 1] = known

    def find(self, text: str) -> vec[i64]:
        """Where the words stand in ``text``: three machine numbers for each place, which word, from where, to where."""
        found = vec[i64]()
        singles, pairs, steps, longest = self._singles, self._pairs, self._steps, self._longest
        size: i64 = len(text)
        at: i64 = 0
        while at < size:
            first: i64 = ord(text[at])
            end: i64 = at + 1
            behind: i64 = at + 1  # where to go on
            number: i64 = 0
            if i64(singles[(first & _SINGLES) >> 3]) >> (first & 7) & 1:
                place = self._place(first)
                if steps[place] == first:
                    number = steps[place + 1] & _NUMBER
                    if not longest:
                        found = append(append(append(found, number - 1), at), end)
            if end < size:
                node: i64 = first + 1
                point: i64 = ord(text[end])
                bit: i64 = (first * _TIMES ^ point) & _PAIRS
                if i64(pairs[bit >> 3]) >> (bit & 7) & 1:
                    while True:
                        step: i64 = node << _CHARS | point
                        place = self._place(step)
                        if steps[place] != step:
                            break
                        end += 1
                        value = steps[place + 1]
                        if value & _NUMBER:
                            number, behind = value & _NUMBER, end
                            if not longest:
                                found = append(append(append(found, number - 1), at), end)
                        node = value >> _NUMBERS
                        if not node or end == size:
                            break
                        point = ord(text[end])
            if longest and number:
                found = append(append(append(found, number - 1), at), behind)
                at = behind
            else:
                at += 1
        return found

    def _place(self, step: i64) -> i64:
        """Where a step stands, or could stand."""
        steps, last = self._steps, self._last
        at: i64 = (step ^ (step >> 17) ^ (step >> 31)) & last
        while steps[2 * at] != step and steps[2 * at] != _NOTHING:
            at = (at + 1) & last
        return 2 * at


class PlainTrie(Trie):
    """The same where nothing is compiled: there the automaton, which is, takes less time."""

    def __init__(self, words: Sequence[str], *, longest: bool = False) -> None:
        self._automaton = Automaton(words, longest=longest)

    def find(self, text: str) -> vec[i64]:
        """What ``Trie`` finds."""
        found = self._automaton.find(text)
        return vec[i64]([number for place in sorted(found, key=_by_beginning) for number in place])


_by_beginning: Final = itemgetter(1, 2)


def trie_of(words: Sequence[str], *, longest: bool = False) -> Trie:
    """The one that takes the less time."""
    return (Trie if COMPILED else PlainTrie)(words, longest=longest)
