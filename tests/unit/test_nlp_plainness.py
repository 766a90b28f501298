"""How plain a text sounds: what is learnt, what is read back, and what no word tells."""

from __future__ import annotations

import numpy as np
import pytest

from listener.nlp.plainness import Plainness, shipped_plainness
from listener.nlp.segment import Segmenter
from listener.nlp.senses import Senses
from listener.nlp.train_plainness import fit_plainness, plainness_examples


def _of(model: Plainness, token: str) -> float:
    own = model.own(token)
    return model.other(token) if own is None else own


def test_words_of_notices_are_learnt_and_those_of_verdicts(segmenter: Segmenter) -> None:
    notices = [(f"本馆周{day}闭馆", True, 1.0) for day in "一二三四五六"]
    verdicts = [(f"第{number}次就坏了", False, 1.0) for number in "一二三四五六"]
    senses = Senses(["闭馆", "停业"], np.array([[1.0, 0.0], [0.9, 0.1]]))
    model = fit_plainness([*notices, *verdicts], senses, segmenter)
    assert _of(model, "闭馆") > 0 > _of(model, "坏")
    assert _of(model, "停业") > 0  # no sentence has it; it keeps the same company


def test_an_unknown_word_is_told_by_its_characters() -> None:
    model = Plainness({"w:营业": 1.0, "c:馆": 0.5, "#": 0.25})
    assert (_of(model, "营业"), _of(model, "体育馆"), _of(model, "馆"), _of(model, "12")) == (1.0, 0.5, 0.0, 0.25)
    assert _of(model, "gym") == _of(model, "。") == 0.0


def test_single_words_tell_less_the_longer_a_text_is() -> None:
    model = Plainness({}, 0.0)
    assert model.tells(-4.0, 4) < model.tells(-4.0, 40)
    assert model.tells(1e6, 1) == 2.0 and model.tells(-1e6, 1) == -3.0
    assert model.tells(0.0, 0) == 0.0


def test_examples_are_of_both_kinds_and_the_shipped_model_is_small() -> None:
    plain = sum(is_plain for _, is_plain, _ in plainness_examples())
    assert 400 < plain < len(plainness_examples()) / 2
    assert 5_000 < len(shipped_plainness().weights) < 20_000


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter()
