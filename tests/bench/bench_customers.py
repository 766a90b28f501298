"""The customer card at a million customers. Prints figures; asserts nothing.

    python tests/bench/bench_customers.py [--customers 1000000] [--shows 500] [--seed 11] [--erase]

Generates customers with identifiers and dealings (four each on average, some with hundreds), mentions, links, cases and
events on SQLite, then asks for the cards of customers drawn at random: those who have cases are drawn as often as the
others. Rows are written directly; ciphers come from a pool of a thousand, of the size that real ones have.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.starter import Answers, write

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
POOL = 1000
KINDS = ("purchase", "service", "call", "visit")
EPOCH = NOW.replace(tzinfo=None)


def ago(chance: random.Random, days: int) -> str:
    return (EPOCH - timedelta(seconds=chance.randrange(days * 86400))).isoformat(sep=" ")


def customers(count: int, pool: list[bytes], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    facts = json.dumps({"fields": {"name": ["crm.csv", 1.0, "2026-01-01"], "phones": ["crm.csv", 1.0, ""]}})
    for number in range(1, count + 1):
        value = round(chance.lognormvariate(10.5, 1.2), 2)
        yield (number, f"K{number}", pool[number % POOL], chance.choice(("浙江杭州", "上海", "广东深圳")), "晨曜S7",
               "城西店", value, ago(chance, 2000), 0.7, facts, ago(chance, 30))  # fmt: skip


def identities(count: int, pool: list[bytes]) -> Iterator[tuple[Any, ...]]:
    for number in range(1, count + 1):
        for kind in ("phone", "vin"):
            yield (number, kind, f"{kind[0]}{number:063d}", pool[number % POOL], EPOCH.isoformat(sep=" "))


def dealings(count: int, pool: list[bytes], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for number in range(1, count + 1):
        many = 300 if number % 10_000 == 0 else chance.randrange(9)
        for _ in range(many):
            cipher = pool[number % POOL] if chance.random() < 0.5 else None
            amount = chance.randrange(500, 300_000)
            yield (number, f"{number}-{chance.getrandbits(80):x}", chance.choice(KINDS), ago(chance, 1500), "晨曜S7",
                   1, amount, "城西店", "", cipher, ago(chance, 30))  # fmt: skip


def fill(path: Path, count: int, pools: tuple[list[bytes], list[bytes], list[bytes]], seed: int) -> dict[str, int]:
    """Write the rows; how many of each table."""
    chance = random.Random(seed)
    spoken = max(1, count // 10)
    with closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA synchronous=OFF")
        base.executemany(
            "INSERT INTO customer (id, external_id, cipher, region, product, dealer, value, since, completeness, facts,"
            " imported_at, party, segment, owner, do_not_link)"
            " VALUES (?,?,?,?,?,?,?,?,?,?,?,'consumer','','',0)",
            customers(count, pools[0], chance),
        )
        base.executemany(
            "INSERT INTO identity (customer_id, kind, digest, cipher, added_at, provenance, origin, confidence)"
            " VALUES (?,?,?,?,?,'crm.csv','import',1)",
            identities(count, pools[1]),
        )
        base.executemany(
            "INSERT INTO interaction (customer_id, key, kind, at, product, quantity, amount, dealer, result, cipher,"
            " imported_at, provenance) VALUES (?,?,?,?,?,?,?,?,?,?,?,'crm.csv')",
            dealings(count, pools[2], chance),
        )
        speak(base, count, spoken, chance)
        base.commit()
        base.execute("ANALYZE")
        names = ("customer", "identity", "interaction", "mention", "identity_link", "complaint_case", "case_event")
        return {name: base.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in names}


def speak(base: sqlite3.Connection, count: int, spoken: int, chance: random.Random) -> None:
    """Mentions of a tenth of the customers, two each; every second of these has a case with five events."""
    said = "晨曜S7 提车三个月刹车异响，4S 店说是正常现象，跑了四趟没有结果，要求退车。" * 2
    at = EPOCH.isoformat(sep=" ")
    whose = [1 + chance.randrange(count) for _ in range(spoken)]
    numbers = range(1, 2 * spoken + 1)
    base.executemany(
        "INSERT INTO raw_mention (id, source, platform, site, native_id, digest, url, title, content, content_type,"
        " author_id, author_name, published_raw, thread_id, origin, captured_at)"
        " VALUES (?,'forum','discuz','f',?,'d','','','','text/plain','1','x','','','crawl',?)",
        ((number, str(number), at) for number in numbers),
    )
    base.executemany(
        "INSERT INTO mention (id, raw_id, source, platform, site, native_id, url, title, text, author_id, author_name,"
        " captured_at, happened_at, thread_id, origin, duplicate_reason)"
        " VALUES (?,?,'forum','discuz','f',?,'','',?,'1','x',?,?,'','crawl','')",
        ((number, number, str(number), said, at, ago(chance, 700)) for number in numbers),
    )
    base.executemany(
        "INSERT INTO analysis (mention_id, language, sentiment, negative, neutral, positive, sentiment_reason, remedy,"
        " model_version, complaint, complaint_reason, kind, severity, severity_reason, problem, safety, analysed_at)"
        " VALUES (?,'zh','negative',.9,.05,.05,'','','','yes','','complaint','S3','','',0,?)",
        ((number, at) for number in numbers),
    )
    base.executemany(
        "INSERT INTO identity_link (mention_id, customer_id, judgement, score, reason, decided_by, decided_at)"
        " VALUES (?,?,'positive',.99,'','',?)",
        ((number, whose[(number - 1) // 2], at) for number in numbers),
    )
    cases = range(1, spoken // 2 + 1)
    columns = [row[1] for row in base.execute("PRAGMA table_info(complaint_case)") if row[3] and not row[5]]
    given = {"fingerprint": "?", "matter": "?", "state": "'closed'", "severity": "'S3'", "opened_at": "?",
             "spoken_at": "?", "updated_at": "?", "satisfaction": "'satisfied'"}  # fmt: skip
    texts = {row[1]: row[2] for row in base.execute("PRAGMA table_info(complaint_case)")}
    for name in columns:
        given.setdefault(name, "''" if "CHAR" in texts[name] or "TEXT" in texts[name] else "0")
    base.executemany(
        f"INSERT INTO complaint_case (id, customer_id, {', '.join(given)}) VALUES (?,?,{', '.join(given.values())})",
        ((n, whose[n], f"f{n}", f"m{n}", at, at, at) for n in cases),
    )
    base.executemany(
        "INSERT INTO case_mention (mention_id, case_id, joined_as, reason, joined_at) VALUES (?,?,'opener','',?)",
        ((2 * n + 1, n, at) for n in cases),
    )
    base.executemany(
        "INSERT INTO case_event (case_id, at, actor, action, old, new, note)"
        " VALUES (?,?,'张敏','reply','','','已联系客户，约定到店检测')",
        ((n, ago(chance, 300)) for n in cases for _ in range(5)),
    )


def pools_of(listener: Listener) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Ciphers of profiles, identifiers and dealings, as large as real ones."""
    encrypt = listener.vault.encrypt
    profiles = [
        encrypt(json.dumps({"name": f"陈思{n}", "phones": [f"+86138{n:08d}"], "emails": [], "vins": ["L" * 17],
                            "orders": [], "plates": [], "accounts": []}, ensure_ascii=False))
        for n in range(POOL)
    ]  # fmt: skip
    return (
        profiles,
        [encrypt(f"+86138{n:08d}") for n in range(POOL)],
        [encrypt(json.dumps({"order": f"SY{n:010d}", "note": "更换刹车片"}, ensure_ascii=False)) for n in range(POOL)],
    )


def told(name: str, seconds: list[float]) -> None:
    twentieth = quantiles(seconds, n=20)[-1]
    print(f"{name}: n={len(seconds)} median {median(seconds) * 1000:.0f} ms, p95 {twentieth * 1000:.0f} ms, "
          f"slowest {max(seconds) * 1000:.0f} ms")  # fmt: skip


def shows(listener: Listener, numbers: list[int]) -> list[float]:
    found = []
    used = time.process_time()
    for number in numbers:
        began = time.perf_counter()
        listener.customer_facts(f"K{number}", "zh", unmask=False, person="", limit=50)
        found.append(time.perf_counter() - began)
    print(f"{(time.process_time() - used) / len(numbers) * 1000:.0f} ms of processor time each; ", end="")
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--shows", type=int, default=500)
    parser.add_argument("--commands", type=int, default=100, help="whole commands, each a process of its own")
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--erase", action="store_true", help="erase one customer too, with the search of every table")
    parser.add_argument("--home", type=Path, help="keep the installation there, and take it from there the next time")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(asked, asked.home or Path(folder))


def measure(asked: argparse.Namespace, home: Path) -> None:
    is_fresh = not (home / "config").exists()
    if is_fresh:
        write(home, Answers(company="晨曜汽车", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com"))
    listener = Listener.from_folder(home / "config", environment=Environment(now=NOW))
    path = home / "var" / "listener.db"
    if is_fresh:
        began = time.perf_counter()
        rows = fill(path, asked.customers, pools_of(listener), asked.seed)
        print(f"rows {rows}, {path.stat().st_size / 1e9:.2f} GB, made in {time.perf_counter() - began:.0f} s")
    chance = random.Random(asked.seed + 1)
    with closing(sqlite3.connect(path)) as base:
        with_case = [n for (n,) in base.execute("SELECT customer_id FROM complaint_case LIMIT 20000")]
    half = asked.shows // 2
    told("anybody", shows(listener, [1 + chance.randrange(asked.customers) for _ in range(half)]))
    told("with cases", shows(listener, chance.sample(with_case, min(half, len(with_case)))))
    many = range(10_000, asked.customers + 1, 10_000)
    told("with 300 dealings", shows(listener, list(many)[:100] or [1, 2]))
    print(f"memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    commands(home, chance.sample(with_case, min(asked.commands, len(with_case))))
    if asked.erase:
        erase(listener, with_case[0])
    listener.database.close()


def commands(home: Path, numbers: list[int]) -> None:
    """``listener customers show`` as somebody types it."""
    command = [sys.executable, "-m", "listener", "--config", str(home / "config"), "customers", "show"]
    whole, before = [], resource.getrusage(resource.RUSAGE_CHILDREN)
    for number in numbers:
        began = time.perf_counter()
        subprocess.run([*command, f"K{number}"], check=True, capture_output=True)
        whole.append(time.perf_counter() - began)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / len(numbers)
    print(f"{used * 1000:.0f} ms of processor time each; ", end="")
    told("the whole command, of somebody with cases", whole)


def erase(listener: Listener, number: int) -> None:
    from listener.crm.erasing import erase as forget

    began = time.perf_counter()
    below, backups = listener.settings.home / "var", listener.settings.backups
    found = forget(listener.database, listener.vault, below, backups, person="bench", now=NOW, external_id=f"K{number}")
    print(f"erase: {time.perf_counter() - began:.0f} s, complete {found.complete}, left in bytes {found.left_in_bytes}")


if __name__ == "__main__":
    main()
