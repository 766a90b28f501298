"""Which topics a mention belongs to: one pass over its text for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import overload

from listener.errors import BadInput, Mistake
from listener.language import chosen
from listener.model import Mention, TopicMatch
from listener.settings import TopicSettings
from listener.text.sign import COMPILED
from listener.topics.board import Board, Possible, numbers_of, without
from listener.topics.compiling import EVERY, Compiled, asked, compile_topic, words_of
from listener.topics.explaining import explained
from listener.topics.grammar import WrongQuery
from listener.topics.nodes import Hit, Word, leaves
from listener.topics.plain import PlainBoard
from listener.topics.scan import Automaton
from listener.topics.telling import MatchedWords, Teller

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
        words = self._vocabulary
        self._automaton = Automaton(words.words, words.literals, words.placed)
        board = Board if COMPILED else PlainBoard
        self._board: Board = board([asked(topic.node) for topic in self._topics], self._automaton.keys())
        self._teller = Teller(self._topics, self._automaton, self._board)

    def __len__(self) -> int:
        return len(self._topics)

    def match(self, mention: Mention) -> Sequence[TopicMatch]:
        """The topics that the mention belongs to, in the order of the configuration; never raises."""
        scan = self._automaton.scan(mention)
        possible = self._board.possible(scan.found(), scan.text)
        if not possible:
            return []
        if doubtful := self._board.doubtful(possible):
            possible = without(possible, {n for n in doubtful if not self._topics[n].node.holds(scan)})
        return _Matches(MatchedWords(self._teller, scan), possible) if possible else []

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
    """Matches that are put together when the first of them is read."""

    def __init__(self, telling: MatchedWords, possible: Possible) -> None:
        self._telling = telling
        self._possible: Possible | None = possible
        self._made: list[TopicMatch] = []

    def _all(self) -> list[TopicMatch]:
        possible = self._possible
        if possible is not None:
            numbers = list(numbers_of(possible)) if isinstance(possible, int) else sorted(possible)
            self._made = self._telling.matches(numbers)
            self._possible = None
        return self._made

    def __len__(self) -> int:
        possible = self._possible
        if possible is None:
            return len(self._made)
        return possible.bit_count() if isinstance(possible, int) else len(possible)

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
