"""Topics: which of the watched subjects a mention belongs to, and which words say so. Pure.

A topic matches where any of ``any`` occurs, every word of ``must``, and none of ``exclude``. Matching is blind to
case, width and traditional characters; Latin words match at word boundaries. One automaton holds all topics' words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

from listener.errors import Mistake
from listener.language import say
from listener.model import Mention, TopicMatch
from listener.settings import TopicSettings
from listener.text.normalise import Normalised, normalise


@dataclass(frozen=True, slots=True)
class Hit:
    """A word found: as configured, and its place in the original text."""

    word: str
    start: int
    end: int


class Topics:
    """All topics of the installation, compiled once."""

    def __init__(self, settings: Sequence[TopicSettings]) -> None:
        self._settings = tuple(settings)
        self._automaton = ahocorasick.Automaton()
        words = {word for topic in settings for word in (*topic.any, *topic.must, *topic.exclude)}
        for word in words:
            folded = _fold(normalise(word))
            if folded:
                _, known = self._automaton.get(folded, (0, ()))
                self._automaton.add_word(folded, (len(folded), (*known, word)))
        self._automaton.make_automaton()

    def __len__(self) -> int:
        return len(self._settings)

    def match(self, mention: Mention) -> list[TopicMatch]:
        """The topics that the mention belongs to, in the order of the configuration."""
        hits = self.hits(mention.full_text)
        return [match for topic in self._settings if (match := _match(topic, hits)) is not None]

    def hits(self, text: str) -> dict[str, Hit]:
        """Each configured word that occurs, with the place of its first occurrence."""
        if not len(self._automaton):
            return {}
        normal = normalise(text)
        found: dict[str, Hit] = {}
        for word, start, end in self._occurrences(normal):
            found.setdefault(word, Hit(word, *normal.span(start, end)))
        return found

    def _occurrences(self, normal: Normalised) -> Iterator[tuple[str, int, int]]:
        folded = _fold(normal)
        for last, (length, words) in self._automaton.iter(folded):
            start = last + 1 - length
            if _at_boundaries(folded, start, last + 1):
                yield from ((word, start, last + 1) for word in words)

    def explain(self, text: str, lang: str = "zh") -> str:
        """For each topic whether it matches ``text``, and why or why not."""
        hits = self.hits(text)
        return "\n".join(_explain(topic, hits) for topic in self._settings)


def _fold(normal: Normalised) -> str:
    """The text without regard to case, as long as it was: a letter that folds to two would shift all behind it."""
    folded = normal.text.casefold()
    if len(folded) == len(normal.text):
        return folded
    return "".join(c.casefold() if len(c.casefold()) == 1 else c for c in normal.text)


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()


def _at_boundaries(text: str, start: int, end: int) -> bool:
    """A word that begins or ends with a Latin letter or digit is not part of a longer one."""
    before = start > 0 and _latin(text[start]) and _latin(text[start - 1])
    after = end < len(text) and _latin(text[end - 1]) and _latin(text[end])
    return not before and not after


def _match(topic: TopicSettings, hits: dict[str, Hit]) -> TopicMatch | None:
    found = [hits[word] for word in topic.any if word in hits]
    needed = [hits[word] for word in topic.must if word in hits]
    if (topic.any and not found) or len(needed) < len(topic.must) or any(word in hits for word in topic.exclude):
        return None
    words = tuple((hit.word, hit.start, hit.end) for hit in (*found, *needed))
    return TopicMatch(topic.name, words, "出现" + "、".join(f"「{hit.word}」" for hit in (*found, *needed)))


def _explain(topic: TopicSettings, hits: dict[str, Hit]) -> str:
    match = _match(topic, hits)
    if match is not None:
        return f"✓ {topic.name}: {match.reason}"
    excluded = [word for word in topic.exclude if word in hits]
    missing = [word for word in topic.must if word not in hits]
    if excluded:
        why = say("出现排除词", "holds excluded words") + " " + "、".join(excluded)
    elif missing:
        why = say("缺少必须的词", "lacks") + " " + "、".join(missing)
    else:
        why = say("没有出现任何监测词", "holds none of its words")
    return f"✗ {topic.name}: {why}"


def check(topics: Sequence[TopicSettings]) -> list[Mistake]:
    """Topics that can never match, or that match everything, and words that are empty."""
    mistakes = []
    for topic in topics:
        if not topic.any and not topic.must:
            what = say("没有任何监测词，会命中一切", "has no words and would match everything")
            mistakes.append(Mistake("topics", what, say("添加 any 或 must", "add any or must"), topic.name))
        if not all(normalise(word).text for word in (*topic.any, *topic.must, *topic.exclude)):
            what = say("有空的词", "has an empty word")
            mistakes.append(Mistake("topics", what, say("删除空的词", "remove it"), topic.name))
        if _hopeless(topic):
            what = say("排除了自己的监测词，永远不会命中", "excludes its own words and can never match")
            mistakes.append(Mistake("topics", what, say("修改 exclude", "mend exclude"), topic.name))
    return mistakes


def _hopeless(topic: TopicSettings) -> bool:
    """True where a word of ``must``, or each of ``any``, holds an excluded one."""
    excluded = Topics([TopicSettings(name=topic.name, any=topic.exclude)])
    every = bool(topic.any) and all(excluded.hits(word) for word in topic.any)
    return every or any(excluded.hits(word) for word in topic.must)
