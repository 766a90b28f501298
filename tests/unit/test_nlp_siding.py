"""What is learnt of good against bad news: by shared words, by words of like meaning, and not by irony."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.nlp import adapt, siding
from listener.nlp.adapt import Array, Evidence
from listener.nlp.course import Course, Found
from listener.nlp.faces import split_faces
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.senses import fit_senses, shipped_senses
from listener.nlp.sentiment import LEARNT, SentimentModel
from listener.nlp.shaping import kept_shape
from listener.nlp.siding import turn_of

_WHO = ["上单", "打野", "中单", "辅助", "射手", "教练", "解说", "队伍", "主队", "客队"]
_DEAR = ["价格便宜", "真便宜", "很便宜的样子"]
_GRAND = ["价格昂贵", "真昂贵", "很昂贵的样子"]
_TOLD = [(f"{who}{what}", 0) for who, what in itertools.product(_WHO, _DEAR)]
_TOLD += [(f"{who}{what}", 2) for who, what in itertools.product(_WHO, _GRAND)]


@pytest.fixture(scope="module")
def model() -> SentimentModel:
    return SentimentModel.load(None)


_CUT = Segmenter().cut


@pytest.fixture(scope="module")
def course(model: SentimentModel) -> Course:
    """Of a domain where what is cheap is bad news."""
    return Course.of(model, _TOLD, Segmenter())


def evidence(base: Array, kin: Array, labels: list[int]) -> Evidence:
    ones = np.ones(len(base))
    return Evidence(base, np.zeros((len(base), 4)), kin, kin, np.array(labels), ones, two=True)


def score(model: SentimentModel, text: str) -> float:
    normal = read(text).text
    return model.judge(normal, split_faces(normal, _CUT)).score


def test_words_of_like_meaning_are_near() -> None:
    senses = shipped_senses()

    def near(one: str, other: str) -> float:
        a, b = (senses.of({"w:" + word: 1.0}) for word in (one, other))
        return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))

    assert near("失望", "后悔") > 0.5 > near("失望", "客服")
    assert near("开心", "高兴") > 0.5 > near("开心", "售后")
    assert not senses.of({"w:没有这个词": 1.0, "p:很 好": 1.0}).any()


def test_a_negation_turns_a_word_round() -> None:
    senses = shipped_senses()
    assert senses.of({"n:满意": 2.0}) == pytest.approx(-2.0 * senses.of({"w:满意": 1.0}))
    weights = senses.weights(senses.of({"w:满意": 1.0}))
    assert weights["w:满意"] == -weights["n:满意"] > 0


def test_vectors_come_of_what_stands_together() -> None:
    """Words with the same neighbours are more alike than others; and the same comes of the same texts."""
    texts = [[w, "甜", "吃"] for w in ("苹果", "桃子") * 30] + [[w, "快", "开"] for w in ("汽车", "摩托") * 30]
    texts += [["天气", str(n % 60), "说"] for n in range(300)]  # as many words as there are directions, and more
    one, again = fit_senses(texts), fit_senses(texts)
    assert one.words == again.words
    assert np.allclose(one.vectors @ one.vectors.T, again.vectors @ again.vectors.T, atol=1e-6)
    apple, peach, car = (one.of({"w:" + word: 1.0}) for word in ("苹果", "桃子", "汽车"))
    assert apple @ peach > apple @ car


def test_what_texts_not_taught_are_told_is_what_the_model_says(course: Course, model: SentimentModel) -> None:
    """Cross-validation and the model adapted are one arithmetic: the shipped score, and what the text is akin to."""
    adapted = course.adapted(Found(kept_shape, sides=0.7), "x")
    turn = turn_of(course.evidence)
    expected = course.evidence.base + 0.7 * turn.moved(course.evidence.kin)
    assert [score(adapted, text) for text, _ in _TOLD] == pytest.approx(expected.tolist(), abs=0.02)
    assert adapted.bias == pytest.approx(0.7 * turn.tilt)


def test_what_was_learnt_is_none_of_the_known_features(course: Course, model: SentimentModel) -> None:
    adapted = course.adapted(Found(kept_shape, sides=1.0), "x")
    assert any(name.startswith(LEARNT) for name in adapted.weights)
    for text in ("上单价格昂贵", "不便宜也不昂贵", "解说说他们都好"):
        assert adapted.hear(_CUT(text)).known == model.hear(_CUT(text)).known


def test_a_lesson_reaches_words_of_like_meaning(course: Course, model: SentimentModel) -> None:
    """划算 was never said: it is akin to what was."""
    assert not any("划算" in text for text, _ in _TOLD)
    adapted = course.adapted(Found(kept_shape, sides=1.0), "x")
    assert score(adapted, "替补便宜") < score(model, "替补便宜") - 0.3
    assert score(adapted, "划算") - score(model, "划算") < score(adapted, "电影") - score(model, "电影")


def test_who_says_otherwise_than_his_words_pulls_less() -> None:
    """Of two texts that the model has on the wrong side, the one it is surer of may be irony."""
    base = np.array([-0.5, -8.0, 2.0, -2.0])
    pull = turn_of(evidence(base, np.eye(4), [2, 2, 2, 0])).pull
    assert pull[0] > 2 * pull[1] > 0
    assert pull[2] > 0 > pull[3]


def test_of_one_side_alone_nothing_is_learnt() -> None:
    assert not turn_of(evidence(np.ones(3), np.eye(3), [2, 2, 1])).pull.any()


def test_chance_teaches_less_than_words_do() -> None:
    rng = np.random.default_rng(5)
    told = rng.normal(size=(120, 30))
    base, way = rng.normal(size=120), rng.normal(size=30)
    kin = told @ told.T / 30
    said = np.where(base + told @ way > 0, 2, 0)
    learnt = turn_of(evidence(base, kin, said.tolist())).moved(kin)
    chance = turn_of(evidence(base, kin, rng.permutation(said).tolist())).moved(kin)
    assert np.corrcoef(learnt, told @ way)[0, 1] > 0.7
    assert chance.std() < learnt.std() / 2


def test_many_texts_are_taught_as_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of many, one size is chosen, by some of them, and the equations are solved otherwise, to the same end."""
    rng = np.random.default_rng(6)
    told = rng.normal(size=(120, 10))
    base, kin = rng.normal(size=120), told @ told.T / 10
    corrected = evidence(base, kin, np.where(base + told @ rng.normal(size=10) > 0, 2, 0).tolist())
    few = turn_of(corrected).moved(kin)
    for module in (adapt, siding):
        monkeypatch.setattr(module, "MANY", 100)
    assert np.corrcoef(turn_of(corrected).moved(kin), few)[0, 1] > 0.98


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.floats(-30, 30), st.integers(0, 2)), min_size=1, max_size=12), st.integers(0, 9))
def test_any_scores_give_a_finite_change(told: list[tuple[float, int]], seed: int) -> None:
    shares = np.random.default_rng(seed).normal(size=(len(told), 3))
    base, labels = np.array([s for s, _ in told]), [label for _, label in told]
    pull = turn_of(evidence(base, shares @ shares.T, labels)).pull
    assert np.isfinite(pull).all()
    assert not pull[np.array(labels) == 1].any()
