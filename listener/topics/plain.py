"""The board as Python runs it where nothing is compiled: there reading numbers out of bytes would be the dearest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from listener.machine import i64, vec
from listener.topics.board import LOOKED_AT, Board, Possible, Uses, with_another
from listener.topics.folding import at_boundaries

if TYPE_CHECKING:
    from listener.topics.scan import Found

__all__ = ["PlainBoard"]


class PlainBoard(Board):
    """A board that keeps what it has read of a word's uses."""

    def possible(self, found: Found, text: str) -> Possible:
        state: dict[int, int] = {}
        get, rows = state.get, self.rows
        asked_for = 0
        for number, start, end in zip(found[::3], found[1::3], found[2::3], strict=True):
            anywhere, bounded = rows.get(number) or self._row(number)
            asked_for += len(anywhere) + len(bounded)
            if asked_for > LOOKED_AT:
                return super().possible(found, text)
            for topic, _, bit in anywhere:
                state[topic] = get(topic, 0) | bit
            if bounded and at_boundaries(text, start, end):
                for topic, _, bit in bounded:
                    state[topic] = get(topic, 0) | bit
        needs = self.needs
        met = [topic for topic, bits in state.items() if bits == needs[topic]]
        return vec[i64](met + [topic for topic in self.always if topic not in state])

    def words_of(self, topics: list[int], found: Found, text: str) -> list[object]:
        wanted = {topic: row for row, topic in enumerate(topics)}
        told: list[object] = [0] * len(topics)
        get, rows = wanted.get, self.rows
        for count, (number, start, end) in enumerate(zip(found[::3], found[1::3], found[2::3], strict=True), 1):
            anywhere, bounded = rows.get(number) or self._row(number)
            uses = anywhere + bounded if bounded and at_boundaries(text, start, end) else anywhere
            for topic, place, _ in uses:
                if (row := get(topic)) is not None:
                    which = count << 3 | place
                    told[row] = with_another(told[row], which, found) if told[row] else which
        return told

    def _row(self, number: int) -> tuple[Uses, Uses]:
        anywhere, bounded = self.uses_of(number)
        row = self.rows[number] = _read(anywhere), _read(bounded)
        return row


def _read(uses: list[int]) -> Uses:
    return tuple([(use >> 3, use & 7, 1 << (use & 7)) for use in uses])
