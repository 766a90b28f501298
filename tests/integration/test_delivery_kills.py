"""Real kill -9 of a delivering process at random moments: nothing lost, a repeat is the same mail."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable

import pytest

from listener.store import outbox
from listener.store.engine import Database
from tests.outbox_world import opened, write
from tests.smtp_servers import real_server


def kill_again_and_again(url: str, mails: int, kills: int, seed: int) -> Callable[[], None]:
    """Write ``mails`` deliveries, let processes deliver them, kill each after a few; check what arrived."""
    chance = random.Random(seed)
    database = Database(url)
    for begin in range(0, mails, 500):
        write(database, *[opened(str(number)) for number in range(begin, min(begin + 500, mails))])
    left = kills
    with real_server() as server:
        for minutes in range(0, 100_000, 11):
            arrived = len(server.mails)
            child = subprocess.Popen(
                [sys.executable, "-m", "tests.deliver_child", url, str(server.port), str(minutes)],
                stdout=subprocess.PIPE,
            )
            with child:
                assert child.stdout is not None and child.stdout.readline()
                if left:
                    wanted = arrived + chance.randrange(1, max(2, mails // (kills + 1)))
                    while not server.wait_for(wanted, 0.2) and child.poll() is None:
                        continue
                    left -= child.poll() is None
                    child.kill()
            with database.read() as session:
                if not left and not outbox.waiting(session):
                    break
        arrived_mails = [(each.mail["Message-ID"], each.content) for each in server.mails]
    with database.read() as session:
        assert outbox.counts(session)["sent"] == mails
    database.close()
    copies = Counter(name for name, _ in arrived_mails)
    assert len(copies) == mails, "nothing is lost"
    assert sum(copies.values()) - mails <= kills, "at most one repeat a kill"
    assert len(set(arrived_mails)) == mails, "a repeat is the same bytes"
    return lambda: print(f"{kills} kills, {mails} mails, {sum(copies.values()) - mails} repeats, 0 lost")


def test_three_kills(sqlite_url: str) -> None:
    kill_again_and_again(sqlite_url, mails=40, kills=3, seed=1)


@pytest.mark.deep
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2))
def test_a_hundred_kills_over_eight_thousand_mails(database_url: str, seed: int) -> None:
    kill_again_and_again(database_url, mails=8000, kills=100, seed=seed)()
