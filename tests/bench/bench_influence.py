"""How long the figures of influence take on a generated graph: 50,000 authors, a quarter of a million mentions.

    python tests/bench/bench_influence.py [--authors 50000] [--mentions 250000]

A few are much heard (a Pareto law), the others are not; a fifth of the mentions names somebody, most answer in threads.
"""

from __future__ import annotations

import argparse
import random
import resource
import time
from datetime import UTC, datetime, timedelta

from listener.customers.influence import AuthorKey, Spoken, edges, standings

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def generate(authors: int, mentions: int, seed: int = 7) -> list[Spoken]:
    """The mentions, the same for a seed."""
    chance = random.Random(seed)
    return [_one(chance, authors, mentions) for _ in range(mentions)]


def _one(chance: random.Random, authors: int, mentions: int) -> Spoken:
    heard = min(authors - 1, int(chance.paretovariate(0.6)))
    author = heard if chance.random() < 0.2 else chance.randrange(authors)
    return Spoken(
        by=AuthorKey("weibo", "weibo.com", str(author)),
        name=f"n{author}",
        at=NOW - timedelta(minutes=chance.randrange(90 * 1440)),
        thread=str(chance.randrange(mentions // 4)),
        followers=chance.randrange(10_000),
        engagement=chance.randrange(100),
        topics=("t",),
        score=chance.uniform(-1, 1),
        named=f"@n{min(authors - 1, int(chance.paretovariate(0.6)))} 看看" if chance.random() < 0.2 else "",
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--authors", type=int, default=50_000)
    parser.add_argument("--mentions", type=int, default=250_000)
    given = parser.parse_args()
    said = generate(given.authors, given.mentions)
    lines = len(set(edges(said)))
    began, worked = time.perf_counter(), time.process_time()
    found = standings(said, NOW)
    took, work = time.perf_counter() - began, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(found)} authors, {lines} edges, {len(said)} mentions")
    print(f"{took:.1f} s, of which {work:.1f} s of CPU; {peak:.0f} MB")
    print(f"highest core {max(each.core for each in found)}, leaders {sum(each.leads for each in found)}")


if __name__ == "__main__":
    main()
