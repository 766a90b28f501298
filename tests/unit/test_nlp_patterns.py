"""PatternSet finds exactly what each pattern alone would find at those places."""

from __future__ import annotations

import re

import pytest

from listener.nlp.complaint_cues import FAMILIES
from listener.nlp.following import Walk
from listener.nlp.patterns import PatternSet, alternatives, beginnings, needed_words
from listener.nlp.phrases import PHRASES
from listener.nlp.remedy import REMEDIES
from listener.nlp.severity_cues import RAISING, SAFETY
from listener.nlp.wording import phrases_in, remedy_of, wording_of

ALL = [pattern for patterns in (FAMILIES, PHRASES, REMEDIES, RAISING) for pattern, _ in patterns] + list(SAFETY)
TEXTS = [
    "厂家至今没有任何人联系我，要求退款并赔偿三倍损失，否则向12315投诉",
    "质量太差了，用了三天就坏了，客服态度恶劣，拒绝退货",
    "挺好的，没有任何问题，下次还来",
    "行驶中突然熄火，刹车失灵，孩子受伤，我要起诉",
    "尊敬的领导您好，请问小区门口的路灯什么时候能修好",
    "恭喜你们成功失去一个客户，满分一百我给一分",
]


def test_alternatives_split_outside_brackets_only() -> None:
    assert alternatives(r"a|(?:b|c)d|[|x]|e\|f") == ["a", "(?:b|c)d", "[|x]", r"e\|f"]


@pytest.mark.parametrize(
    ("pattern", "forms", "whole"),
    [
        ("坏了?", {"坏", "坏了"}, True),
        ("(?:很|太)差", {"很差", "太差"}, True),
        ("不[^。]{0,3}退", {"不", "不退"}, False),
        ("^好的", {"好的"}, False),
        (".好", {""}, False),
    ],
)
def test_beginnings(pattern: str, forms: set[str], whole: bool) -> None:
    assert beginnings(pattern) == (forms, whole)


@pytest.mark.parametrize("text", TEXTS)
def test_which_patterns_occur_is_what_re_says(text: str) -> None:
    found = {f.payload for f in PatternSet([(p, i) for i, p in enumerate(ALL)]).find(text)}
    assert found == {i for i, p in enumerate(ALL) if re.search(p, text)}


def test_every_found_piece_matches_its_pattern() -> None:
    for text in TEXTS:
        for pattern, start, end in PatternSet([(p, p) for p in ALL]).find(text):
            assert any(re.fullmatch(part.strip("^$"), text[start:end]) for part in alternatives(pattern)) or re.match(
                pattern, text[start:]
            )


def test_no_pattern_begins_with_anything() -> None:
    assert [p for p in ALL for a in alternatives(p) if "" in beginnings(a)[0]] == []


def test_empty_set_and_empty_text() -> None:
    assert list(PatternSet[int]([]).find("任何")) == []
    assert list(PatternSet([("好", 1)]).find("")) == []


def test_longer_phrase_wins() -> None:
    found = phrases_in("真是太棒了,用了三天就坏了")
    assert len(found) == 1 and found[0].payload < 0


def test_remedies_are_few_and_in_order() -> None:
    assert remedy_of("要求退款、赔偿、道歉并且解释") == "退款、赔偿、道歉"
    assert wording_of("你好").remedies == []


def test_the_last_wording_is_kept_and_is_of_no_other_text() -> None:
    asked, other = "要求退款,客服不理", "要求赔偿,客服不理"  # of one length
    found = wording_of(asked)
    assert wording_of("".join(asked)) is found
    assert remedy_of(other) == "赔偿"
    assert remedy_of(asked) == "退款"
    assert wording_of(asked) == found


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("要求.{0,9}(?:退款|赔偿)", {"退款", "赔偿"}),
        ("要求.{0,9}退款了?", {"退款"}),
        ("要求.{0,9}[退换]", set()),
        ("退款", set()),
        ("要求.{0,9}(?:退款)?", set()),
        ("要求(?!.{0,9}退款)", set()),
    ],
)
def test_words_without_which_a_pattern_is_not_tried(pattern: str, needed: set[str]) -> None:
    assert needed_words(pattern) == needed


@pytest.mark.parametrize(
    ("pattern", "beginning", "follow"),
    [
        (r"修了?[三\d]次", "修", {"了", "三", *"0123456789"}),
        (r"(?:吗|么)(?:$|[?,])", "吗", {"", "\n", "?", ","}),  # the end of the text, or what stands before it
        (r"^好的", "好", set()),  # never but at the beginning
        (r"(?:^|,)好[啊呀]", ",", {"好"}),
        (r"坏{2,3}了", "坏", {"坏"}),
        (r"坏{2,3}了", "坏坏", {"坏", "了"}),
        (r"不(?!错)好", "不", {"好"}),
        (r"不[^。]{0,3}退", "不", None),
        (r"坏了?", "坏", None),
    ],
)
def test_what_can_follow(pattern: str, beginning: str, follow: set[str] | None) -> None:
    assert Walk(pattern).after(beginning) == follow


def test_no_match_begins_otherwise_than_said() -> None:
    for pattern in ALL:
        for part in alternatives(pattern):
            walk, one = Walk(part), re.compile(part)
            for text in TEXTS:
                for at in range(1, len(text)):
                    follow = walk.after(text[at])
                    if follow is not None and one.match(text, at):
                        assert text[at + 1 : at + 2] in follow
