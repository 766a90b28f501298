"""What corrections from a new domain do: ``python tests/bench/bench_learning.py FOLDER [--counts 50 200] [--seeds 5]``.

With ``--random`` each seed draws the corrections from all rows of the part, and all others are measured; else:

Each ``sentiment_*.csv`` is parted: even rows (``--part odd``: odd ones) are used, their first half gives the
corrections (a random sample for each seed), their second half is measured and never given. Printed are, before and for
each number of corrections (the mean over the seeds, in brackets the worst seed's change):

- sign:  macro-F1 of positive against negative by the sign of P(positive) - P(negative), neutral texts left out
- label: macro-F1 of the sentiment as it is said, of the classes that the set has: a neutral answer is a mistake
         where the set has none
- loss:  mean of -ln P(what is true); ECE as ``listener nlp evaluate`` prints it; how many seeds learnt nothing
"""

from __future__ import annotations

import argparse
import csv
import math
import random
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

from listener.model import Sentiment
from listener.nlp.evaluate import figures, macro_f1
from listener.nlp.faces import split_faces
from listener.nlp.learn import Correction, learn
from listener.nlp.reading import read
from listener.nlp.segment import Segmenter
from listener.nlp.sentiment import SentimentModel

LABELS = {"neg": Sentiment.NEGATIVE, "neu": Sentiment.NEUTRAL, "pos": Sentiment.POSITIVE}


def parts_of(path: Path, part: str) -> tuple[list[Correction], list[Correction]]:
    """(what may be given, what is measured)."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = [Correction(row["text"], LABELS[row["label"]]) for row in csv.DictReader(lines)]
    rows = rows if part == "all" else rows[part == "odd" :: 2]
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


def drawn(rows: Sequence[Correction], seed: int, count: int) -> tuple[list[Correction], list[Correction]]:
    """(``count`` of the rows at random, the others)."""
    order = list(rows)
    random.Random(seed).shuffle(order)
    return order[:count], order[count:]


class Measured(NamedTuple):
    """How a model did on the texts measured."""

    sign: float
    label: float
    loss: float
    ece: float


def measured(model: SentimentModel, test: Sequence[Correction], segmenter: Segmenter) -> Measured:
    """The figures of ``model``."""
    said, labels = [], []
    for correction in test:
        normal = read(correction.text).text
        judged = model.judge(normal, split_faces(normal, segmenter.cut))
        said.append(judged.probabilities)
        labels.append(judged.sentiment)
    truth = [correction.sentiment for correction in test]
    sides = [(t, Sentiment.POSITIVE if p[2] > p[0] else Sentiment.NEGATIVE) for t, p in zip(truth, said, strict=True)]
    signed = [(t, side) for t, side in sides if t is not Sentiment.NEUTRAL]
    order = list(Sentiment)
    losses = [-math.log(max(p[order.index(t)], 1e-6)) for t, p in zip(truth, said, strict=True)]
    found = figures(truth, said)
    sign = macro_f1([t for t, _ in signed], [side for _, side in signed])
    return Measured(sign, macro_f1(truth, labels), mean(losses), found.calibration_error)


def shown(count: int, before: Sequence[Measured], after: Sequence[Measured], refused: int) -> str:
    """One column: the mean of the seeds, the mean change with its standard error, the worst, and the refusals."""

    def change(name: str) -> str:
        changes = [getattr(a, name) - getattr(b, name) for a, b in zip(after, before, strict=True)]
        error = f"±{stdev(changes) / len(changes) ** 0.5:.4f} " if len(changes) > 1 else ""
        now = mean(getattr(a, name) for a in after)
        return f"{name} {now:.3f} ({mean(changes):+.4f} {error}worst {min(changes):+.3f})"

    tail = f"loss {mean(a.loss for a in after):.3f} ECE {mean(a.ece for a in after):.3f} refused {refused}"
    return f"\n{'':18}{count:4}: {change('sign')}  {change('label')}  {tail}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--counts", type=int, nargs="+", default=[50, 200])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--part", choices=["even", "odd", "all"], default="even")
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--sets", nargs="*", default=[])
    options = parser.parse_args()
    segmenter, model = Segmenter(), SentimentModel.load()
    for path in sorted(options.folder.glob("sentiment_*.csv")):
        if options.sets and path.stem.removeprefix("sentiment_") not in options.sets:
            continue
        given, test = parts_of(path, options.part)
        untaught = measured(model, test if not options.random else given + test, segmenter)
        line = (
            f"{path.stem.removeprefix('sentiment_'):16} before: sign {untaught.sign:.3f}  label {untaught.label:.3f}  "
        )
        line += f"loss {untaught.loss:.3f} ECE {untaught.ece:.3f}"
        for count in options.counts:
            before, after, refused = [], [], 0
            for seed in range(options.seeds):
                told, rest = random.Random(seed).sample(given, count), test
                if options.random:
                    told, rest = drawn(given + test, seed, count)
                lesson = learn(model, told, segmenter, "test")
                before.append(measured(model, rest, segmenter) if options.random else untaught)
                after.append(measured(lesson.model, rest, segmenter))
                refused += not lesson.accepted
            line += shown(count, before, after, refused)
        print(line, flush=True)


if __name__ == "__main__":
    main()
