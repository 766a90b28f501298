"""What is told of the topics that a mention belongs to: their words where they stand, and the reason.

Most topics ask for words of lists alone. What such topics have in a text is gathered for all of them together, word by
word, so that many matches cost little more than their words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

from listener.model import TopicMatch
from listener.topics.compiling import Compiled
from listener.topics.folding import LATIN, at_boundaries
from listener.topics.scan import Automaton, MentionScan

__all__ = ["WORDS_TOLD", "Teller", "reason"]

WORDS_TOLD: Final = 8
"""Words that a reason names; ``TopicMatch.words`` has them all."""

_Told: TypeAlias = tuple[str, int, int]
"""A word as it is configured, its place in the original text."""
_Has: TypeAlias = Any
"""(number of the list, start, end in the folded text, the word as told, that alone in a tuple, the reason if it is the
only one). Made once for all topics that have the word; compiled, a tuple of known types would be copied for each."""

# A use of a word, in four bytes: number of the list, number of the topic above it, "written otherwise than it is
# looked for", "only at word boundaries"; and the end of a word's.
_LISTS: Final = 64
_OTHERWISE: Final = 1 << 30
_BOUNDED: Final = 1 << 29
_END: Final = 0xFFFFFFFF
# What a topic of lists has before anything was found
_NOTHING: Final[list[_Has]] = []

# A NamedTuple's own __new__ is Python code.
_match: Final[Callable[[tuple[str, tuple[_Told, ...], str]], TopicMatch]] = partial(tuple.__new__, TopicMatch)


class Teller:
    """Makes the matches of some topics, whose words ``automaton`` finds."""

    def __init__(self, topics: Sequence[Compiled], automaton: Automaton) -> None:
        self._topics = list(topics)
        self._listed = [topic.lists is not None and len(topic.lists) <= _LISTS for topic in topics]
        self._names = [topic.name for topic in topics]
        self._sharing = [_shares(topic.lists or ()) for topic in topics]
        self._texts = automaton.texts
        self._written: dict[tuple[int, int], str] = {}  # by use and number of the word, where it is another
        uses: dict[str, list[int]] = {}
        for number, topic in enumerate(topics):
            for which, written in enumerate((topic.lists or ()) if self._listed[number] else ()):
                for key in written:
                    uses.setdefault(key, []).append(number * _LISTS | which)
        self._begins, self._uses = self._table(uses)

    def _table(self, uses: Mapping[str, Sequence[int]]) -> tuple[bytes, bytes]:
        """(where the uses of each word begin, in four bytes; the uses)."""
        begins, row = bytearray(), bytearray()
        for number, text in enumerate(self._texts):
            begins += len(row).to_bytes(4, "little")
            bounded = _BOUNDED if text[0] in LATIN or text[-1] in LATIN else 0
            for use in uses.get(text, ()):
                written = (self._topics[use // _LISTS].lists or ())[use % _LISTS][text]
                if written != text:
                    self._written[use, number] = written
                row += (use | bounded | (_OTHERWISE if written != text else 0)).to_bytes(4, "little")
            row += _END.to_bytes(4, "little")
        return bytes(begins), bytes(row)

    def tell(self, numbers: list[int], scan: MentionScan) -> list[TopicMatch]:
        """The match of each topic, by their ``numbers`` in ascending order."""
        rows: list[Any] = [None] * len(self._topics)  # of a topic that is told one word that it has, or a list of them
        for number in numbers:
            if self._listed[number]:
                rows[number] = _NOTHING
        self._gather(rows, scan)
        told: list[TopicMatch] = []
        for number in numbers:
            row = rows[number]
            if row is None:
                told.append(_asked(self._topics[number], scan))
            elif isinstance(row, tuple):
                told.append(_match((self._names[number], row[4], row[5])))
            else:
                told.append(self._listing(number, row))
        return told

    def _gather(self, rows: list[Any], scan: MentionScan) -> None:
        """Add each word that occurs, at its first place, to the topics that have a row."""
        text, begins, uses = scan.text, self._begins, self._uses
        seen: set[int] = set()
        for number, start, end in scan.found():
            at = number << 2
            at = begins[at] | begins[at + 1] << 8 | begins[at + 2] << 16 | begins[at + 3] << 24
            use = uses[at] | uses[at + 1] << 8 | uses[at + 2] << 16 | uses[at + 3] << 24
            if use == _END or number in seen or (use & _BOUNDED and not at_boundaries(text, start, end)):
                continue
            seen.add(number)
            has: _Has = None
            which = -1
            while use != _END:
                topic = (use & _BOUNDED - 1) // _LISTS
                row = rows[topic]
                if row is not None:
                    if use & _OTHERWISE:
                        written, which = self._written[use & _BOUNDED - 1, number], -1
                        has = _has(use & _LISTS - 1, start, end, written, scan)
                    elif which != use & _LISTS - 1:
                        which = use & _LISTS - 1
                        has = _has(which, start, end, self._texts[number], scan)
                    if row is _NOTHING:
                        rows[topic] = has
                    elif isinstance(row, list):
                        row.append(has)
                    else:
                        rows[topic] = [row, has]
                at += 4
                use = uses[at] | uses[at + 1] << 8 | uses[at + 2] << 16 | uses[at + 3] << 24

    def _listing(self, number: int, row: list[_Has]) -> TopicMatch:
        """The match of a topic of lists that has several words, or none: list by list, in the order of the text."""
        row = sorted(row)
        words: tuple[_Told, ...] = tuple([has[3] for has in row])
        if self._sharing[number]:
            words = tuple(dict.fromkeys(words))
        return _match((self._names[number], words, _occurring(words)))


def _has(which: int, start: int, end: int, written: str, scan: MentionScan) -> _Has:
    """A word of list ``which`` that occurs."""
    told = (written, start, end) if scan.unmoved else (written, *scan.original((start, end)))
    return which, start, end, told, (told,), f"出现「{written}」"


def _shares(lists: Sequence[Mapping[str, str]]) -> bool:
    """Whether a word stands in several of ``lists``."""
    return len(set().union(*lists)) < sum(map(len, lists))


def _asked(topic: Compiled, scan: MentionScan) -> TopicMatch:
    """The match of any other topic."""
    hits = dict.fromkeys(topic.node.found(scan))
    words = tuple([(word, start, end) for word, start, end in hits if start >= 0])
    return _match((topic.name, words, reason(hits, words)))


def reason(hits: Collection[_Told], words: Sequence[_Told]) -> str:
    """Why a topic matched, in Chinese: the words that occur, and what else was asked and holds."""
    facts = [word for word, start, _ in hits if start < 0] if len(hits) > len(words) else []
    told = _occurring(words)
    if not facts:
        return told
    return "；".join(([told] if told else []) + [f"符合 {'、'.join(facts)}"])


def _occurring(words: Sequence[_Told]) -> str:
    if not words:
        return ""
    told = "」、「".join([word[0] for word in words[:WORDS_TOLD]])
    return f"出现「{told}」等 {len(words)} 个词" if len(words) > WORDS_TOLD else f"出现「{told}」"
