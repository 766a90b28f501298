"""Weights on disk: one npz with the feature names, their weights and the facts as JSON. Never pickle."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from importlib import resources
from pathlib import Path

import numpy as np

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.system_words import in_words

__all__ = ["model_file", "number_in", "numbers_in", "read_weights", "write_weights"]


def model_file(name: str) -> Path:
    """Where the shipped model ``name`` lies."""
    return Path(str(resources.files("listener.nlp") / "models" / f"{name}.npz"))


def read_weights(path: Path) -> tuple[dict[str, float], dict[str, object]]:
    """(weight by feature, facts); ``BadInput`` where the file is missing or no model of ours."""
    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as stored:
            names = stored["features"].tobytes().decode("utf-8").split("\n")
            weights = stored["weights"].astype(float).tolist()
            facts = json.loads(stored["facts"].tobytes().decode("utf-8"))
        if not isinstance(facts, dict):
            raise ValueError("the facts are no table")
        return dict(zip(names, weights, strict=True)), facts
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        # numpy says of any other file that it is a pickle, and how to load it unsafely
        why = f"{say('：', ': ')}{in_words(error)}" if isinstance(error, OSError) else ""
        chinese = "用 listener nlp train 训练，或用 listener nlp rollback 退回以前的版本"
        mend = say(chinese, "run `listener nlp train`, or `listener nlp rollback` to the version before")
        raise BadInput(Mistake(str(path), say("不是模型文件", "is not a model") + why, mend)) from error


def write_weights(path: Path, weights: Mapping[str, float], facts: Mapping[str, object]) -> None:
    """Write a model; the same model gives the same bytes."""
    names = sorted(weights)
    text = json.dumps(dict(facts), ensure_ascii=False, sort_keys=True)
    with path.open("wb") as out:
        np.savez_compressed(
            out,
            features=np.frombuffer("\n".join(names).encode(), dtype=np.uint8),
            weights=np.array([weights[name] for name in names], dtype=np.float32),
            facts=np.frombuffer(text.encode(), dtype=np.uint8),
        )


def number_in(facts: Mapping[str, object], name: str, otherwise: float) -> float:
    """The number called ``name`` in a model's ``facts``."""
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) else otherwise


def numbers_in(facts: Mapping[str, object], name: str, otherwise: tuple[float, ...]) -> tuple[float, ...]:
    """The numbers called ``name``; ``otherwise`` where there are not as many."""
    stored = facts.get(name)
    if isinstance(stored, list) and len(stored) == len(otherwise):
        return tuple(float(number) for number in stored)
    return otherwise
