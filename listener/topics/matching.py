"""Which topics a mention belongs to: one pass over its text for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
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

__all__ = ["Topics", "text_only"]

WORDS_TOLD = 8
"""Words that a reason names; ``TopicMatch.words`` has them all."""


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

    def __len__(self) -> int:
        return len(self._topics)

    def match(self, mention: Mention) -> Sequence[TopicMatch]:
        """The topics that the mention belongs to, in the order of the configuration; never raises."""
        scan = self._automaton.scan(mention)
        met = self._automaton.mark(scan, self._board.fresh())
        found = [self._surely(number, *bits, scan) for number, bits in enumerate(self._board.possible(met))]
        return _Matches(self._topics, found, scan) if any(found) else []

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

    def __init__(self, topics: Sequence[Compiled], blocks: Sequence[int], scan: MentionScan) -> None:
        self._topics, self._blocks = topics, blocks
        self._scan: MentionScan | None = scan
        self._made: list[TopicMatch] = []

    def _all(self) -> list[TopicMatch]:
        if self._scan is not None:
            self._made = [_match(self._topics[number], self._scan) for number in numbers_of(self._blocks)]
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


def _match(topic: Compiled, scan: MentionScan) -> TopicMatch:
    if topic.lists is not None:
        return _listed(topic.name, topic.lists, scan)
    hits = dict.fromkeys(topic.node.found(scan))
    words = tuple([(word, start, end) for word, start, end in hits if start >= 0])
    return TopicMatch(topic.name, words, reason(hits, words))


def _listed(name: str, lists: Sequence[Mapping[str, str]], scan: MentionScan) -> TopicMatch:
    """What ``node.found`` would tell of a topic of word lists, without asking every word."""
    first, original = scan.first, scan.original
    words: list[tuple[str, int, int]] = []
    for written in lists:
        shared = list(written.keys() & first.keys())
        if len(shared) > 1:
            shared.sort(key=first.__getitem__)
        words += [(written[key], *original(first[key])) for key in shared]
    different = tuple(dict.fromkeys(words) if len(words) > 1 else words)
    return TopicMatch(name, different, reason(different, different))


def reason(hits: Collection[tuple[str, int, int]], words: Sequence[tuple[str, int, int]]) -> str:
    """Why a topic matched, in Chinese: the words that occur, and what else was asked and holds."""
    facts = [word for word, start, _ in hits if start < 0] if len(hits) > len(words) else []
    told = "、".join([f"「{word}」" for word, _, _ in words[:WORDS_TOLD]])
    if len(words) > WORDS_TOLD:
        told += f"等 {len(words)} 个词"
    if not facts:
        return f"出现{told}" if told else ""
    return "；".join(([f"出现{told}"] if told else []) + ([f"符合 {'、'.join(facts)}"] if facts else []))
