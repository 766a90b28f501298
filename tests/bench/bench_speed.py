"""Speed of the stage beside SnowNLP and bare jieba, in one run, one core: ``python tests/bench/bench_speed.py FOLDER``.

FOLDER holds ``sentiment_*.csv``; reviews of 15 to 45 characters are taken from them (about 30 on average).
Printed: thousand characters a second, and how many times SnowNLP or bare jieba that is. ``whole`` is everything
from the given text to entities, categories and the complaint decision.
"""

from __future__ import annotations

import argparse
import csv
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from listener.complaints import judge
from listener.nlp.analyse import Analyser
from listener.nlp.faces import split_faces
from listener.nlp.reading import read
from listener.nlp.segment import Engine, Segmenter
from listener.nlp.sentiment import SentimentModel


def texts_of(folder: Path, most: int) -> list[str]:
    """Reviews of 15 to 45 characters, evenly from all files."""
    found: list[str] = []
    for path in sorted(folder.glob("sentiment_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found += [row["text"] for row in csv.DictReader(lines) if 15 <= len(row["text"]) <= 45]
    return found[:: max(1, len(found) // most)][:most]


def speed(name: str, texts: Sequence[str], step: Callable[[str], object]) -> float:
    """Characters a second of this process's own time, best of three."""
    best = float("inf")
    for _ in range(3):
        begin = time.process_time()
        for text in texts:
            step(text)
        best = min(best, time.process_time() - begin)
    rate = sum(map(len, texts)) / best
    print(f"{name:28} {rate / 1000:9.1f} thousand characters a second", flush=True)
    return rate


def sentiment_step(model: SentimentModel, segmenter: Segmenter) -> Callable[[str], object]:
    def step(text: str) -> object:
        read.cache_clear()
        normal = read(text).text
        return model.judge(normal, split_faces(normal, segmenter.cut))

    return step


def whole_step(analyser: Analyser) -> Callable[[str], object]:
    def step(text: str) -> object:
        read.cache_clear()
        return judge(text, analyser.analyse(text))

    return step


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=3000)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    import jieba
    from snownlp import SnowNLP

    jieba.setLogLevel(logging.CRITICAL)
    jieba.initialize()
    texts = texts_of(options.folder, options.most)
    print(f"{len(texts)} texts, {sum(map(len, texts)) / len(texts):.1f} characters on average")
    snow = speed("SnowNLP(t).sentiments", texts[::10], lambda text: SnowNLP(text).sentiments)
    bare = speed("bare jieba.lcut", texts, jieba.lcut)
    engines: tuple[Engine, ...] = ("jieba", "rjieba")
    for engine in engines:
        begin = time.process_time()
        segmenter = Segmenter(engine=engine)
        analyser = Analyser(segmenter)
        analyser.analyse("起动")
        print(f"{engine}: ready after {time.process_time() - begin:.2f} s")
        feel = speed(f"sentiment, {engine}", texts, sentiment_step(SentimentModel.load(), segmenter))
        whole = speed(f"whole stage, {engine}", texts, whole_step(analyser))
        analysis = speed(f"analysis alone, {engine}", texts, analyser.analyse)
        print(f"  sentiment {feel / snow:.1f} x SnowNLP")
        print(f"  whole {whole / bare:.2f} x jieba, analysis alone {analysis / bare:.2f} x jieba")


if __name__ == "__main__":
    main()
