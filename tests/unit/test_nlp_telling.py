"""The model of what customers tell: what it sees, that its quick way is its slow way, and that it carries over."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import pytest

from listener.complaints import judge
from listener.nlp.analyse import Analyser
from listener.nlp.complaint_cues import STORY
from listener.nlp.faces import split_faces
from listener.nlp.features import BREAKS, speaks
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel
from listener.nlp.telling import (
    SWAY,
    Classes,
    folded,
    pull_of_telling,
    shape,
    share_of_telling,
    shipped_telling,
    spelt,
    sway_of_talk,
    told_of,
    word_classes,
)
from listener.nlp.train_telling import Reader, told_examples


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


def told(analyser: Analyser, text: str) -> float:
    found = analyser.analyse(text).told
    assert found is not None
    return found


def slowly(text: str) -> float:
    """The log-odds by what the docstrings say of them."""
    weights, classes = shipped_telling().weights, Classes()
    tokens = [token for token in split_faces(read(text).text, Segmenter().cut) if token != " "]
    points = 0.0
    for token in map(folded, tokens):
        kind = classes.of(token)
        parts = [*(["k:" + kind] if kind else []), *spelt(token)]
        points += weights.get("w:" + token, sum(weights.get(part, 0.0) for part in parts))
    for left, right in pairwise(tokens):
        if speaks(left) and speaks(right):
            points += weights.get(f"p:{left} {right}", 0.0) + weights.get(
                "g:" + folded(left[-1]) + folded(right[0]), 0.0
            )
    figures = shape(sum(token in BREAKS for token in tokens), sum(map(len, tokens)), tokens[-1] == "?")
    about = weights["b:"] + sum(weights[f"s:{number}"] * value for number, value in enumerate(figures))
    return about + points / math.sqrt(len(tokens))


@pytest.mark.parametrize(
    "text", ["押金说好三天退，等了两个月没有人管", "师傅当天就来修好了，没收钱", "abc", "？", "龘龘会议改到三点 😡"]
)
def test_the_odds_are_the_sum_of_what_is_seen(analyser: Analyser, text: str) -> None:
    assert told(analyser, text) == pytest.approx(slowly(text))


def test_numerals_are_alike_and_nothing_says_nothing(analyser: Analyser) -> None:
    assert told(analyser, "等了三趟还没退") == told(analyser, "等了五趟还没退")
    assert told(analyser, "") == told(analyser, " ") == 0.0


def test_the_letters_of_a_code_tell_nothing() -> None:
    assert {shipped_telling().other(piece)[0] for piece in ("k7wqz", "zxqj", "h2m", "vb9t")} == {0.0}


def test_same_words_another_story(analyser: Analyser) -> None:
    """What tells them apart is what was done, not what it is about."""
    for bad, good in (
        ("酒店押金退房一个月了还没退给我", "酒店押金退房的时候当场就退给我了"),
        ("冰箱坏了报修三次没人来", "冰箱坏了报修当天就有人来修好"),
        ("孩子在幼儿园摔了老师提都没提", "孩子在幼儿园画了画老师夸了她"),
    ):
        assert told(analyser, bad) > max(0.0, told(analyser, good) + 0.5), (bad, good)


@pytest.mark.parametrize(
    "text", ["报修三次没人来，推来推去", "说好退款，拖了2.5个月，一个电话都不接！", "加微信x1-2领取"]
)
def test_both_segmenters_and_the_trainer_hear_the_same(analyser: Analyser, text: str) -> None:
    other = Analyser(Segmenter(engine="jieba"))
    assert told(other, text) == told(analyser, text)
    reader = Reader()
    heard = SentimentModel.load().hear(split_faces(read(text).text, Segmenter().cut))
    seen = reader.seen(reader.tokens(text))
    assert shape(heard.marks, len(read(text).text), False) == seen.shape


def test_a_product_in_one_piece_changes_little() -> None:
    """A name that the dictionary keeps whole is a word like any other; the story around it is told all the same."""
    text = "比亚迪汉买来三天中控就黑屏，售后让我等，等了两个月没人管"
    named = Analyser(products=[("比亚迪汉", ())])
    assert told(named, text) > 0.7 and abs(told(named, text) - told(Analyser(), text)) < 1.0


def test_an_analysis_that_nobody_asked_has_no_say() -> None:
    """Made by another hand, or before there was such a model: complaints are decided without."""
    analyser, text = Analyser(), "报修三次没人来，推来推去"
    analysis = analyser.analyse(text)
    assert judge(text, analysis) == judge(text, replace(analysis, told=analysis.told))
    assert STORY.zh not in judge(text, replace(analysis, told=None)).reason


def test_words_belong_to_one_class_and_hobbies_are_told(analyser: Analyser) -> None:
    classes = word_classes()
    assert classes["客服"] == "party" and classes["0个月"] == "span"
    assert analyser.analyse("这车油耗高，变速箱顿挫").hobby
    assert not analyser.analyse("快递丢了没人管").hobby


def test_what_it_adds_is_bounded_and_ends_with_length(analyser: Analyser) -> None:
    assert share_of_telling(10) == share_of_telling(80) == 1.0
    assert share_of_telling(120) == 0.5 and share_of_telling(160) == share_of_telling(4000) == 0.0
    assert pull_of_telling(9.0) == 4.0 and pull_of_telling(-9.0) == -2.5
    assert told(analyser, "说好退款拖着不退，打了十几个电话没人管") > 2 > -1 > told(analyser, "味道很好，下次还来")
    assert told_of(3.0, 40, 0.0, 5.0, False, False) == (1.0, 4.0)
    assert told_of(3.0, 40, 0.0, 5.0, True, False) == (0.3, 4.0)  # a headline without a mood
    assert told_of(3.0, 160, 0.0, 5.0, False, False) == told_of(3.0, 40, -3.0, 5.0, False, False) == (0.0, 0.0)
    assert told_of(-3.0, 40, 0.0, 5.0, False, True) == (1.0, -1.5)  # of who asks an office
    assert told_of(-3.0, 5, 0.0, 5.0, False, True) == (1.0, 0.0)


def test_talk_about_cars_is_swayed_a_little_either_way() -> None:
    assert sway_of_talk(0.0, 0.0) == pytest.approx(0.3)
    assert sway_of_talk(9.0, 9.0) == pytest.approx(0.3 + 0.8 + 1.8)
    assert sway_of_talk(-9.0, -9.0) == pytest.approx(0.3 - 1.8 - 1.8)
    for told, register in ((9.0, 9.0), (-9.0, -9.0)):
        assert abs(sway_of_talk(told, register)) <= SWAY


def test_sentences_are_of_many_trades_on_both_sides() -> None:
    examples = told_examples()
    for grieved in (True, False):
        trades = {each.trade for each in examples if each.grievance is grieved and each.trade}
        assert len(trades) >= 40 and sum(each.grievance is grieved for each in examples) > 1_200
    assert len({each.text for each in examples if each.trade}) > 2_400
