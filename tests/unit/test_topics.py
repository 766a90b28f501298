"""Topics: which match, by which words, at which places of the original text, and why the others do not."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.language import speaking
from listener.settings import TopicSettings
from listener.topics import Topics, check, warnings
from tests.factories import mention


def topic(name: str = "晨曜", **words: Any) -> TopicSettings:
    return TopicSettings(name=name, **words)


def names(text: str, *topics: TopicSettings, title: str = "") -> list[str]:
    return [match.topic for match in Topics(topics).match(mention(text=text, title=title))]


class TestWords:
    def test_one_of_any_is_enough(self) -> None:
        assert names("晨曜刹车失灵", topic(any=("晨曜", "白露"))) == ["晨曜"]
        assert names("今天天气很好", topic(any=("晨曜", "白露"))) == []

    def test_every_must_is_needed(self) -> None:
        wanted = topic(any=("晨曜",), must=("刹车", "漏油"))
        assert names("晨曜刹车漏油", wanted) == ["晨曜"]
        assert names("晨曜刹车失灵", wanted) == []
        assert names("刹车漏油", wanted) == []

    def test_must_alone_is_a_topic(self) -> None:
        assert names("刹车漏油", topic(must=("刹车", "漏油"))) == ["晨曜"]

    def test_one_exclude_is_too_much(self) -> None:
        assert names("白露节气养生", topic(any=("白露",), exclude=("节气", "茶叶"))) == []
        assert names("白露刹车异响", topic(any=("白露",), exclude=("节气", "茶叶"))) == ["晨曜"]

    def test_one_word_may_serve_several_topics_in_their_order(self) -> None:
        two = (topic("乙", any=("刹车",)), topic("甲", any=("晨曜",), exclude=("漆面",)), topic("丙", must=("刹车",)))
        assert names("晨曜刹车失灵", *two) == ["乙", "甲", "丙"]

    def test_a_word_within_another_is_found_too(self) -> None:
        assert names("晨曜X5刹车", topic("长", any=("晨曜X5",)), topic("短", any=("晨曜",))) == ["长", "短"]

    def test_the_title_counts(self) -> None:
        assert names("没人管", topic(any=("晨曜",)), title="晨曜刹车失灵") == ["晨曜"]

    def test_without_topics_nothing_matches(self) -> None:
        assert names("晨曜") == []
        assert len(Topics([])) == 0
        assert Topics([]).explain("晨曜") == ""


class TestBlindness:
    @pytest.mark.parametrize(
        ("word", "text"),
        [
            ("Model Y", "我的model y刹车"),
            ("BYD", "byd的车"),
            ("晨曜X5", "晨曜ｘ５刹车"),
            ("朔岳汽车", "朔嶽汽車"),
            ("電動車", "电动车"),
            ("刹车", "剎車失靈"),
            ("晨曜", "晨\u200b曜"),
            ("刹车 失灵", "刹车　失灵"),
            ("STRASSE", "Strasse"),
            ("Straße", "STRAßE 1"),
        ],
    )
    def test_case_width_characters_and_hidden_signs(self, word: str, text: str) -> None:
        assert names(text, topic(any=(word,))) == ["晨曜"]

    @pytest.mark.parametrize(
        ("word", "text"),
        [("AI", "MAIL"), ("NIO", "union 广场"), ("L6", "L60"), ("L6", "XL6"), ("X5", "X5L"), ("ES6", "yes6")],
    )
    def test_latin_words_are_no_part_of_longer_ones(self, word: str, text: str) -> None:
        assert names(text, topic(any=(word,))) == []

    @pytest.mark.parametrize(
        ("word", "text"),
        [("AI", "用AI写的"), ("NIO", "NIO,很好"), ("L6", "翎越L6后备厢"), ("L6", "L6-Pro"), ("4S店", "去4S店修")],
    )
    def test_chinese_characters_and_marks_are_boundaries(self, word: str, text: str) -> None:
        assert names(text, topic(any=(word,))) == ["晨曜"]

    def test_a_later_whole_word_is_found_behind_a_part(self) -> None:
        (match,) = Topics([topic(any=("AI",))]).match(mention(text="MAIL 和 AI"))
        assert match.words == (("AI", 7, 9),)


class TestPlaces:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("😡 我的晨曜刹车", "晨曜"),
            ("ＣＨＥＮ晨\u200b曜", "晨\u200b曜"),
            ("……！！！！！！！晨曜", "晨曜"),
            ("ﬁne 晨曜", "晨曜"),
        ],
    )
    def test_offsets_count_in_the_original(self, text: str, found: str) -> None:
        (match,) = Topics([topic(any=("晨曜",))]).match(mention(text=text))
        ((word, start, end),) = match.words
        assert (word, text[start:end]) == ("晨曜", found)

    def test_offsets_count_in_title_and_text(self) -> None:
        said = mention(title="求助", text="晨曜刹车失灵")
        (match,) = Topics([topic(any=("晨曜",))]).match(said)
        ((_, start, end),) = match.words
        assert said.full_text[start:end] == "晨曜"

    def test_words_and_reason_are_as_configured(self) -> None:
        (match,) = Topics([topic(any=("Model Y", "晨曜"), must=("刹车",))]).match(mention(text="model y 剎車"))
        assert [word for word, _, _ in match.words] == ["Model Y", "刹车"]
        assert match.reason == "出现「Model Y」、「刹车」"

    @given(st.text(max_size=30), st.text(max_size=30))
    def test_a_place_holds_the_word_whatever_stands_around(self, before: str, after: str) -> None:
        text = f"{before}。晨曜。{after}"
        (match,) = Topics([topic(any=("晨曜",))]).match(mention(text=text))
        _, start, end = match.words[0]
        assert {"晨", "曜"} <= set(text[start:end])

    @given(st.text())
    def test_no_text_breaks_it(self, text: str) -> None:
        for _, start, end in (
            w for m in Topics([topic(any=("ß", "i", "a"))]).match(mention(text=text)) for w in m.words
        ):
            assert 0 <= start < end <= len(text)


class TestExplain:
    TOPICS = Topics(
        [
            topic("白露", any=("白露",), exclude=("节气",)),
            topic("晨曜", any=("晨曜",)),
            topic("刹车", must=("刹车", "油")),
        ]
    )

    def test_every_topic_says_why_or_why_not(self) -> None:
        assert self.TOPICS.explain("白露节气，刹车").splitlines() == [
            "✗ 白露: 出现排除词 节气 第 3–4 字 …白露【节气】，刹车…",
            "✗ 晨曜: 没有出现任何监测词",
            "✗ 刹车: 缺少必须的词 油",
        ]
        assert self.TOPICS.explain("白露").splitlines()[0] == "✓ 白露: 出现「白露」"

    def test_in_english(self) -> None:
        with speaking("en"):
            assert "holds none of its words" in self.TOPICS.explain("")


class TestCheck:
    def test_good_topics_have_no_mistakes(self) -> None:
        assert check([topic(any=("a",), exclude=("b",)), topic("x", must=("a",))]) == []

    @pytest.mark.parametrize(
        ("words", "what"),
        [
            ({}, "会命中一切"),
            ({"exclude": ("广告",)}, "会命中一切"),
            ({"any": ("晨曜",), "exclude": ("晨曜",)}, "永远不会命中"),
            ({"any": ("晨曜",), "must": ("刹车",), "exclude": ("刹车",)}, "永远不会命中"),
            ({"any": ("Model Y",), "exclude": ("ＭＯＤＥＬ Y",)}, "永远不会命中"),
            ({"any": ("晨曜X5",), "exclude": ("晨曜",)}, "永远不会命中"),
            ({"any": ("晨曜", " ")}, "空"),
        ],
    )
    def test_hopeless_topics_are_told_with_their_name(self, words: dict[str, Any], what: str) -> None:
        (mistake,) = check([topic("坏主题", **words)])
        assert what in str(mistake)
        assert "坏主题" in str(mistake)
        assert mistake.mend

    def test_one_of_several_words_may_be_excluded(self) -> None:
        assert check([topic(any=("晨曜", "白露"), exclude=("白露",))]) == []


def test_the_examples_of_the_documentation_are_good_topics() -> None:
    text = (Path(__file__).parents[2] / "docs" / "topics.md").read_text(encoding="utf-8")
    tables = [tomllib.loads(block) for block in re.findall(r"```toml\n(.+?)```", text, re.DOTALL)]
    examples = {table["name"]: TopicSettings(**table) for table in tables[::-1] if "name" in table}
    assert len(examples) >= 4
    assert check(list(examples.values())) == []
    said, *told = re.search(r'explain "(.+?)"\n((?: {4}.+\n)+)', text).groups()  # type: ignore[union-attr]
    shown = [line.strip() for line in told[0].splitlines()]
    chosen = [examples[name] for name in ("白露", "刹车安全", "对比")]
    assert Topics(chosen).explain(said).splitlines() == shown


@pytest.mark.parametrize(
    ("query", "told", "mend"),
    [
        ("刹车 与 失灵", "「与」不是运算符", "AND"),
        ("刹车 或者 失灵", "「或者」不是运算符", "OR"),
        ("刹车 不含 自行车", "「不含」不是运算符", "NOT"),
        ("刹车 ＡＮＤ 失灵", "要半角大写", "AND"),
        ("刹车 NEAR／5 失灵", "NEAR 要半角大写", "NEAR/10"),
        ("刹车、失灵", "「、」不能分隔词", "OR"),
        ("刹车+失灵", "「+」不能分隔词", "OR"),
        ("【刹车 OR 失灵】", "「【」不是查询式的括号或引号", "( )"),
        ("‘刹车 失灵’", "「‘」不是查询式的括号或引号", "“…”"),
        ("平太:weibo", "没有字段 平太:", "平台"),
        ("/刹车(/", "少了右括号", "改正"),
        ("刹车)", "多了右括号", "删去"),
        ("(刹车 OR 失灵", "少了右括号", "补上 )"),
        ('"(" AND', "结尾少了词", "补上词"),
        ("/刹(?=车)/", "不支持环视", "NEAR"),
        (r"/(刹|车)\1/", "不支持反向引用", "|"),
    ],
)
def test_what_would_be_looked_for_as_a_word_but_was_not_meant_so_is_refused(query: str, told: str, mend: str) -> None:
    (mistake,) = check([topic(query=query)])
    assert told in mistake.what
    assert mend in mistake.mend
    assert names("刹车 与 、+ 【刹车", topic(query='"与" AND "、+" AND "【刹车"')) == ["晨曜"]


@pytest.mark.parametrize(
    "word", ["刹车 AND 失灵", "刹*灵", "刹＊灵", "刹车*", "/刹.{0,3}灵/", "platform:weibo", "$旧款"]
)
def test_a_list_takes_no_query_and_says_so(word: str) -> None:
    (mistake,) = check([topic(any=[word])])
    assert "不起作用" in mistake.what
    assert "query" in mistake.mend


@pytest.mark.parametrize("word", ["R AND D", "C++", "怎么回事?", "$100", "《繁花》", "12:30", "客服:在吗", "*ST刹"])
def test_words_with_marks_of_their_own_stay_words(word: str) -> None:
    assert names(f"他说{word}。", topic(query=f'"{word}"')) == ["晨曜"]
    assert " " in word or not check([topic(any=[word])])


def test_signs_of_what_patterns_do_not_know_may_be_sought() -> None:
    assert names("价格(=5)", topic(query=r"/格\(?=5/")) == ["晨曜"]
    assert names(r"在c:\1里", topic(query=r"/c:\\1/")) == ["晨曜"]


def test_an_alias_in_an_alias_is_refused() -> None:
    (mistake,) = check([topic(query="$甲", aliases={"甲": ["$乙"], "乙": ["$甲"]})])
    assert "不能再用别名 $乙" in mistake.what
    (mistake,) = check([topic(exclude=["车"])])
    assert "没有 any、must 或 query" in mistake.what


def test_a_platform_by_its_chinese_name_is_warned_of() -> None:
    asked = [topic(query="刹车 AND platform:微博")]
    (warning,) = warnings(asked, {"weibo"})
    assert "没有来源的平台叫「微博」" in warning.what
    assert warnings(asked, {"微博"}) == warnings([topic(query="刹车 AND platform:weibo")]) == []
