"""Linking measured: precision and recall of automatic links, the truth's place in the review, speed, memory.

    python -m tests.bench.bench_linking [--customers 100000] [--mentions 20000] [--seeds 11 12 13 14 15] [--url URL]
        [--tune] [--wordings all|open|sealed|second-open|second-sealed|third-sealed]

``--tune`` is the one seed (1) and two thirds of the wordings on which thresholds were set; without it every wording is
used, and other seeds; ``--wordings sealed`` are those that nobody looked at while rules were made
(``linking_wordings_fresh``). What is timed is the linking step: keys, one look-up, decide, in batches of 200 through
the database; making mentions and finding entities in them is not. Prints figures with their denominators.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any

from sqlalchemy import text as sql
from sqlmodel import Session

from listener.customers.batch import link
from listener.customers.keys import Digest
from listener.model import Analysis, Judgement, Mention, Sentiment
from listener.nlp.cues import CueFinder
from listener.nlp.entities import EntityFinder
from listener.nlp.reading import read
from listener.nlp.taxonomy import shipped_taxonomy
from listener.settled import settle
from listener.store import customers, link_index
from listener.store.bulk import insert
from listener.store.engine import Database
from listener.store.tables import CustomerRow
from listener.store.vault import Vault
from tests.bench.linking_world import NOW, PRODUCTS, Said, World, identifiers

VAULT = Vault("ab" * 32, ["a" * 43 + "="])
BATCH = 200
PAGE = 5000


def build(database: Database, world: World) -> float:
    """Write the customers of a world and their index; seconds. Values are not encrypted: that is not measured here."""
    began = time.perf_counter()
    for start in range(0, world.size, PAGE):
        numbers = range(start, min(world.size, start + PAGE))
        with database.write() as session:
            _page(session, world, numbers)
    with database.write() as session:
        link_index.learn_words(session)
    with database.engine.connect() as connection:
        connection.execute(sql("ANALYZE"))
        connection.commit()
    return time.perf_counter() - began


def _page(session: Session, world: World, numbers: Sequence[int]) -> None:
    people = [world.customer(number) for number in numbers]
    rows = [
        {
            "id": p.number + 1, "external_id": f"C{p.number}", "party": p.party, "cipher": b"", "region": p.city,
            "product": p.product, "dealer": p.dealer, "since": p.since, "imported_at": NOW, "value": None,
            "segment": "", "do_not_link": False,
        }
        for p in people if p.number is not None
    ]  # fmt: skip
    insert(session, CustomerRow, rows)
    entries = {}
    for person in people:
        told = {
            "region": person.city, "product": person.product, "dealer": person.dealer, "party": person.party,
            "since": person.since,
        }  # fmt: skip
        entries[(person.number or 0) + 1] = link_index.entry(identifiers(person), person.name, told, VAULT.digest)
    link_index.write(session, entries, fresh=True)


class Finder:
    """The entities of a text as the nlp stage finds them, without the rest of that stage."""

    def __init__(self) -> None:
        products = {product.lower(): product for product in PRODUCTS}
        self._cues = CueFinder(shipped_taxonomy(), products, {})
        self._entities = EntityFinder((r"SY26\d{8}",), {})

    def analysis(self, text: str) -> Analysis:
        reading = read(text)
        found = self._entities.find(reading.text, self._cues.find(reading.text))
        entities = tuple(entity._replace(**_at(reading.place(entity.start, entity.end))) for entity in found)
        return Analysis(language="zh", sentiment=Sentiment.NEGATIVE, probabilities=(0.8, 0.1, 0.1), entities=entities)


def _at(place: tuple[int, int]) -> dict[str, int]:
    return {"start": place[0], "end": place[1]}


def mention(said: Said, number: int) -> Mention:
    return Mention(
        raw_id=number, source="bench", platform="weibo", site="weibo", native_id=str(number), url="",
        captured_at=said.at, text=said.text, author_id=said.author_id, author_name=said.author_name,
        published_at=said.at,
    )  # fmt: skip


class Figures:
    """Counts of one run."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.by_kind: dict[str, Counter[str]] = {}
        self.wrong: list[tuple[Said, Any]] = []
        self.missed: list[tuple[Said, Any]] = []
        self.dump: IO[str] | None = None

    def take(self, said: Said, links: Sequence[Any]) -> None:
        if self.dump is not None:
            told = [(k.customer_id, k.judgement.value, k.score, k.reason, k.evidence) for k in links]
            self.dump.write(json.dumps([said.text, told], ensure_ascii=False) + "\n")
        sure = [link for link in links if link.judgement is Judgement.POSITIVE]
        truth = said.truth + 1 if said.truth is not None else None
        kind = self.by_kind.setdefault(said.kind, Counter())
        wanted = truth is not None and said.keyed
        for one in (self.counts, kind):
            one["mentions"] += 1
            one["wanted"] += wanted
            if len(sure) == 1:
                one["automatic"] += 1
                one["right"] += sure[0].customer_id == truth
                one["recalled"] += wanted and sure[0].customer_id == truth
            elif links:
                one["review"] += 1
            if wanted and len(sure) != 1:
                one["left"] += 1
                one["left_with_candidates"] += bool(links)
                one["first_five"] += truth in [link.customer_id for link in links[:5]]
        if len(sure) == 1 and sure[0].customer_id != truth:
            self.wrong.append((said, sure[0]))
        elif wanted and len(sure) != 1:
            self.missed.append((said, links))

    def lines(self) -> Iterator[str]:
        c = self.counts
        precision = c["right"] / max(1, c["automatic"])
        yield f"automatic {c['automatic']}, right {c['right']}: precision {precision:.4f}"
        yield f"recall {c['recalled']}/{c['wanted']} = {c['recalled'] / max(1, c['wanted']):.4f}"
        yield (
            f"review's first five {c['first_five']}/{c['left_with_candidates']} = "
            f"{c['first_five'] / max(1, c['left_with_candidates']):.4f} of those with candidates, "
            f"{c['first_five']}/{c['left']} = {c['first_five'] / max(1, c['left']):.4f} of all that were left"
        )
        yield f"in review {c['review']} of {c['mentions']} mentions"

    def kinds(self) -> Iterator[str]:
        for name, c in sorted(self.by_kind.items()):
            yield (
                f"  {name:9} {c['mentions']:6} automatic {c['automatic']:6} wrong {c['automatic'] - c['right']:4} "
                f"recalled {c['recalled']}/{c['wanted']} first five {c['first_five']}/{c['left']} "
                f"in review {c['review']}"
            )


def measure(
    database: Database, world: World, count: int, wordings: str, figures: Figures, digest: Digest = VAULT.digest
) -> tuple[float, int]:
    """Seconds of the linking step, and mentions."""
    finder, spent, done = Finder(), 0.0, 0
    settle()  # as the command line does after its start; the world is no part of what is measured
    with database.read() as session:
        vocabulary = link_index.vocabulary(session)
    said = world.mentions(count, wordings)
    while batch := list(islice(said, BATCH)):
        mentions = [mention(each, done + place) for place, each in enumerate(batch)]
        analyses = [finder.analysis(each.text) for each in mentions]
        began, busy = time.perf_counter(), time.process_time()
        with database.read() as session:
            _, links = link(
                mentions,
                analyses,
                digest,
                lambda wanted, session=session: customers.identities(session, wanted),  # type: ignore[misc]
                reposts=[each.repost for each in batch],
                reported=[False] * len(batch),
                words=vocabulary,
            )
        spent += time.perf_counter() - began
        figures.counts["busy_ms"] += round(1000 * (time.process_time() - busy))
        done += len(batch)
        for each, found_links in zip(batch, links, strict=True):
            figures.take(each, found_links)
    return spent, done


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--mentions", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="*", default=[11, 12, 13, 14, 15])
    parser.add_argument("--url", default="")
    parser.add_argument("--tune", action="store_true")
    parser.add_argument(
        "--wordings", choices=("all", "open", "sealed", "second-open", "second-sealed", "third-sealed"), default="all"
    )
    parser.add_argument("--show", type=int, default=0, help="wrong and missed mentions to print of each seed")
    parser.add_argument("--dump", help="write every decision to this file, so that two versions can be compared")
    given = parser.parse_args()
    whole = Figures()
    dump = Path(given.dump).open("w", encoding="utf-8") if given.dump else None  # noqa: SIM115 - until the end
    for seed in [1] if given.tune else given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            database = Database(given.url or f"sqlite:///{Path(folder) / 'bench.db'}")
            database.upgrade()
            world = World(seed, given.customers)
            took = build(database, world)
            figures = Figures()
            figures.dump = dump
            spent, done = measure(database, world, given.mentions, "tune" if given.tune else given.wordings, figures)
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(
                f"seed {seed}: {given.customers} customers indexed in {took:.0f} s; "
                f"{done} mentions, {done / spent:.0f} a second, "
                f"{1000 * done / max(1, figures.counts['busy_ms']):.0f} by the process's own time; {memory:.0f} MB"
            )
            for line in (*figures.lines(), *figures.kinds()):
                print(line, flush=True)
            _show(figures, given.show)
            whole.counts.update(figures.counts)
            if given.url:
                with database.write() as session:
                    for table in ("link_key", "link_card", "link_word", "customer"):
                        session.execute(sql(f"DELETE FROM {table}"))
            database.close()
    print("all seeds:", *whole.lines(), sep="\n  ")


def _show(figures: Figures, count: int) -> None:
    for title, found in (("WRONG", figures.wrong), ("MISSED", figures.missed)):
        for said, links in found[:count]:
            print(title, said.kind, repr(said.text), said.author_name, said.truth)
            for each in links if isinstance(links, list) else [links]:
                print(
                    "      ",
                    each.customer_id - 1,
                    each.judgement.value,
                    each.score,
                    each.reason,
                    [e[:2] for e in each.evidence],
                )


if __name__ == "__main__":
    main()
