"""The shipped models come from what is allowed, deterministically."""

from __future__ import annotations

from pathlib import Path

import pytest

from listener.nlp.register import Register, grams, shipped_register
from listener.nlp.segment import Segmenter
from listener.nlp.stored import read_weights, write_weights
from listener.nlp.train import Example, count_features, fit, fit_register, register_examples, shipped_examples


@pytest.fixture(scope="module")
def small() -> list[Example]:
    good = [Example(f"第{i}间房间干净，服务很好", True) for i in range(6)]
    return good + [Example(f"第{i}间房间很脏，服务不好", False) for i in range(6)]


def test_fit_learns_sides_and_negation(small: list[Example]) -> None:
    counts = count_features(Segmenter(), [e.text for e in small])
    weights = fit(counts, small)
    assert weights["w:干净"] > 0 > weights["c:脏"]
    assert weights == fit(counts, small)


def test_examples_are_the_corpora_and_own_words_only() -> None:
    examples = shipped_examples()
    seeds = [e for e in examples if e.weight != 1.0]
    assert len(examples) - len(seeds) > 17_000
    assert len(seeds) > 1_500


def test_register_tells_complaint_from_talk() -> None:
    register = shipped_register()
    assert register.score("厂家客服一直不处理，要求退款") > 0.5
    assert register.score("楼主恭喜提车，油耗多少") < 0
    assert register.score("") == 0.0


def test_shipped_register_is_what_its_sentences_give() -> None:
    fresh = Register(fit_register(register_examples()))
    for text in ("车门异响，没人处理", "谢谢分享", "落地多少"):
        assert fresh.score(text) == pytest.approx(shipped_register().score(text), abs=1e-3)


def test_grams_fold_numbers() -> None:
    assert grams("12元") == ["0", "元", "0元"]


def test_weights_come_back(tmp_path: Path) -> None:
    path = tmp_path / "m.npz"
    write_weights(path, {"w:好": 1.5, "p:很 好": -0.25}, {"version": "x"})
    assert read_weights(path) == ({"w:好": 1.5, "p:很 好": -0.25}, {"version": "x"})
