"""What corrections from a new domain do: ``python tests/bench/bench_learning.py FOLDER [--counts 50 200] [--seeds 5]``.

Each ``sentiment_*.csv`` is parted: even rows (``--part odd``: odd ones) are used, their first half gives the
corrections (a random sample for each seed), their second half is measured and never given. Printed are macro-F1 and
calibration error before, and for each number of corrections the mean over the seeds, the worst seed's change of
macro-F1, and how many seeds were refused (then the shipped model stays, so nothing changes).
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from listener.model import Sentiment
from listener.nlp.evaluate import Figures
from listener.nlp.learn import Correction, learn, measure
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel

LABELS = {"neg": Sentiment.NEGATIVE, "neu": Sentiment.NEUTRAL, "pos": Sentiment.POSITIVE}


def parts_of(path: Path, part: str) -> tuple[list[Correction], list[Correction]]:
    """(what may be given, what is measured)."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [Correction(row["text"], LABELS[row["label"]]) for row in csv.DictReader(lines)]
    rows = rows if part == "all" else rows[part == "odd" :: 2]
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


def shown(before: Figures, count: int, after: Sequence[Figures], refused: int) -> str:
    """One column: the mean of the seeds, the worst, and the refusals."""
    change = [a.macro_f1 - before.macro_f1 for a in after]
    told = f" | {count}: F1 {mean(a.macro_f1 for a in after):.3f} ({mean(change):+.3f}, worst {min(change):+.3f})"
    gained = mean(a.accuracy - before.accuracy for a in after)
    return told + f" acc {gained:+.3f} ECE {mean(a.calibration_error for a in after):.3f} refused {refused}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--part", choices=["even", "odd", "all"], default="even")
    parser.add_argument("--sets", nargs="*", default=[])
    options = parser.parse_args()
    segmenter, model = Segmenter(), SentimentModel.load()
    for path in sorted(options.folder.glob("sentiment_*.csv")):
        if options.sets and path.stem.removeprefix("sentiment_") not in options.sets:
            continue
        given, test = parts_of(path, options.part)
        before = measure(model, test, segmenter)
        line = f"{path.stem:24} before F1 {before.macro_f1:.3f} ECE {before.calibration_error:.3f}"
        for count in options.counts:
            lessons = [
                learn(model, random.Random(seed).sample(given, count), segmenter, "test")
                for seed in range(options.seeds)
            ]
            after = [measure(lesson.model, test, segmenter) for lesson in lessons]
            line += shown(before, count, after, sum(not lesson.accepted for lesson in lessons))
        print(line, flush=True)


if __name__ == "__main__":
    main()
