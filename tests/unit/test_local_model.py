"""A sentiment model of one's own answers in the built-in one's place; where it fails, the built-in one does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from listener.errors import BadInput
from listener.model import Sentiment
from listener.nlp.analyse import Analyser
from listener.nlp.local_model import LocalModel, flaws

NAMES = {"0": "NEGATIVE", "1": "Neutral", "2": "positive"}


class Tokenizer:
    """As the tokenizers package's, as far as it is used."""

    @staticmethod
    def from_file(path: str) -> Tokenizer:
        if not Path(path).is_file():
            raise Exception("no such file")
        return Tokenizer()

    def enable_truncation(self, longest: int) -> None:
        self.longest = longest

    def encode(self, text: str) -> Any:
        assert self.longest == 512  # what the models take
        return SimpleNamespace(ids=[len(text)], attention_mask=[1], type_ids=[0])


@pytest.fixture
def scores(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the stand-in for onnxruntime answers."""
    told: list[Any] = [[[0.0, 0.0, 5.0]]]

    class Session:
        def __init__(self, path: str, providers: list[str]) -> None:
            self.path = path

        def get_inputs(self) -> list[Any]:
            return [SimpleNamespace(name="input_ids"), SimpleNamespace(name="attention_mask")]

        def run(self, wanted: None, given: dict[str, Any]) -> list[Any]:
            assert given.keys() == {"input_ids", "attention_mask"}
            if isinstance(told[0], Exception):
                raise told[0]
            return told

    monkeypatch.setitem(sys.modules, "onnxruntime", SimpleNamespace(InferenceSession=Session))  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "tokenizers", SimpleNamespace(Tokenizer=Tokenizer))  # type: ignore[arg-type]
    return told


def folder(path: Path, names: object = NAMES) -> Path:
    (path / "config.json").write_text(json.dumps({"id2label": names}), encoding="utf-8")
    (path / "tokenizer.json").write_text("{}", encoding="utf-8")
    return path


def test_it_answers_and_stamps_what_it_answered(tmp_path: Path, scores: list[Any]) -> None:
    analyser = Analyser(local=LocalModel(folder(tmp_path)))
    found = analyser.analyse("服务太差了，再也不来")
    assert found.sentiment is Sentiment.POSITIVE and found.probabilities[2] > 0.9
    assert found.model_version == f"local:{tmp_path.name}" == analyser.model_version


@pytest.mark.parametrize(
    "told",
    [RuntimeError("out of memory"), [[float("nan"), 0.0, 0.0]], [[1.0]]],
    ids=["raises", "not-a-number", "too-few"],
)
def test_where_it_fails_the_built_in_one_answers_and_the_log_says_so(
    tmp_path: Path, scores: list[Any], told: Any, caplog: pytest.LogCaptureFixture
) -> None:
    scores[0] = told
    found = Analyser(local=LocalModel(folder(tmp_path))).analyse("服务太差了，再也不来")
    assert found.sentiment is Sentiment.NEGATIVE
    assert f"local:{tmp_path.name}" in caplog.text


def test_two_classes_have_no_neutral(tmp_path: Path, scores: list[Any]) -> None:
    scores[0] = [[2.0, 0.0]]
    said = LocalModel(folder(tmp_path, {"0": "积极", "1": "消极"})).probabilities("好")
    assert said is not None and said[1] == 0.0 and said[2] > said[0] and sum(said) == pytest.approx(1.0)


def test_however_large_scores_are_they_are_shares(tmp_path: Path, scores: list[Any]) -> None:
    scores[0] = [[-5000.0, 0.0, 5000.0]]
    assert LocalModel(folder(tmp_path)).probabilities("好") == (0.0, 0.0, 1.0)


def test_a_configuration_that_is_no_table_is_told(tmp_path: Path, scores: list[Any]) -> None:
    (folder(tmp_path) / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(BadInput, match="id2label"):
        LocalModel(tmp_path)


@pytest.mark.parametrize("names", [{}, None, {"0": "LABEL_0", "1": "LABEL_1"}, ["neg", "pos"]], ids=repr)
def test_classes_that_are_not_named_are_told(tmp_path: Path, scores: list[Any], names: object) -> None:
    with pytest.raises(BadInput, match="id2label"):
        LocalModel(folder(tmp_path, names))


def test_a_missing_folder_or_package_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadInput, match=r"config\.json"):
        LocalModel(tmp_path / "nowhere")
    monkeypatch.setitem(sys.modules, "tokenizers", None)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match=r"listener\[onnx\]"):
        LocalModel(folder(tmp_path))


def test_a_broken_folder_is_told(tmp_path: Path, scores: list[Any]) -> None:
    folder(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(BadInput, match="模型无法使用"):
        LocalModel(tmp_path)
    assert "没有 model.onnx、tokenizer.json" in str(flaws(tmp_path)[0])


def test_what_is_not_there_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    gone = tmp_path / "nothing"
    assert [str(each) for each in flaws(gone)] == [
        f"{gone}: 不是模型目录（config.json: 没有这个文件或目录） → 其中应有 model.onnx、tokenizer.json、config.json"
    ]
    (folder(tmp_path) / "config.json").write_text("{half", encoding="utf-8")
    assert "config.json 不是 JSON" in str(flaws(tmp_path)[0])
