"""Whatever comes in: never raises, same in same out, offsets inside, blanks and width change nothing, linear."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.complaints import judge
from listener.model import Tier
from listener.nlp.analyse import Analyser

ANALYSER = Analyser(order_patterns=[r"XT\d{8}"], products=[("星途T5", ["T5"])], dealers=[("杭州星远", ["星远4S店"])])
PIECES = [
    *("刹车失灵", "没有问题", "很好", "不", "并不", "退款", "投诉", "4S店", "13812345678", "浙A12345", "[怒]", "😡"),
    *("，", "。", "！", "?", " ", "\n", "#话题#", "@某人", "https://a.b/c", "//@甲:", "王女士", "杭州", "12.98万元"),
    *("XT20261123", "T5", "這個", "ＡＢＣ", "\u200b", "哈", "我"),
]
TEXTS = st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@settings(max_examples=150, deadline=None)
@given(TEXTS)
def test_never_raises_and_offsets_are_inside(text: str) -> None:
    analysis = ANALYSER.analyse(text)
    complaint = judge(text, analysis)
    assert sum(analysis.probabilities) == pytest.approx(1.0)
    for word in analysis.words:
        assert 0 <= word.start < word.end <= len(text)
        assert text[word.start : word.end] == word.word
    for entity in analysis.entities:
        assert 0 <= entity.start < entity.end <= len(text)
    assert complaint.reason and isinstance(complaint.tier, Tier)
    assert ANALYSER.analyse(text) == analysis


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*PIECES[:9], "，", "。", "我", "這個"]), min_size=1, max_size=15).map("".join))
def test_blanks_at_the_ends_and_full_width_change_nothing(text: str) -> None:
    plain = ANALYSER.analyse(text)
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" and c not in "[]" else c for c in text)
    for other in (f"  {text}\n", wide, text.replace("，", "， "), text.replace("。", " 。")):
        changed = ANALYSER.analyse(other)
        assert changed.sentiment == plain.sentiment
        assert changed.probabilities == pytest.approx(plain.probabilities)
        assert judge(other, changed).tier == judge(text, plain).tier


MARKS = ',，。！？；：、…~()（）【】「」《》“”"—'


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *MARKS, "……"]), min_size=1, max_size=15).map("".join), st.sampled_from(MARKS))
def test_a_blank_beside_a_mark_changes_nothing(text: str, mark: str) -> None:
    plain = ANALYSER.analyse(text)
    for other in (text.replace(mark, f"{mark} "), text.replace(mark, f"\u3000{mark}"), f"\t{text}  "):
        changed = ANALYSER.analyse(other)
        assert changed.probabilities == pytest.approx(plain.probabilities)
        assert changed.categories == plain.categories
        before, after = judge(text, plain), judge(other, changed)
        assert (after.tier, after.severity, after.kind) == (before.tier, before.severity, before.kind)


ODD = [
    "\u200d",
    "\u202e",
    "\ufe0f",
    "e\u0301",
    "👨‍👩‍👧",
    "🇨🇳",
    "👍🏽",
    "<b>",
    "&amp;",
    "</div>",
    "\x00",
    "\u0e33",
    "ﷺ",
    "한",
    "ｶﾞ",
]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(st.sampled_from([*ODD, *PIECES]), st.text(max_size=5)), max_size=30).map("".join))
def test_whatever_script_and_markup_the_aspects_and_the_language_are_given(text: str) -> None:
    analysis = ANALYSER.analyse(text)
    assert analysis.language in ("zh", "en", "mixed", "other", "none")
    assert judge(text, analysis) == judge(text, ANALYSER.analyse(text))
    for aspect in ANALYSER.aspects(text):
        assert 0 <= aspect.start < aspect.end <= len(text)


HOSTILE = [
    "啊" * 1_000_000,
    "😡" * 100_000,
    "[" * 200_000 + "]" * 200_000,
    "不" * 300_000,
    "1" * 1_000_000,
    "a@" * 200_000,
    "没有" * 200_000,
    "我要求" * 100_000,
    "\ud800" * 100_000,
    "一百块" * 100_000,
    " \n" * 300_000,
    "厂家没有人联系，" * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:6]))
def test_hostile_input_is_quick(text: str) -> None:
    begin = time.thread_time()
    analysis = ANALYSER.analyse(text)
    judge(text, analysis)
    assert time.thread_time() - begin < 10  # the aim is 1 s on an idle core; what is quadratic takes minutes
    assert analysis.probabilities
