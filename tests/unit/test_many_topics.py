"""Thousands of topics at once: the bits of the board tell the same as each topic's own tree."""

from __future__ import annotations

import random

from listener.model import TopicMatch
from listener.settings import TopicSettings
from listener.topics import Topics
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
    settings = [_topic(number, chance) for number in range(1200)]
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


def test_a_word_of_several_lists_is_told_list_by_list_as_each_writes_it() -> None:
    topics = Topics([TopicSettings(name="说", any=("说", "说法", "我"), must=("說",), query="说 AND (车 OR 說)")])
    (found,) = topics.match(mention(text="我说刹车"))
    assert [word for word, _, _ in found.words] == ["我", "说", "說", "车"]
    assert found.words[1][1:] == found.words[2][1:] == (1, 2)


def test_few_words_of_many_topics_and_many_words_of_few_tell_the_same() -> None:
    """Words that hardly any topic asks for are looked at use by use, those of hundreds by their bits."""
    rare = [TopicSettings(name=f"r{n}", any=(f"词{n}甲", "漏油"), exclude=(f"乙{n}丙",)) for n in range(10)]
    common = [TopicSettings(name=f"c{n}", any=("刹车", f"丁{n}戊"), must=("车",), exclude=("X5",)) for n in range(900)]
    text = "刹车漏油，词3甲，乙4丙"
    told = list(Topics(rare).match(mention(text=text)))
    assert [match.topic for match in told] == [f"r{n}" for n in range(10) if n != 4]
    topics = Topics([*rare, *common])
    both = topics.match(mention(text=text))
    assert list(both) == [*told, *(TopicMatch(f"c{n}", _BRAKES, "出现「刹车」、「车」") for n in range(900))]
    assert list(topics.match(mention(text=text + " x5"))) == told
    assert topics.match(mention(text="无关")) == []


_BRAKES = (("刹车", 0, 2), ("车", 1, 2))


def test_what_is_read_of_one_match_does_not_depend_on_the_others() -> None:
    topics = Topics([TopicSettings(name=f"t{n}", any=("刹车", "漏油", f"词{n}")) for n in range(40)])
    text = "漏油，刹车，词7，词7"
    read = [match.words for match in topics.match(mention(text=text))]
    again = topics.match(mention(text=text))
    assert again[7].reason == "出现「漏油」、「刹车」、「词7」"
    assert [again[n].words for n in reversed(range(40))] == read[::-1]
