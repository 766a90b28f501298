"""From configured topics to trees, with what lets a mention skip the topics that cannot match it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from listener.settings import TopicSettings
from listener.topics.grammar import all_of, any_of, parse, plain_word
from listener.topics.nodes import All, Any, Near, Node, Not, Wild, Word, leaves, literal_key

__all__ = ["EVERY", "Compiled", "Vocabulary", "aliases_of", "compile_topic", "triggers", "words_of"]

EVERY = "*"
"""The name of the topic whose ``exclude`` and ``aliases`` hold for every topic."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A topic ready to match. ``conditions`` are its keys and what each asks, in the order they are explained."""

    name: str
    node: Node
    conditions: tuple[tuple[str, Node], ...]


def compile_topic(topic: TopicSettings, settings: Sequence[TopicSettings]) -> Compiled:
    """One topic among ``settings``; ``WrongQuery`` where a word or the query of it is wrong."""
    general = [word for each in settings if each.name == EVERY for word in each.exclude]
    conditions = [("any", any_of(_words(topic.any)))] if topic.any else []
    conditions += [("must", all_of(_words(topic.must)))] if topic.must else []
    conditions += [("query", parse(topic.query, aliases_of(topic, settings)))] if topic.query else []
    conditions += [("exclude", Not(any_of(_words(topic.exclude))))] if topic.exclude else []
    conditions += [("*", Not(any_of(_words(general))))] if general else []
    return Compiled(topic.name, All(tuple(node for _, node in conditions)), tuple(conditions))


def aliases_of(topic: TopicSettings, settings: Iterable[TopicSettings]) -> Mapping[str, Sequence[str]]:
    """The aliases that a topic's query may name: its own, and those that hold for every topic."""
    general = {name: words for each in settings if each.name == EVERY for name, words in each.aliases.items()}
    return {**general, **topic.aliases}


def _words(words: Iterable[str]) -> list[Word]:
    return list({word.key: word for word in map(plain_word, words)}.values())


def triggers(node: Node) -> frozenset[str] | None:
    """Keys of which at least one has to be found before the tree can hold; None where it may hold without any."""
    match node:
        case Word():
            return frozenset((node.key,))
        case Wild():
            return frozenset((literal_key(node.literal),))
        case Near():
            return _fewest([triggers(node.left), triggers(node.right)])
        case All():
            return _fewest([triggers(part) for part in node.parts])
        case Any():
            return _union([triggers(part) for part in node.parts])
    return None


def _fewest(each: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    known = [keys for keys in each if keys is not None]
    return min(known, key=len, default=None)


def _union(each: Sequence[frozenset[str] | None]) -> frozenset[str] | None:
    known = [keys for keys in each if keys is not None]
    return frozenset().union(*known) if len(known) == len(each) else None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What the automaton has to find: words at boundaries, literals anywhere, words of which every place counts."""

    words: frozenset[str]
    literals: frozenset[str]
    placed: frozenset[str]


def words_of(nodes: Iterable[Node]) -> Vocabulary:
    """The vocabulary of some trees."""
    found = [leaf for node in nodes for leaf in leaves(node)]
    sides = [side for near in found if isinstance(near, Near) for side in (near.left, near.right)]
    inside = [leaf for side in sides for leaf in leaves(side)]
    return Vocabulary(
        words=frozenset(leaf.key for leaf in found if isinstance(leaf, Word)),
        literals=frozenset(leaf.literal for leaf in found if isinstance(leaf, Wild)),
        placed=frozenset(leaf.key for leaf in inside if isinstance(leaf, Word)),
    )
