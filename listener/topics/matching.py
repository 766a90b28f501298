"""Which topics a mention belongs to: one pass over its text for all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from listener.errors import BadInput, Mistake
from listener.language import chosen
from listener.model import Mention, TopicMatch
from listener.settings import TopicSettings
from listener.topics.compiling import EVERY, Compiled, compile_topic, triggers, words_of
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
        self._automaton = Automaton(self._vocabulary.words, self._vocabulary.literals, self._vocabulary.placed)
        self._always: list[int] = []
        self._triggered: dict[str, list[int]] = {}
        for number, topic in enumerate(self._topics):
            self._sort_in(number, triggers(topic.node))

    def _sort_in(self, number: int, keys: frozenset[str] | None) -> None:
        if keys is None:
            self._always.append(number)
        for key in keys or ():
            self._triggered.setdefault(key, []).append(number)

    def __len__(self) -> int:
        return len(self._topics)

    def match(self, mention: Mention) -> list[TopicMatch]:
        """The topics that the mention belongs to, in the order of the configuration; never raises."""
        scan = self._automaton.scan(mention)
        return [_match(topic, scan) for topic in self._likely(scan) if topic.node.holds(scan)]

    def _likely(self, scan: MentionScan) -> Iterable[Compiled]:
        """The topics of which a needed word occurs, and those that need none."""
        numbers = set(self._always)
        for key in scan.first:
            numbers.update(self._triggered.get(key, ()))
        return (self._topics[number] for number in sorted(numbers))

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


def _compiled(topic: TopicSettings, settings: Sequence[TopicSettings]) -> Compiled:
    try:
        return compile_topic(topic, settings)
    except WrongQuery as wrong:
        raise BadInput(Mistake("topics", wrong.what, wrong.mend, topic.name)) from None


def _match(topic: Compiled, scan: MentionScan) -> TopicMatch:
    hits = dict.fromkeys(topic.node.found(scan))
    words = tuple([(word, start, end) for word, start, end in hits if start >= 0])
    return TopicMatch(topic.name, words, reason(hits, words))


def reason(hits: Collection[Hit], words: Sequence[tuple[str, int, int]]) -> str:
    """Why a topic matched, in Chinese: the words that occur, and what else was asked and holds."""
    facts = [hit.word for hit in hits if hit.start < 0] if len(hits) > len(words) else []
    told = "、".join([f"「{word}」" for word, _, _ in words[:WORDS_TOLD]])
    if len(words) > WORDS_TOLD:
        told += f"等 {len(words)} 个词"
    if not facts:
        return f"出现{told}" if told else ""
    return "；".join(([f"出现{told}"] if told else []) + ([f"符合 {'、'.join(facts)}"] if facts else []))
