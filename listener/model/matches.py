"""A topic that a mention belongs to. Compiled with the topics: a mention may belong to hundreds."""

from __future__ import annotations

from typing import TypeAlias

from listener.machine import mypyc_attr

__all__ = ["ToldWord", "TopicMatch"]

ToldWord: TypeAlias = tuple[str, int, int]
"""A word as it is configured, its place in ``Mention.full_text``."""


@mypyc_attr(acyclic=True)
class TopicMatch:
    """A topic that a mention belongs to; ``words`` are (word, start, end) in ``Mention.full_text``. Not to be changed.

    Where topics are matched, words and reason are put together when they are read (``listener.topics.telling``).
    """

    def __init__(self, topic: str, words: tuple[ToldWord, ...] = (), reason: str = "") -> None:
        self.topic = topic
        self._words = words
        self._reason = reason

    @property
    def words(self) -> tuple[ToldWord, ...]:
        """What of the topic's words occurs, each at its first place."""
        return self._words

    @property
    def reason(self) -> str:
        """Why it matched, in Chinese."""
        return self._reason

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TopicMatch):
            return NotImplemented
        return self.topic == other.topic and self.words == other.words and self.reason == other.reason

    def __hash__(self) -> int:
        return hash((self.topic, self.words, self.reason))

    def __repr__(self) -> str:
        return f"TopicMatch(topic={self.topic!r}, words={self.words!r}, reason={self.reason!r})"
