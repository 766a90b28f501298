"""From configured topics to trees, with what lets a mention skip the topics that cannot match it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from listener.settings import TopicSettings
from listener.topics.grammar import all_of, any_of, parse, plain_word
from listener.topics.nodes import All, Any, Near, Node, Not, Wild, Word, leaves, literal_key

__all__ = ["EVERY", "Asked", "Compiled", "Vocabulary", "aliases_of", "asked", "compile_topic", "words_of"]

EVERY = "*"
"""The name of the topic whose ``exclude`` and ``aliases`` hold for every topic."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A topic ready to match. ``conditions`` are its keys and what each asks, in the order they are explained."""

    name: str
    node: Node
    conditions: tuple[tuple[str, Node], ...]
    lists: tuple[Mapping[str, str], ...] | None = None
    """Where the tree asks for nothing but words of lists: for each list its keys and how they are written."""


def compile_topic(topic: TopicSettings, settings: Sequence[TopicSettings]) -> Compiled:
    """One topic among ``settings``; ``WrongQuery`` where a word or the query of it is wrong."""
    general = [word for each in settings if each.name == EVERY for word in each.exclude]
    conditions = [("any", any_of(_words(topic.any)))] if topic.any else []
    conditions += [("must", all_of(_words(topic.must)))] if topic.must else []
    conditions += [("query", parse(topic.query, aliases_of(topic, settings)))] if topic.query else []
    conditions += [("exclude", Not(any_of(_words(topic.exclude))))] if topic.exclude else []
    conditions += [("*", Not(any_of(_words(general))))] if general else []
    node = All(tuple(node for _, node in conditions))
    return Compiled(topic.name, node, tuple(conditions), _lists(node) if asked(node).exact else None)


def _lists(node: Node) -> tuple[Mapping[str, str], ...] | None:
    match node:
        case Not():
            return ()
        case Word():
            return ({node.key: node.text},)
        case Any() if not node.others:
            return ({key: word.text for key, word in node.words.items()},)
        case All():
            each = [_lists(part) for part in node.parts]
            return None if None in each else tuple(one for lists in each for one in lists or ())
    return None


def aliases_of(topic: TopicSettings, settings: Iterable[TopicSettings]) -> Mapping[str, Sequence[str]]:
    """The aliases that a topic's query may name: its own, and those that hold for every topic."""
    general = {name: words for each in settings if each.name == EVERY for name, words in each.aliases.items()}
    return {**general, **topic.aliases}


def _words(words: Iterable[str]) -> list[Word]:
    return list({word.key: word for word in map(plain_word, words)}.values())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a topic asks of the words that occur: one of each of ``groups``, none of ``refused``.

    Where ``exact``, that is all it asks; elsewhere the tree has to be looked at as well.
    """

    groups: tuple[frozenset[str], ...] = ()
    refused: frozenset[str] = frozenset()
    exact: bool = True


def asked(node: Node) -> Asked:
    """What can be told of a tree from the keys that were found alone."""
    match node:
        case Word():
            return Asked((frozenset((node.key,)),))
        case Wild():
            return Asked((frozenset((literal_key(node.literal),)),), exact=False)
        case Near():
            return replace(_together([asked(node.left), asked(node.right)]), exact=False)
        case All():
            return _together([asked(part) for part in node.parts])
        case Any():
            return _either([asked(part) for part in node.parts])
        case Not():
            return _without(asked(node.part))
    return Asked(exact=False)


def _together(each: Sequence[Asked]) -> Asked:
    groups = dict.fromkeys(group for one in each for group in one.groups)
    refused = frozenset().union(*(one.refused for one in each))
    return Asked(tuple(groups), refused, all(one.exact for one in each))


def _either(each: Sequence[Asked]) -> Asked:
    """One word of the smallest group of each part has to occur, if every part has one."""
    plain = all(one.exact and len(one.groups) == 1 and not one.refused for one in each)
    if not each or not all(one.groups for one in each):
        return Asked(exact=False)
    return Asked((frozenset().union(*(min(one.groups, key=len) for one in each)),), exact=plain)


def _without(one: Asked) -> Asked:
    """Only words of one list can be refused by their keys."""
    plain = one.exact and len(one.groups) == 1 and not one.refused
    return Asked(refused=one.groups[0]) if plain else Asked(exact=False)


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
