"""What corrections from a new domain do: ``python tests/bench/bench_learning.py FOLDER [--counts 50 200]``.

For each ``sentiment_*.csv``: the first rows are given as corrections, the odd rows of the second half are measured.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from listener.model import Sentiment
from listener.nlp.learn import Correction, learn, measure
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel

LABELS = {"neg": Sentiment.NEGATIVE, "neu": Sentiment.NEUTRAL, "pos": Sentiment.POSITIVE}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[50, 200])
    options = parser.parse_args()
    segmenter, model = Segmenter(), SentimentModel.load()
    for path in sorted(options.folder.glob("sentiment_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [Correction(row["text"], LABELS[row["label"]]) for row in csv.DictReader(lines)]
        test = rows[len(rows) // 2 :]
        base = measure(model, test, segmenter)
        line = f"{path.stem:24} before F1 {base.macro_f1:.3f} ECE {base.calibration_error:.3f}"
        for count in options.counts:
            lesson = learn(model, rows[:count], segmenter, "test")
            after = measure(lesson.model, test, segmenter)
            line += f" | {count}: F1 {after.macro_f1:.3f} ECE {after.calibration_error:.3f}"
            line += "" if lesson.accepted else " refused"
        print(line, flush=True)


if __name__ == "__main__":
    main()
