"""The model of what customers tell: what it sees, that its quick way is its slow way, and that it carries over."""

from __future__ import annotations

import math

import pytest

from listener.nlp.reading import read
from listener.nlp.telling import (
    CLASSES,
    GRAMS,
    WORDS,
    Telling,
    folded,
    pull_of_telling,
    shape,
    share_of_telling,
    shipped_telling,
    word_classes,
)
from listener.nlp.train_telling import grams, told_examples


def slowly(model: Telling, text: str) -> float:
    """The score by what the docstrings say of it."""
    weights, own = model.weights, folded(text)
    words, classes, twice = model.hear(text)
    along = [weights["w:" + word] for word in words if "w:" + word in weights]
    told = [weights.get("k:" + name, 0.0) for name in classes] + [weights.get("t:" + name, 0.0) for name in twice]
    spelt = [weights["g:" + gram] for gram in grams(own) if "g:" + gram in weights]
    points = weights["b:"] + sum(weights[f"s:{number}"] * value for number, value in enumerate(shape(own)))
    for strength, found in ((WORDS, along), (CLASSES, told), (GRAMS, spelt)):
        points += strength * sum(found) / math.sqrt(len(found) or 1)
    return points


@pytest.mark.parametrize(
    "text", ["押金说好三天退，等了两个月没人理", "师傅当天就来修好了，没收钱", "abc", "？", "会议改到三点"]
)
def test_a_score_is_the_sum_of_what_is_seen(text: str) -> None:
    normal = read(text).text
    assert shipped_telling().score(normal) == pytest.approx(slowly(shipped_telling(), normal))


def test_numerals_are_alike_and_nothing_says_nothing() -> None:
    model = shipped_telling()
    assert model.score("等了三个月还没退") == model.score("等了12个月还没退")
    assert model.score("") == model.score(" ") == 0.0


def test_same_words_another_story() -> None:
    """What tells them apart is what was done, not what it is about."""
    model = shipped_telling()
    for bad, good in (
        ("酒店押金退房一个月了还没退给我", "酒店押金退房的时候当场就退给我了"),
        ("冰箱坏了报修三次没人来", "冰箱坏了报修当天就有人来修好"),
        ("孩子在幼儿园摔了老师提都没提", "孩子在幼儿园画了画老师夸了她"),
    ):
        assert model.score(bad) > max(0.0, model.score(good) + 0.5), (bad, good)


def test_words_belong_to_one_class_and_hobbies_are_told() -> None:
    classes = word_classes()
    assert classes["客服"] == "party" and classes["0个月"] == "span"
    assert shipped_telling().told("这车油耗高，变速箱顿挫")[1]
    assert not shipped_telling().told("快递丢了没人管")[1]


def test_what_it_adds_is_bounded_and_ends_with_length() -> None:
    assert share_of_telling(10) == share_of_telling(80) == 1.0
    assert share_of_telling(120) == 0.5 and share_of_telling(160) == share_of_telling(4000) == 0.0
    most, least = pull_of_telling("说好退款拖着不退，打了十几个电话没人管")[0], pull_of_telling("味道很好，下次还来")[0]
    assert most == 4.0 and least == -2.5


def test_sentences_are_of_many_trades_on_both_sides() -> None:
    examples = told_examples()
    for grieved in (True, False):
        trades = {each.trade for each in examples if each.grievance is grieved and each.trade}
        assert len(trades) >= 40 and sum(each.grievance is grieved for each in examples) > 1_200
    assert len({each.text for each in examples if each.trade}) > 2_400
