"""A sentiment model of one's own, in ONNX, answering in the built-in one's place: the extra ``onnx``, off by default.

A folder as exported by Hugging Face Optimum: ``model.onnx``, ``tokenizer.json`` and ``config.json``, whose
``id2label`` names the classes (negative, neutral, positive in any of the usual spellings; neutral may be missing). The
deciding words stay those of the built-in model, which also answers where the local one fails.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.system_words import in_words

__all__ = ["LocalModel", "flaws"]

log = logging.getLogger(__name__)

LONGEST = 512
"""Tokens of a text that are looked at: what BERT-like models take."""
_CLASSES = ("neg", "neu", "pos")
_SPELLINGS = {"消极": "neg", "负": "neg", "中": "neu", "积极": "pos", "正": "pos"}


class LocalModel:
    """The model in a folder; ``BadInput`` where it cannot be used."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = f"local:{folder.name}"
        self._columns = _columns(_config(folder))
        try:
            tokenizers = importlib.import_module("tokenizers")
            runtime = importlib.import_module("onnxruntime")
        except ImportError as error:
            what = say(f"没有安装 {error.name}", f"{error.name} is missing")
            raise BadInput(Mistake(str(folder), what, "pip install 'listener[onnx]'")) from error
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(LONGEST)
            self._session = runtime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
        except Exception as error:  # both raise exceptions of their own kinds
            raise BadInput(Mistake(str(folder), f"{say('模型无法使用：', 'is no model: ')}{error}"[:300])) from error
        self._inputs = {each.name for each in self._session.get_inputs()}

    def probabilities(self, text: str) -> tuple[float, float, float] | None:
        """Negative, neutral, positive; None where the model fails, which the log tells."""
        try:
            cut = self._tokenizer.encode(text)
            rows = {"input_ids": cut.ids, "attention_mask": cut.attention_mask, "token_type_ids": cut.type_ids}
            given = {name: np.array([row], dtype=np.int64) for name, row in rows.items() if name in self._inputs}
            scores = [float(score) for score in self._session.run(None, given)[0][0]]
        except Exception as error:  # whatever a model of somebody's own raises
            log.warning("%s: %s: %s", self.version, type(error).__name__, error)
            return None
        shares = _shares(scores, self._columns)
        if shares is None:
            log.warning("%s: %s", self.version, say(f"得分无法使用：{scores[:9]}", f"unusable scores: {scores[:9]}"))
        return shares


def flaws(folder: Path) -> tuple[Mistake, ...]:
    """What can be told without loading a model why the one in ``folder`` cannot be used; empty where nothing can."""
    try:
        _columns(_config(folder))
    except BadInput as error:
        return error.mistakes
    gone = [name for name in ("model.onnx", "tokenizer.json") if not (folder / name).is_file()]
    if gone:
        return (_no_model(folder, say("没有 ", "no ") + "、".join(gone)),)
    missing = [name for name in ("onnxruntime", "tokenizers") if importlib.util.find_spec(name) is None]
    what = say(f"没有安装 {'、'.join(missing)}", f"missing: {', '.join(missing)}")
    return (Mistake(str(folder), what, "pip install 'listener[onnx]'"),) if missing else ()


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(_no_model(folder, f"config.json: {in_words(error)}")) from error
    except ValueError as error:
        raise BadInput(_no_model(folder, say("config.json 不是 JSON", "config.json is no JSON"))) from error
    return found if isinstance(found, dict) else {}


def _no_model(folder: Path, why: str) -> Mistake:
    what = say(f"不是模型目录（{why}）", f"is no model ({why})")
    chinese = "其中应有 model.onnx、tokenizer.json、config.json"
    return Mistake(str(folder), what, say(chinese, "a folder with model.onnx, tokenizer.json, config.json"))


def _columns(config: Mapping[str, Any]) -> dict[str, int]:
    """Class → column of the scores; ``BadInput`` where negative or positive is not named."""
    named = config.get("id2label")
    found: dict[str, int] = {}
    for number, name in named.items() if isinstance(named, dict) else ():
        spelt = str(name).lower()
        known = next((mark for mark in _CLASSES if mark in spelt), None)
        known = known or next((mark for word, mark in _SPELLINGS.items() if word in spelt), None)
        if known and str(number).isdigit():
            found[known] = int(number)
    if not {"neg", "pos"} <= found.keys():
        what = say(f"id2label 没有写明各类：{named}", f"id2label does not name the classes: {named}")
        chinese = "写成 negative、neutral、positive"
        raise BadInput(Mistake("config.json", what, say(chinese, "name them negative, neutral, positive")))
    return found


def _shares(scores: Sequence[float], columns: Mapping[str, int]) -> tuple[float, float, float] | None:
    """Softmax over the named classes; None where a score is missing or no number."""
    if max(columns.values()) >= len(scores) or not all(map(math.isfinite, scores)):
        return None
    top = max(scores[column] for column in columns.values())
    raised = {name: math.exp(scores[column] - top) for name, column in columns.items()}
    whole = sum(raised.values())
    negative, neutral, positive = (raised.get(name, 0.0) / whole for name in _CLASSES)
    return negative, neutral, positive
