"""Bracket faces ([怒]) and emoji (😡) as tokens of their own, with a weight by what they are used for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from listener.nlp.lexicon import face_classes
from listener.text.sign import Sign

__all__ = ["FACE_WEIGHTS", "face_weight", "split_faces"]

# On the scale of the linear model's word weights, where a seed word is worth about 6.
FACE_WEIGHTS: Final = {"++": 15.0, "+": 7.0, "0": 0.0, "-": -10.0, "--": -15.0}

_CLASSES: Final = face_classes()
_FACE: Final = re.compile(r"\[[^\[\]\s]{1,8}\]|" + "|".join(re.escape(face) for face in _CLASSES if face[0] != "["))
# One quick look tells whether a text can have a face at all.
_MAYBE: Final = Sign(r"[\[\u2190-\u2bff\U0001f000-\U0001faff]")


def face_weight(token: str) -> float:
    """The weight of a face, 0 for anything else."""
    mark = _CLASSES.get(token)
    return FACE_WEIGHTS[mark] if mark else 0.0


def split_faces(text: str, cut: Callable[[str], list[str]]) -> list[str]:
    """The tokens of ``text``: faces whole, the rest by ``cut``; they concatenate to ``text``."""
    if not _MAYBE.within(text):
        return cut(text)
    tokens: list[str] = []
    at = 0
    for face in _FACE.finditer(text):
        tokens += cut(text[at : face.start()])
        tokens.append(face.group())
        at = face.end()
    return tokens + cut(text[at:])
