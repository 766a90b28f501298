"""What each sign of a query asks for, met and just missed; what is said of topics with very many words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from listener.settings import TopicSettings
from listener.topics import Topics, WrongQuery, check, parse, warnings
from listener.topics.matching import text_only

MANY = tuple(f"词{number}" for number in range(21))


def found(text: str, query: str, **words: Any) -> Any:
    """The match of a topic with a query, or None."""
    (match,) = [*Topics([TopicSettings(name="t", query=query, **words)]).match(text_only(text)), None][:1]
    return match


@pytest.mark.parametrize(
    ("query", "met", "missed"),
    [
        ("AI OR /车/", "用AI", "用AIX"),
        ("(刹车 NOT 广告) OR 漏油", "漏油广告", "刹车广告"),
        ("车 NOT (刹 AND 灵)", "车刹", "车刹灵"),
        ("model*", "my_model", "mymodel"),
        (r"/\b/ OR 车", "车", "abc"),
        ("?6", "车l6", "车xl6"),
        ("6?", "6l车", "6lx"),
        ("晨?车", "晨a车", "晨，车"),
        ("刹*灵", "刹一二三四五六七八九十灵", "刹一二三四五六七八九十一灵"),
        (r"/MODEL\s?Y/", "model y", "model x"),
        (r"/km\/h/", "120km/h", "120kmh"),
        ("/多少钱？/", "多少钱?", "多少钱"),
        ("(刹 NEAR/9 灵) NEAR/1 油", "刹灵的的的灵油", "刹灵的的的油"),
        ("(刹 NEAR/9 灵) NEAR/1 油", "油灵的的的灵刹", "油的的的灵刹"),
        ("刹车 +!失灵 漏油", "漏油", "漏油失灵"),
        ("刹车 OR 漏油 AND 失灵", "刹车", "漏油"),
        ("刹车 !失灵 !漏油", "刹车", "刹车漏油"),
    ],
)
def test_what_meets_a_query_and_what_just_misses_it(query: str, met: str, missed: str) -> None:
    assert found(met, query)
    assert not found(missed, query)


@pytest.mark.parametrize(
    ("asked", "met", "missed"),
    [
        (">=1.5", 2, 1),
        ("2k", 2_000, 2),
        ("<=0.2万", 2_000, 2_001),
        ("<3", 2, 3),
        (">2", 3, 2),
        ("3..5", 5, 6),
        ("3..5", 3, 2),
        ("=7", 7, 8),
        (">2W", 20_001, 20_000),
        (">1.1万", 11_001, 11_000),
        ("1.2345万..2000万", 12_345, 12_344),
        ("1千..1.5亿", 150_000_000, 150_000_001),
    ],
)
def test_numbers_up_to_their_ends(asked: str, met: int, missed: int) -> None:
    topics = Topics([TopicSettings(name="t", query=f"likes:{asked}")])
    assert [bool(topics.match(replace(text_only(""), metrics={"likes": n}))) for n in (met, missed)] == [True, False]


def test_a_site_is_its_host_and_those_below() -> None:
    topics = Topics([TopicSettings(name="t", query="site:a.com")])
    sites = ("a.com", "bbs.a.com", "xa.com", "a.com.cn")
    assert [bool(topics.match(replace(text_only(""), site=site))) for site in sites] == [True, True, False, False]


def test_more_words_are_needed_than_are_told_apart() -> None:
    topics = Topics([TopicSettings(name="t", must=MANY[:9])])
    assert topics.match(text_only("".join(MANY[:9])))
    assert [word for word in MANY[:9] if topics.match(text_only("".join(MANY[:9]).replace(word, "")))] == []


def test_words_are_told_list_by_list_those_of_one_in_the_order_of_the_text() -> None:
    (match,) = Topics([TopicSettings(name="t", any=("漏油", "异响"), must=("刹车",))]).match(text_only("刹车异响漏油"))
    assert [word for word, _, _ in match.words] == ["异响", "漏油", "刹车"]
    told = found("".join(reversed(MANY)), f"({' OR '.join(MANY)}) AND language:zh").words
    assert [word for word, _, _ in told][:20] == list(reversed(MANY))[:20]
    assert found("说", "(說 OR 说) AND language:zh").words == (("說", 0, 1),)
    assert Topics([TopicSettings(name="t", query="model* OR 刹车")]).hits("model刹车") == [("刹车", 5, 7)]


def test_the_place_of_a_word_that_may_go_on_is_all_of_it() -> None:
    assert found("两辆models", "model*").words == (("model*", 2, 8),)
    assert found("两辆models", "*odels").words == (("*odels", 2, 8),)


def test_a_reason_names_a_few_words_and_what_holds_beside_the_text() -> None:
    assert found("".join(MANY), " OR ".join(MANY)).reason.endswith("「词7」等 21 个词")
    assert found("刹车", "刹车 AND language:zh").reason == "出现「刹车」；符合 language:zh"
    assert found("刹车", "language:zh").reason == "符合 language:zh"


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("刹车 AND 失灵 漏油", "混用"),
        ("刹车 NEAR/1001 失灵", "NEAR 最多 1000"),
        ("刹车 NEAR/5 (失灵 AND 漏油)", "NEAR 两边"),
        ("刹车 NEAR/5 失灵 NEAR/5 漏油", "NEAR 不能连写"),
        ("刹车 -广告", "排除不写 -"),
        ("刹车AND失灵", "两边要空格"),
        ("刹车 OR", "结尾少了词"),
        ("** OR 刹车", "只有通配符"),
        ("likes:many", "不是数目"),
        ("language:tlh", "没有语言"),
        ("author:* AND 刹车", "会命中一切"),
        ("$无", "没有别名"),
        ("/刹*/", "能匹配空白"),
    ],
)
def test_what_is_no_query_is_refused(query: str, told: str) -> None:
    with pytest.raises(WrongQuery, match=told.replace("*", r"\*")) as refused:
        parse(query)
    assert refused.value.mend
    with pytest.raises(WrongQuery) as refused:
        parse("刹车 异响失灵、漏油")
    assert refused.value.place == 8
    parse("刹车 NEAR/1000 失灵")


def test_the_general_topic_takes_away_from_every_other_and_is_none_itself() -> None:
    general = TopicSettings(name="*", exclude=("广告",), aliases={"旧款": ("晨曜X3",), "车": ("白露",)})
    own = TopicSettings(name="t", query="$旧款 OR $车", aliases={"车": ("朔岳",)})
    topics = Topics([general, own])
    assert [len(topics.match(text_only(text))) for text in ("晨曜X3", "朔岳", "白露", "朔岳广告")] == [1, 1, 0, 0]
    assert check([general, own]) == []
    for more in ({"any": ["车"]}, {"must": ["车"]}, {"query": "车"}):
        (mistake,) = check([TopicSettings(name="*", **more)])
        assert "exclude 和 aliases" in mistake.what


def test_with_very_many_words_lists_are_decided_and_queries_that_nothing_met_are_warned_of() -> None:
    assert "永远不会" in check([TopicSettings(name="t", any=MANY, exclude=MANY)])[0].what
    assert not check([TopicSettings(name="t", any=MANY, exclude=MANY[1:])])
    unsure = TopicSettings(name="t", query=f"({' OR '.join(MANY)}) AND /(客|服){{3}}/")
    sure = TopicSettings(name="s", query=" OR ".join(MANY))
    assert not check([unsure, sure])
    (warning,) = warnings([unsure, sure])
    assert (warning.key, "没能确认" in warning.what) == ("t", True)


def test_a_pattern_that_looks_at_the_end_follows_from_no_word() -> None:
    assert not check([TopicSettings(name="t", query="刹车 NOT /刹车$/")])


@pytest.mark.parametrize(
    ("query", "met"),
    [("(刹 NEAR/1 灵) NOT /刹.*灵|灵.*刹/", "刹\n灵"), ("(刹 NEAR/0 灵) NOT 刹灵", "灵刹")],
)
def test_words_may_stand_near_in_either_order_and_on_two_lines(query: str, met: str) -> None:
    assert not check([TopicSettings(name="t", query=query)])
    assert found(met, query)


def test_what_holds_without_any_word_and_odd_words_of_an_alias_are_refused() -> None:
    (mistake,) = check([TopicSettings(name="t", query="刹车 OR NOT 漏油")])
    assert "会命中一切" in mistake.what
    (mistake,) = check([TopicSettings(name="t", query="$甲", aliases={"甲": ("刹*灵",)})])
    assert "列表里的词" in mistake.what


def test_an_explanation_shows_the_first_missing_words_and_counts_the_rest() -> None:
    lines = Topics([TopicSettings(name="t", query=" OR ".join(MANY[:8]))]).explain("词6").splitlines()
    assert lines[0] == "✓ t: 出现「词6」"
    assert [line.strip()[:6] for line in lines[2:-1]] == [f"✗ 「词{n}」" for n in range(5)] + ["✓ 「词6」"]
    assert lines[-1].strip() == "✗ 另有 2 个词没有出现"
    exact = Topics([TopicSettings(name="t", query=" OR ".join(MANY[:5]))]).explain("无").splitlines()
    assert len(exact) == 7


def test_an_explanation_says_what_a_field_has_in_place_of_what_was_asked() -> None:
    topics = Topics([TopicSettings(name="t", query="likes:>3 AND platform:weibo AND (刹车 NEAR/3 灵)")])
    told = topics.explain(replace(text_only("刹车失灵"), metrics={"likes": 3}))
    assert "✗ likes:>3（实为 3）" in told
    assert "✗ platform:weibo（实为 空）" in told
    assert "第 1–4 字 …【刹车失灵】…" in told
