"""Which topics a mention belongs to: one pass over its text for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import overload

from listener.errors import BadInput, Mistake
from listener.language import chosen
from listener.model import Mention, TopicMatch
from listener.settings import TopicSettings
from listener.topics.board import BLOCK, Board, numbers_of
from listener.topics.compiling import EVERY, Compiled, asked, compile_topic, words_of
from listener.topics.explaining import explained
from listener.topics.grammar import WrongQuery
from listener.topics.nodes import Hit, Word, leaves
from listener.topics.scan import Automaton, MentionScan
from listener.topics.telling import Teller

__all__ = ["Topics", "text_only"]


def text_only(text: str) -> Mention:
    """A mention of which nothing but the text is known, to try topics on."""
    never = datetime(1970, 1, 1, tzinfo=UTC)
    return Mention(raw_id=0, source="", platform="", site="", native_id="", url="", captured_at=never, text=text)


class Topics:
    """All topics of the installation, compiled once; ``BadInput`` where one is wrong (``check`` tells of all)."""

    def __init__(self, settings: Sequence[TopicSettings]) -> None:
        self._topics = [_compiled(topic, settings) for topic in settings if topic.name != EVERY]
        self._vocabulary = words_of(topic.node for topic in self._topics)
        self._board = Board([asked(topic.node) for topic in self._topics])
        words = self._vocabulary
        self._automaton = Automaton(words.words, words.literals, words.placed, self._board.marks)
        self._teller = Teller(self._topics, self._automaton)

    def __len__(self) -> int:
        return len(self._topics)

    def match(self, mention: Mention) -> Sequence[TopicMatch]:
        """The topics that the mention belongs to, in the order of the configuration; never raises."""
        scan = self._automaton.scan(mention)
        met = self._automaton.mark(scan, self._board.fresh())
        found = [self._surely(number, *bits, scan) for number, bits in enumerate(self._board.possible(met))]
        return _Matches(self._teller, found, scan) if any(found) else []

    def _surely(self, block: int, matched: int, doubtful: int, scan: MentionScan) -> int:
        """The bits of a block, without the topics whose trees do not hold."""
        for at in numbers_of([doubtful]) if doubtful else ():
            if not self._topics[block * BLOCK + at].node.holds(scan):
                matched ^= 1 << at
        return matched

    @property
    def words(self) -> tuple[str, ...]:
        """Every word that a topic asks for, as configured; the segmenter should know them."""
        found = (leaf.text for topic in self._topics for leaf in leaves(topic.node) if isinstance(leaf, Word))
        return tuple(dict.fromkeys(found))

    def hits(self, text: str) -> list[Hit]:
        """Each configured word that occurs in ``text``, those that exclude among them, at its first place."""
        scan = self._automaton.scan(text_only(text))
        words = [key for key in scan.first if key in self._vocabulary.words]
        return [Hit(key, *scan.original(scan.first[key])) for key in words]

    def explain(self, what: str | Mention, lang: str = "") -> str:
        """For each topic whether it matches a text or a mention, and why or why not, as a tree of conditions."""
        mention = text_only(what) if isinstance(what, str) else what
        scan = self._automaton.scan(mention)
        return "\n".join(line for topic in self._topics for line in explained(topic, scan, lang or chosen()))


class _Matches(Sequence[TopicMatch]):
    """Matches whose words and reasons are put together when the first of them is read."""

    def __init__(self, teller: Teller, blocks: Sequence[int], scan: MentionScan) -> None:
        self._teller, self._blocks = teller, blocks
        self._scan: MentionScan | None = scan
        self._made: list[TopicMatch] = []

    def _all(self) -> list[TopicMatch]:
        if self._scan is not None:
            self._made = self._teller.tell(list(numbers_of(self._blocks)), self._scan)
            self._scan = None
        return self._made

    def __len__(self) -> int:
        return sum(map(int.bit_count, self._blocks))

    @overload
    def __getitem__(self, at: int) -> TopicMatch: ...
    @overload
    def __getitem__(self, at: slice) -> list[TopicMatch]: ...
    def __getitem__(self, at: int | slice) -> TopicMatch | list[TopicMatch]:
        return self._all()[at]

    def __iter__(self) -> Iterator[TopicMatch]:
        return iter(self._all())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._all() == list(other)

    def __hash__(self) -> int:
        return hash(tuple(self._all()))

    def __repr__(self) -> str:
        return repr(self._all())


def _compiled(topic: TopicSettings, settings: Sequence[TopicSettings]) -> Compiled:
    try:
        return compile_topic(topic, settings)
    except WrongQuery as wrong:
        raise BadInput(Mistake("topics", wrong.what, wrong.mend, topic.name)) from None
