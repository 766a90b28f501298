"""The daemon's claims, on both databases, with a clock of the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select

from listener.daemon import Daemon, Duty
from listener.store import slots
from listener.store.engine import Database
from listener.store.tables import SlotRow

ZONE = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZONE)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def daemon(database: Database, clock: Clock, duties: dict[str, Duty], owner: str = "a:1:1") -> Daemon:
    made = Daemon(database=database, duties=lambda: duties, clock=clock, zone=ZONE, owner=owner)
    made._pool = ThreadPoolExecutor(4)
    return made


def settle(made: Daemon) -> None:
    for future in list(made._running.values()):
        future.result(timeout=60)


def nothing(_stop: Callable[[], bool]) -> None:
    return None


def test_two_daemons_do_each_slot_once(database: Database) -> None:
    done: list[str] = []
    clock = Clock(NOON)
    duty = {"process": Duty("process", lambda stop: done.append("x"), every=timedelta(minutes=1))}
    first, second = daemon(database, clock, duty), daemon(database, clock, duty, owner="b:2:2")
    for minute in range(5):
        clock.now = NOON + timedelta(minutes=2 * minute)
        for _ in range(2):  # the first tick may only make the slot
            first.tick(), second.tick()
            settle(first), settle(second)
    assert len(done) == 5


def test_claims_race_on_threads_and_one_wins(database: Database) -> None:
    with database.write() as session:
        slots.ensure(session, ["report"], NOON)
    won: list[bool] = []
    barrier = threading.Barrier(8)

    def claim(number: int) -> None:
        barrier.wait()
        with database.write() as session:
            won.append(slots.claim(session, "report", NOON, timedelta(minutes=1), f"owner-{number}"))

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_a_killed_run_is_done_again_when_its_lease_ends(database: Database) -> None:
    with database.write() as session:
        slots.ensure(session, ["report"], NOON)
        assert slots.claim(session, "report", NOON, timedelta(minutes=10), "killed")
    with database.write() as session:
        assert not slots.claim(session, "report", NOON + timedelta(minutes=9), timedelta(minutes=10), "next")
        assert slots.claim(session, "report", NOON + timedelta(minutes=10), timedelta(minutes=10), "next")
        assert not slots.finish(session, "report", "killed", NOON + timedelta(days=1), NOON)


def test_the_slots_of_a_dead_process_of_this_host_come_free_at_once(database: Database) -> None:
    child = subprocess.run(
        [sys.executable, "-c", "from listener.store.slots import owner; print(owner())"],
        capture_output=True,
        text=True,
        check=True,
    )
    dead, alive = child.stdout.strip(), slots.owner()
    with database.write() as session:
        slots.ensure(session, ["one", "two"], NOON)
        slots.claim(session, "one", NOON, timedelta(hours=1), dead)
        slots.claim(session, "two", NOON, timedelta(hours=1), alive)
        assert slots.release_dead(session) == 1
        assert slots.due(session, NOON) == ["one"]


def test_a_process_of_another_host_is_never_taken_for_dead() -> None:
    assert not slots.is_dead("another-host.example:1:1")
    assert not slots.is_dead("nonsense")


def test_a_failing_duty_moves_on_and_blocks_nobody(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_stop: Callable[[], bool]) -> None:
        raise RuntimeError("broken")

    clock = Clock(NOON)
    duties = {"bad": Duty("bad", fail, every=timedelta(minutes=1)), "good": Duty("good", nothing, cron="0 * * * *")}
    made = daemon(database, clock, duties)
    made.tick()
    made.tick()
    settle(made)
    with database.read() as session:
        rows = {row.name: row for row in session.exec(select(SlotRow))}
    assert rows["bad"].next_at == NOON + timedelta(minutes=1)
    assert rows["good"].next_at == NOON + timedelta(hours=1)
    assert "bad failed" in caplog.text


def test_cron_runs_in_the_installations_zone_and_sunday_is_sunday() -> None:
    duty = Duty("report", nothing, cron="0 8 * * 0")
    assert duty.next_after(NOON, ZONE) == datetime(2026, 11, 29, 8, 0, tzinfo=ZONE)


def test_a_shortened_schedule_takes_effect(database: Database) -> None:
    clock = Clock(NOON)
    duties = {"crawl:a": Duty("crawl:a", nothing, every=timedelta(hours=6))}
    made = daemon(database, clock, duties)
    made.tick()
    made.tick()
    settle(made)
    duties["crawl:a"] = Duty("crawl:a", nothing, every=timedelta(minutes=10))
    made.tick()
    with database.read() as session:
        assert session.exec(select(SlotRow.next_at)).one() == NOON + timedelta(minutes=10)


def test_crawls_leave_threads_for_the_rest(database: Database) -> None:
    hold = threading.Event()
    duties = {f"crawl:{n}": Duty(f"crawl:{n}", lambda stop: hold.wait(60), every=timedelta(hours=1)) for n in range(9)}
    duties["deliver"] = Duty("deliver", nothing, every=timedelta(hours=1))
    made = daemon(database, Clock(NOON), duties)
    made.tick()
    started = made.tick()
    hold.set()
    settle(made)
    assert sum(name.startswith("crawl:") for name in started) == 4
    assert "deliver" in started


DAEMON = """
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo
from listener.daemon import Daemon, Duty, stop_on_signals
from listener.store.engine import Database

def run(stop):
    print("started", flush=True)
    while not stop():
        pass

made = Daemon(Database(sys.argv[1]), lambda: {"process": Duty("process", run, every=timedelta(hours=1))},
              lambda: datetime.now(UTC), ZoneInfo("UTC"))
stop_on_signals(made)
made.run()
print("ended", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_and_gives_the_slot_back(sqlite_url: str, number: signal.Signals) -> None:
    child = subprocess.Popen([sys.executable, "-c", DAEMON, sqlite_url], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    child.send_signal(number)
    output, _ = child.communicate(timeout=60)
    assert (child.returncode, output) == (0, "ended\n")
    database = Database(sqlite_url)
    with database.read() as session:
        assert session.exec(select(SlotRow)).one().owner == ""
    database.close()


def test_after_kill_9_the_next_daemon_starts_the_duty_at_once(sqlite_url: str) -> None:
    for _ in range(2):
        child = subprocess.Popen([sys.executable, "-c", DAEMON, sqlite_url], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "started\n"
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()


def test_what_may_be_done_together_is_done_in_one_go(database: Database) -> None:
    clock = Clock(NOON)
    calls: list[list[str]] = []

    def together(names: Sequence[str], _stop: Callable[[], bool]) -> None:
        calls.append(list(names))

    def alone(name: str) -> Duty:
        return Duty(f"crawl:{name}", lambda _stop: calls.append([name]), every=timedelta(minutes=10))

    feeds = [replace(alone(f"f{n:02}"), together="public", run_together=together) for n in range(30)]
    others = [alone("forum"), replace(alone("own"), together="http://10.0.0.1", run_together=together)]
    duties = {duty.name: duty for duty in (*feeds, *others)}
    made = daemon(database, clock, duties)
    made.tick()
    started = made.tick()
    settle(made)
    assert sorted(started) == sorted(duties)
    assert sorted(map(len, calls)) == [1, 1, 5, 25]
    assert sorted(name for names in calls if len(names) > 1 for name in names) == sorted(duty.name for duty in feeds)
    with database.read() as session:
        assert {at for _, at in slots.upcoming(session)} == {clock.now + timedelta(minutes=10)}
