"""Queries against a second, simple evaluator: random trees over a few words, random texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.model import Mention
from listener.settings import TopicSettings
from listener.topics import Topics, WrongQuery, check, parse
from listener.topics.matching import text_only

WORDS = ("刹车", "失灵", "漏油", "车", "晨曜X5", "没人管")
FILLING = ("的", "，", "。", "了", "我")
TEXTS = st.lists(st.sampled_from([*WORDS, *FILLING]), max_size=10).map("".join)
Holds = Callable[[str], bool]


def places(word: str, text: str) -> list[tuple[int, int]]:
    return [(i, i + len(word)) for i in range(len(text)) if text.startswith(word, i)]


def near(left: list[tuple[int, int]], right: list[tuple[int, int]], distance: int) -> list[tuple[int, int]]:
    pairs = [(a, b) for a in left for b in right]
    return [(min(a[0], b[0]), max(a[1], b[1])) for a, b in pairs if 0 <= max(a[0] - b[1], b[0] - a[1]) <= distance]


Query = tuple[str, Holds]


def word(text: str, quoted: bool) -> Query:
    return (f'"{text}"' if quoted else text), lambda said: text in said


def nearby(left: str, right: str, distance: int) -> Query:
    return f"({left} NEAR/{distance} {right})", lambda said: bool(
        near(places(left, said), places(right, said), distance)
    )


def nested(left: str, right: str, other: str, distance: int, further: int) -> Query:
    def holds(said: str) -> bool:
        return bool(near(places(other, said), near(places(left, said), places(right, said), distance), further))

    return f"({other} NEAR/{further} ({left} NEAR/{distance} {right}))", holds


def joined(one: Query, other: Query, how: str) -> Query:
    if how == "AND":
        return f"({one[0]} AND {other[0]})", lambda said: one[1](said) and other[1](said)
    if how == "OR":
        return f"（{one[0]} OR {other[0]}）", lambda said: one[1](said) or other[1](said)
    return f"({one[0]} NOT {other[0]})", lambda said: one[1](said) and not other[1](said)


_NEAR = st.sampled_from(WORDS[:4])
LEAVES: st.SearchStrategy[Query] = st.one_of(
    st.builds(word, st.sampled_from(WORDS), st.booleans()),
    st.builds(nearby, _NEAR, _NEAR, st.integers(0, 6)),
    st.builds(nested, _NEAR, _NEAR, _NEAR, st.integers(0, 6), st.integers(0, 4)),
)
QUERIES: st.SearchStrategy[Query] = st.recursive(
    LEAVES, lambda inner: st.builds(joined, inner, inner, st.sampled_from(["AND", "OR", "NOT"])), max_leaves=8
)


def matches(query: str, mention: Mention) -> bool:
    return bool(Topics([TopicSettings(name="t", query=query)]).match(mention))


@settings(max_examples=250, deadline=None)
@given(QUERIES, TEXTS)
def test_a_query_holds_where_a_simple_evaluator_says_so(query: Query, text: str) -> None:
    assert matches(query[0], text_only(text)) == query[1](text)


@settings(max_examples=60, deadline=None)
@given(QUERIES, TEXTS)
def test_width_case_and_traditional_characters_change_nothing(query: Query, text: str) -> None:
    other = text.replace("X5", "ｘ５").replace("车", "車").replace("没", "沒").replace("灵", "靈")
    assert matches(query[0], text_only(other)) == matches(query[0], text_only(text))
    assert matches(query[0].replace("X5", "x５").replace("车", "車"), text_only(text)) == matches(
        query[0], text_only(text)
    )


@settings(max_examples=150, deadline=None)
@given(QUERIES)
def test_what_check_calls_hopeless_no_text_of_the_words_meets(query: Query) -> None:
    found = check([TopicSettings(name="t", query=query[0])])
    texts = [
        "".join(pick)
        for pick in (
            (),
            *((a,) for a in WORDS),
            *((a, "。" * n, b) for a in WORDS for b in WORDS for n in (1, 2, 4, 9)),
        )
    ]
    if any("永远不会" in mistake.what for mistake in found):
        assert not any(query[1](text) for text in [*texts, "".join(WORDS)])
    if any("命中一切" in mistake.what for mistake in found):
        assert query[1]("")


@pytest.mark.parametrize(("wide", "close"), [(1, 0), (2, 0), (2, 1), (4, 3), (6, 3), (50, 49)])
def test_far_apart_and_not_close_by_is_no_contradiction(wide: int, close: int) -> None:
    query = f"(刹车 NEAR/{wide} 漏油) NOT (刹车 NEAR/{close} 漏油)"
    assert list(check([TopicSettings(name="t", query=query)])) == []
    assert matches(query, text_only("刹车" + wide * "的" + "漏油"))
    turned = f"(刹车 NEAR/{close} 漏油) NOT (刹车 NEAR/{wide} 漏油)"
    (mistake,) = check([TopicSettings(name="t", query=turned)])
    assert "永远不会" in mistake.what


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='刹车AND OR NOT()（）"+-!/*?NEAR/3:$|&platform followers>12', max_size=60))
def test_any_query_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        parse(text)
    except WrongQuery as wrong:
        assert wrong.what


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("platform:weibo 刹车", True), ("+platform:weibo +刹车", True), ("+平台:tieba +刹车", False),
        ("followers:>1000 AND 刹车", True), ("粉丝:<=1000 AND 刹车", False), ("author:晨* AND 刹车", True),
        ("site:example.com AND 刹车", True), ("language:zh AND 刹车", True), ("source:s1 AND 失灵", True),
        ("刹车 !失灵", False), ("+刹车 !漏油", True), ("刹*灵", True), ("失?了", True), ("失?灵", False),
        (r"/刹车.{0,2}失灵/", True), (r"/刹车\d/", False), ("「刹车突然」", True), ("刹车 NEAR/2 失灵", True),
        ("刹车 NEAR/1 失灵", False), ("失灵 NEAR/2 刹车", True),
    ],
)  # fmt: skip
def test_fields_wildcards_and_patterns(query: str, holds: bool) -> None:
    mention = replace(
        text_only("刹车突然失灵了"), platform="weibo", site="bbs.example.com", source="s1", author_name="晨风",
        metrics={"followers": 2000},
    )  # fmt: skip
    assert matches(query, mention) is holds


def test_the_limits() -> None:
    deep = "(" * 60 + "刹车" + ")" * 60
    long = " OR ".join(["刹车失灵"] * 700)
    for query in (deep, long):
        with pytest.raises(WrongQuery):
            parse(query)
    parse("(" * 45 + "刹车" + ")" * 45)


def verdict(query: str) -> str:
    return "".join(mistake.what for mistake in check([TopicSettings(name="t", query=query)]))


@pytest.mark.parametrize("fields", ["+site:bbs.* +site:*.com", "+平台:wei* +平台:*bo", "+author:晨* +author:id7"])
def test_two_conditions_that_one_value_meets_are_no_contradiction(fields: str) -> None:
    mention = replace(
        text_only("刹车失灵"), platform="weibo", site="bbs.example.com", author_name="晨风", author_id="id7"
    )
    query = f"{fields} +刹车"
    assert verdict(query) == ""
    assert matches(query, mention)


@pytest.mark.parametrize(
    "fields",
    ["+site:bbs.a.com !site:a.com", "+platform:wei* +platform:tie*", "+来源:*甲 +来源:乙",
     "+platform:weibo !platform:w*",
     "+likes:>9 +likes:<10", "+language:zh +language:en", "+views:500..100", "+likes:>1万 !likes:>=10001"],
)  # fmt: skip
def test_two_conditions_that_no_value_meets_are_a_contradiction(fields: str) -> None:
    assert "永远不会" in verdict(f"{fields} +刹车")


def test_what_can_be_written_in_too_many_ways_is_not_looked_at_in_all() -> None:
    deep = "刹"
    for word in "乙丙丁戊己庚":
        deep = f"({deep} NEAR/9 {word})"
    assert verdict(f"{deep} NOT 刹乙") == ""
    for word in "辛壬癸子丑寅卯":
        deep = f"({deep} NEAR/9 {word})"
    assert verdict(deep) == ""
