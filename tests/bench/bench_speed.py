"""Speed of the stage beside SnowNLP and bare jieba, in one run, one core: ``python tests/bench/bench_speed.py FOLDER``.

FOLDER holds ``sentiment_*.csv``; reviews of 15 to 45 characters are taken from them (about 30 on average; with
``--long`` of 90 to 150). Every step is timed in turn, five rounds long, in the process's own time; printed is the
median of the rounds' ratios, so that what else the machine does cancels. ``cold`` is the first round alone, in which
every word is new. ``whole`` is everything from the given text to its cleaned form, analysis, complaint and topics.
"""

from __future__ import annotations

import argparse
import csv
import logging
import statistics
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from listener.complaints import judge
from listener.model import RawMention
from listener.nlp.analyse import Analyser
from listener.nlp.faces import split_faces
from listener.nlp.reading import read
from listener.nlp.segment import Engine, Segmenter
from listener.nlp.sentiment import SentimentModel
from listener.settings import TopicSettings
from listener.text.clean import clean
from listener.topics import Topics

Step = Callable[[str], object]
_NOW = datetime(2026, 11, 28, tzinfo=UTC)
_RAW = RawMention(source="s", platform="feed", site="s", native_id="1", url="https://a.example/1", captured_at=_NOW)
_TOPICS = (
    TopicSettings(name="酒店", any=("酒店", "宾馆", "前台", "入住", "房间", "退房", "早餐")),
    TopicSettings(name="汽车", any=("发动机", "刹车", "变速箱", "4s店", "油耗", "异响", "保养"), exclude=("玩具",)),
    TopicSettings(name="外卖", query="(外卖 OR 骑手 OR 送餐) AND (超时 OR 慢 OR 凉 OR 洒)"),
    TopicSettings(name="售后", query="客服 NEAR/10 (态度 OR 不理 OR 敷衍)"),
    TopicSettings(name="手机", any=("手机", "屏幕", "电池", "充电", "续航"), must=("坏",)),
)


def texts_of(folder: Path, most: int, shortest: int, longest: int) -> list[str]:
    """Reviews of ``shortest`` to ``longest`` characters, evenly from all files."""
    found: list[str] = []
    for path in sorted(folder.glob("sentiment_*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as lines:
            found += [row["text"] for row in csv.DictReader(lines) if shortest <= len(row["text"]) <= longest]
    return found[:: max(1, len(found) // most)][:most]


def rate(texts: Sequence[str], step: Step) -> float:
    """Characters a second of this process's own time."""
    begin = time.process_time()
    for text in texts:
        step(text)
    return sum(map(len, texts)) / (time.process_time() - begin)


def sentiment_step(model: SentimentModel, segmenter: Segmenter) -> Step:
    model.make_ready()  # as the analyser does

    def step(text: str) -> object:
        normal = read(text).text
        return model.judge(normal, split_faces(normal, segmenter.cut))

    return step


def stage_step(analyser: Analyser, topics: Topics, texts: Sequence[str]) -> Step:
    raws = {text: replace(_RAW, content=text) for text in texts}  # what a crawl hands over

    def step(text: str) -> object:
        mention = clean(raws[text], 1)
        return topics.match(mention), judge(mention.text, analyser.analyse(mention.text))

    return step


def steps(texts: Sequence[str]) -> tuple[dict[str, Step], dict[str, str]]:
    """All steps by name, and beside which other each is put; ``texts`` are all that they will be asked."""
    import jieba
    from snownlp import SnowNLP

    jieba.setLogLevel(logging.CRITICAL)
    jieba.initialize()
    made: dict[str, Step] = {"SnowNLP": lambda text: SnowNLP(text).sentiments, "jieba": jieba.lcut}
    beside: dict[str, str] = {}
    engines: tuple[Engine, ...] = ("jieba", "rjieba")
    topics = Topics(_TOPICS)
    for engine in engines:
        segmenter = Segmenter(engine=engine)
        made[f"sentiment, {engine}"] = sentiment_step(SentimentModel.load(), segmenter)
        beside[f"sentiment, {engine}"] = "SnowNLP"
        made[f"analysis, {engine}"] = Analyser(segmenter).analyse
        made[f"whole stage, {engine}"] = stage_step(
            Analyser(segmenter), topics, texts
        )  # which knows no word of them yet
        beside |= {f"analysis, {engine}": "jieba", f"whole stage, {engine}": "jieba"}
        made[f"segmenter alone, {engine}"] = segmenter.cut
        beside[f"segmenter alone, {engine}"] = "jieba"
    return made, beside


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    texts = texts_of(options.folder, options.most, *((90, 150) if options.long else (15, 45)))
    print(f"{len(texts)} texts, {sum(map(len, texts)) / len(texts):.1f} characters on average")
    made, beside = steps(texts)
    rates: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(options.rounds):
        for name, step in made.items():
            rates[name].append(rate(texts[::10] if name == "SnowNLP" else texts, step))
    for name, found in rates.items():
        line = f"{name:24} {statistics.median(found) / 1000:8.1f} thousand characters a second"
        if other := beside.get(name):
            ratios = [one / two for one, two in zip(found, rates[other], strict=True)]
            line += f"   {statistics.median(ratios):6.2f} x {other:8} (cold {ratios[0]:.2f})"
        print(line)


if __name__ == "__main__":
    main()
