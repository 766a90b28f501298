"""What is told of the topics that a mention belongs to: their words where they stand, and the reason.

Nothing is put together of a topic before it is read. Most topics ask for words of lists alone: which of them occur is
worked out for all topics of the mention together, once, from the words of the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from listener.machine import i64, mypyc_attr, vec
from listener.model.matches import ToldWord, TopicMatch
from listener.topics.board import GROUPS, Board
from listener.topics.compiling import Compiled
from listener.topics.scan import Automaton, MentionScan

if TYPE_CHECKING:
    from listener.topics.scan import Found

__all__ = ["WORDS_TOLD", "MatchedWords", "Teller", "reason"]

# A word in the order of telling: its list, above where it begins, above its number among those found.
_LIST: Final = 56
_START: Final = 28
_WHICH: Final = (1 << _START) - 1
WORDS_TOLD: Final = 8
"""Words that a reason names; ``TopicMatch.words`` has them all."""


class Teller:
    """Makes the matches of some topics, whose words ``automaton`` finds and ``board`` sorts."""

    def __init__(self, topics: Sequence[Compiled], automaton: Automaton, board: Board) -> None:
        self.topics = list(topics)
        self.names = [topic.name for topic in topics]
        lists = [topic.lists for topic in topics]
        self.listed = bytes([each is not None and len(each) <= GROUPS for each in lists])
        self.shared = bytes([_shared(each or ()) for each in lists])
        self.board = board
        self.texts = automaton.texts
        number_of = {text: number for number, text in enumerate(self.texts)}
        self.written = [_written(each or (), number_of) for each in lists]


def _shared(lists: Sequence[Mapping[str, str]]) -> bool:
    """Whether a word stands in several lists."""
    return len(set().union(*lists)) < sum(map(len, lists))


def _written(lists: Sequence[Mapping[str, str]], number_of: Mapping[str, int]) -> dict[int, str] | None:
    """The words that are written otherwise than they are looked for, by their numbers; None for none."""
    return {number_of[key]: word for each in lists for key, word in each.items() if key != word} or None


class MatchedWords:
    """What one text has of the topics that it belongs to."""

    def __init__(self, teller: Teller, scan: MentionScan) -> None:
        self._teller = teller
        self._scan = scan
        self._numbers: list[int] = []
        self._found: Found = vec[i64]()
        self._rows: list[object] | None = None  # for each topic what ``Board.words_of`` tells of it

    def matches(self, numbers: list[int]) -> list[TopicMatch]:
        """A match for each topic of ``numbers``; asked for once."""
        names = self._teller.names
        self._numbers = numbers
        return [_Later(names[number], self, place) for place, number in enumerate(numbers)]

    def told(self, place: int) -> tuple[tuple[ToldWord, ...], str]:
        """(words, reason) of a match; of a topic of lists, whose words tell it, no reason."""
        number = self._numbers[place]
        if not self._teller.listed[number]:
            return self._asked(number)
        if self._rows is None:
            self._found = self._scan.found()
            self._rows = self._teller.board.words_of(self._numbers, self._found, self._scan.text)
        row = self._rows[place]
        if isinstance(row, list):
            return self._several(number, row), ""
        assert isinstance(row, int)
        if not row:
            return (), ""
        if self._teller.shared[number]:
            return self._several(number, [row]), ""
        return (self._one(number, row >> 3),), ""

    def _one(self, number: int, which: int) -> ToldWord:
        at = 3 * which - 3
        key = self._found[at]
        word = self._teller.texts[key]
        if (written := self._teller.written[number]) is not None:
            word = written.get(key, word)
        first, last = self._scan.original((self._found[at + 1], self._found[at + 2]))
        return word, first, last

    def _several(self, number: int, row: list[int]) -> tuple[ToldWord, ...]:
        """List by list, in the order of the text: of words that begin together the shorter was found first."""
        order: list[i64] = []
        for each in row:
            start = self._found[3 * (each >> 3) - 2]
            order.append((each & GROUPS) << _LIST | start << _START | each >> 3)
        order.sort()
        if self._teller.shared[number]:
            return self._listed(number, sorted({each & (1 << _LIST) - 1 for each in order}))
        return tuple([self._one(number, int(each & _WHICH)) for each in order])

    def _listed(self, number: int, order: Sequence[int]) -> tuple[ToldWord, ...]:
        """The same where a word stands in several lists: as each of them writes it, but once where they do alike."""
        words: dict[ToldWord, None] = {}
        for each in self._teller.topics[number].lists or ():
            for place in order:
                at = 3 * (place & _WHICH) - 3
                if (key := self._teller.texts[self._found[at]]) in each:
                    first, last = self._scan.original((self._found[at + 1], self._found[at + 2]))
                    words[each[key], first, last] = None
        return tuple(words)

    def _asked(self, number: int) -> tuple[tuple[ToldWord, ...], str]:
        """Of a topic that asks for more than words of lists."""
        hits = dict.fromkeys(self._teller.topics[number].node.found(self._scan))
        words = tuple([(word, start, end) for word, start, end in hits if start >= 0])
        return words, reason(hits, words)


@mypyc_attr(acyclic=True)
class _Later(TopicMatch):
    """A match whose words and reason are put together when they are read."""

    def __init__(self, topic: str, telling: MatchedWords, place: int) -> None:
        self.topic = topic
        self._words = ()
        self._reason = ""
        self._telling: MatchedWords | None = telling
        self._place = place

    @property
    def words(self) -> tuple[ToldWord, ...]:
        if self._telling is not None:
            self._words, self._reason = self._telling.told(self._place)
            self._telling = None
        return self._words

    @property
    def reason(self) -> str:
        words = self.words
        return self._reason or _occurring(words)


def reason(hits: Collection[ToldWord], words: Sequence[ToldWord]) -> str:
    """Why a topic matched, in Chinese: the words that occur, and what else was asked and holds."""
    facts = [word for word, start, _ in hits if start < 0] if len(hits) > len(words) else []
    told = _occurring(words)
    if not facts:
        return told
    return "；".join(([told] if told else []) + [f"符合 {'、'.join(facts)}"])


def _occurring(words: Sequence[ToldWord]) -> str:
    if not words:
        return ""
    told = "」、「".join([word[0] for word in words[:WORDS_TOLD]])
    return f"出现「{told}」等 {len(words)} 个词" if len(words) > WORDS_TOLD else f"出现「{told}」"
