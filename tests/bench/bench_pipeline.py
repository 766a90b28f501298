"""Mentions a second from stored capture to committed analysis, and memory. Prints figures; asserts nothing.

    python tests/bench/bench_pipeline.py [FILE.csv …] [--count 10000] [--url URL]

Texts are those of the column ``text`` of the given files, else the demo's mentions over and over (each made unique
by a number, so that none is a repost of another). In the same run the analysis alone is timed, so that both figures
are of one machine in one state.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from listener.bootstrap import Listener
from listener.demo.mentions import load_content
from listener.demo.setting import write_setting
from listener.loading import Environment
from listener.model import RawMention
from listener.store import captures

NOW = datetime.now(UTC)


def texts(files: list[Path], count: int) -> Iterator[str]:
    """``count`` texts."""
    if files:
        for path in files:
            with path.open(encoding="utf-8-sig", newline="") as rows:
                yield from (row["text"] for row in itertools.islice(csv.DictReader(rows), count))
        return
    said = [mention.text for mention in load_content().mentions]
    for number in range(count):
        yield f"{said[number % len(said)]} 编号{number}"


def raw(number: int, text: str) -> RawMention:
    """One capture by an author of its own."""
    return RawMention(
        source="bench",
        platform="bench",
        site="bench",
        native_id=str(number),
        url="",
        captured_at=NOW,
        published_at=NOW,
        content=text,
        author_id=str(number),
        author_name=f"作者{number}",
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = write_setting(Path(folder) / "config", "http://127.0.0.1:9/", 9)
        url = given.url or f"sqlite:///{folder}/bench.db"
        listener = Listener.from_folder(config, environment=Environment(database_url=url))
        said = list(itertools.islice(texts(given.files, given.count), given.count))
        with listener.database.write() as session:
            captures.save(session, [raw(number, text) for number, text in enumerate(said)])
        listener.analyser.analyse_many(said[:100])  # load the model outside the figures
        began = time.perf_counter()
        listener.analyser.analyse_many(said)
        alone = time.perf_counter() - began
        began = time.perf_counter()
        counts = listener.process()
        whole = time.perf_counter() - began
        listener.database.close()
    characters = sum(map(len, said))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"mentions            {counts.mentions} ({characters / len(said):.0f} characters each)")
    print(f"analysis alone      {len(said) / alone:8.0f} mentions/s")
    print(f"stored to committed {counts.mentions / whole:8.0f} mentions/s")
    print(f"peak memory         {memory:8.0f} MB")


if __name__ == "__main__":
    main()
