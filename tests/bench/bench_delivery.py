"""Mails a second from the outbox to a local SMTP server, and a storm: ``python tests/bench/bench_delivery.py``.

Printed: mails a second (one receiver each, SQLite, one process, the server in the same process), and for 5,000
complaints at once to one receiver: how many mails arrived, whether every case is in them, and the largest.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from listener.alerts.throttle import singles
from listener.model import Severity
from listener.store import outbox
from listener.store.engine import Database
from tests.factories import NOW
from tests.outbox_world import DESK, mailer, opened, run, write
from tests.smtp_servers import real_server


def fresh(folder: Path, name: str) -> Database:
    """A new SQLite database."""
    database = Database(f"sqlite:///{folder / name}")
    database.upgrade()
    return database


def fill(database: Database, first: int, count: int, minutes: int = 0) -> None:
    """``count`` cases with an alert each, every tenth S1, ``minutes`` after the beginning."""
    for begin in range(first, first + count, 200):
        numbers = range(begin, min(begin + 200, first + count))
        batch = [opened(str(each), Severity.S1 if each % 10 == 0 else Severity.S2) for each in numbers]
        write(database, *batch, now=NOW + timedelta(minutes=minutes))


def speed(folder: Path, count: int) -> None:
    """Print mails a second."""
    database = fresh(folder, "speed.db")
    fill(database, 0, count)
    with real_server() as server:
        begin = time.perf_counter()
        counts = run(database, {"email": mailer(server.port)}, replace(DESK, per_hour=0))
        seconds = time.perf_counter() - begin
    print(f"mails: {counts.sent} in {seconds:.1f} s, {counts.sent / seconds:.0f} a second")
    database.close()


def storm(folder: Path, count: int, per_hour: int) -> None:
    """Print what one receiver gets of ``count`` complaints within ten minutes, over two hours and the next digest."""
    database = fresh(folder, "storm.db")
    sent: list[tuple[int, int]] = []
    with real_server() as server:
        for minutes in range(121):
            if minutes < 10:
                fill(database, minutes * count // 10, count // 10, minutes)
            now, before = NOW + timedelta(minutes=minutes), len(server.mails)
            run(database, {"email": mailer(server.port)}, replace(DESK, per_hour=singles(per_hour)), now)
            sent.append((minutes, len(server.mails) - before))
        with database.write() as session:
            outbox.digest_due(session, NOW + timedelta(minutes=121))
        run(
            database,
            {"email": mailer(server.port)},
            replace(DESK, per_hour=singles(per_hour)),
            NOW + timedelta(minutes=121),
        )
        subjects = [str(each.mail["subject"]) for each in server.mails]
        bodies = [each.mail.get_body(("plain",)).get_content() for each in server.mails]  # type: ignore[union-attr]
        largest = max(len(each.content) for each in server.mails)
    busiest = max(sum(number for at, number in sent if start <= at < start + 60) for start in range(61))
    told = sum(
        any(f"#{number} " in body or f"#{number}\r" in body for body in bodies) for number in range(1, count + 1)
    )
    urgent = sum("特急" in subject for subject in subjects)
    print(f"storm: {count} complaints in ten minutes, limit {per_hour} an hour: {len(bodies)} mails in two hours,")
    print(f"       at most {busiest} in any hour; {urgent} of them speak of S1; the first: {subjects[0][:24]}")
    print(f"       {told} cases told, largest mail {largest / 1e6:.1f} MB")
    database.close()


def main() -> None:
    """Run both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=1000)
    parser.add_argument("--storm", type=int, default=5000)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        speed(Path(folder), given.mails)
        storm(Path(folder), given.storm, per_hour=60)


if __name__ == "__main__":
    main()
