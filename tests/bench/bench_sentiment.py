"""Sentiment figures on labelled sets: ``python tests/bench/bench_sentiment.py FOLDER [--half even|odd] [--snownlp]``.

FOLDER holds ``sentiment_*.csv`` with the columns label (pos, neg, neu) and text. Printed for each set:

- sign:  macro-F1 of positive against negative by the sign of P(positive) - P(negative), neutral texts left out
- ECE:   expected calibration error of P(positive | not neutral), ten bins, on the same texts
- three: macro-F1 of the three labels, where the set has neutral ones, and the ECE of the label's probability
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from listener.nlp.analyse import Analyser

LABELS = {"neg": 0, "neu": 1, "pos": 2}


def rows_of(path: Path, half: str) -> list[tuple[int, str]]:
    """(label, text) of the even, the odd or all rows."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [(LABELS[row["label"]], row["text"]) for row in csv.DictReader(lines)]
    return {"all": rows, "even": rows[::2], "odd": rows[1::2]}[half]


def macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    """Unweighted mean of the F1 of each class in ``truth``."""
    scores = []
    for label in np.unique(truth):
        hit = np.sum((truth == label) & (said == label))
        scores.append(2 * hit / max(np.sum(truth == label) + np.sum(said == label), 1))
    return float(np.mean(scores))


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Mean over equal-width bins of |mean confidence - share right|, weighted by the bin's size."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[which == b].mean() - right[which == b].mean()) * np.sum(which == b) for b in np.unique(which)
    ]
    return float(sum(gaps) / len(confidence))


def two_class(p: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """(macro-F1, ECE) of positive against negative, neutral texts left out."""
    some = truth != 1
    positive = (p[some, 2] + 1e-12) / (p[some, 0] + p[some, 2] + 2e-12)
    said = np.where(positive > 0.5, 2, 0)
    return macro_f1(truth[some], said), calibration_error(np.maximum(positive, 1 - positive), said == truth[some])


def figures(p: np.ndarray, truth: np.ndarray) -> str:
    """One line of figures."""
    two, error = two_class(p, truth)
    line = f"sign {two:.3f}  ECE {error:.3f}"
    said = p.argmax(1)
    if (truth == 1).any():
        line += f"  three {macro_f1(truth, said):.3f}  ECE {calibration_error(p.max(1), said == truth):.3f}"
    return line + f"  said neutral {np.mean(said == 1):.2f}"


def snownlp_probabilities(texts: Sequence[str]) -> np.ndarray:
    """SnowNLP as shipped, cut at .4 and .6 for three classes."""
    from snownlp import SnowNLP

    scores = np.array([SnowNLP(t).sentiments if t.strip() else 0.5 for t in texts])
    middle = 1 - np.minimum(np.abs(scores - 0.5) * 5, 1)
    return np.stack([(1 - scores) * (1 - middle), middle, scores * (1 - middle)], 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--half", choices=("all", "even", "odd"), default="all")
    parser.add_argument("--snownlp", action="store_true")
    options = parser.parse_args()
    analyser = Analyser()
    means = []
    for path in sorted(options.folder.glob("sentiment_*.csv")):
        rows = rows_of(path, options.half)
        truth = np.array([label for label, _ in rows])
        p = np.array([a.probabilities for a in analyser.analyse_many(text for _, text in rows)])
        if not (truth == 1).any():
            means.append(two_class(p, truth))
        print(f"{path.stem:24} {figures(p, truth)}", flush=True)
        if options.snownlp:
            print(f"{'  SnowNLP':24} {figures(snownlp_probabilities([t for _, t in rows]), truth)}", flush=True)
    f1, error = np.mean(means, axis=0)
    print(f"mean over the {len(means)} binary sets: macro-F1 {f1:.4f}, ECE {error:.3f}")


if __name__ == "__main__":
    main()
