"""Thousands of topics at once: the bits of the board tell the same as each topic's own tree."""

from __future__ import annotations

import random

from listener.settings import TopicSettings
from listener.topics import Topics
from listener.topics.board import BLOCK
from tests.factories import mention

_SIGNS = "刹车失灵漏油异响客服"


def _word(chance: random.Random) -> str:
    return "".join(chance.choices(_SIGNS, k=chance.randint(1, 2)))


def _topic(number: int, chance: random.Random) -> TopicSettings:
    """Lists, musts beyond the groups of the board, refused words, queries that only their tree can decide."""
    words = [_word(chance) for _ in range(9)]
    name = f"t{number}"
    match number % 5:
        case 0:
            return TopicSettings(name=name, any=tuple(words[:3]), exclude=tuple(words[3:4]))
        case 1:
            return TopicSettings(name=name, must=tuple(words[:5]))
        case 2:
            return TopicSettings(name=name, query=f"({words[0]} OR {words[1]}) AND {words[2]} NOT ({words[3]} AND x5)")
        case 3:
            return TopicSettings(name=name, query=f"{words[0]} NEAR/2 {words[1]} OR /{words[2]}{words[3]}/")
    return TopicSettings(name=name, any=("x5", words[0] + words[1]), must=(words[2],), exclude=("x50", words[3]))


def test_many_topics_match_as_each_alone() -> None:
    chance = random.Random(7)
    settings = [_topic(number, chance) for number in range(BLOCK + 200)]
    topics = Topics(settings)
    alone = [Topics([each]) for each in settings]
    for text in ("刹车失灵，X5漏油", "X50异响", "客服灵油车刹", "", "一二三", "x5 车响服漏失异客油灵刹"):
        said = mention(text=text)
        found = topics.match(said)
        assert list(found) == [match for each in alone for match in each.match(said)]
        assert len(found) == len(list(found))


def test_matches_compare_as_lists_do() -> None:
    found = Topics([TopicSettings(name="车", any=("车",))]).match(mention(text="刹车"))
    assert len(found) == 1
    assert found == list(found)
    assert found[0].words == (("车", 1, 2),)
    assert Topics([]).match(mention(text="刹车")) == []
