"""The daemon: APScheduler only ticks; which process does a duty is decided by an atomic claim in the database.

    tick (every second) ─▶ due slots ─claim─▶ a duty on a worker thread ─finish─▶ next due time

A second daemon on the same database finds the slots claimed and does nothing twice. A daemon that was killed
leaves leases; the next one on this host sees that their process is dead and does those duties again.
SIGTERM and SIGINT end it: no new duty begins, crawls are stopped, batches end, slots go back.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

from apscheduler.schedulers.background import BackgroundScheduler
from cronsim import CronSim

from listener.language import say
from listener.store import slots
from listener.store.engine import Database

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
"""How long a duty may go unfinished before another daemon takes it over; a crawl's own limit is added to it."""

CRAWL = "crawl:"
"""Slots of crawls are named ``crawl:SOURCE``."""

MOST_TOGETHER = 25
"""Duties in one go at most: what is lost when it is ended, and how long the last of them waits."""

TOGETHER_LEASES = 3
"""A group may take its own time, and once more where its members have to be done one by one."""

CLOCK_JUMP_SECONDS = 5.0
"""Wall and monotonic clock drifting apart by more than this between two looks means somebody set the clock."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Something done again and again: ``every`` so often, or by ``cron`` in the installation's zone.

    ``run`` gets a function that says whether to stop. ``lease`` is longer than it may take. Those with one and the
    same word in ``together`` that are due at once are done by one call of ``run_together`` with their names.
    """

    name: str
    run: Callable[[Callable[[], bool]], object]
    every: timedelta | None = None
    cron: str = ""
    lease: timedelta = LEASE
    at_start: bool = True
    together: str = ""
    run_together: Callable[[Sequence[str], Callable[[], bool]], object] | None = None

    def next_after(self, now: datetime, zone: ZoneInfo) -> datetime:
        """When the duty is next due, seen from ``now``."""
        if self.cron:
            return next(CronSim(self.cron, now.astimezone(zone)))
        return now + (self.every or timedelta(hours=1))


@dataclass
class Daemon:
    """Runs duties until told to stop. ``duties`` is asked again at each tick, so that edited files take effect."""

    database: Database
    duties: Callable[[], Mapping[str, Duty]]
    clock: Callable[[], datetime]
    zone: ZoneInfo
    crawls: int = 4
    workers: int = 10
    owner: str = field(default_factory=slots.owner)
    _stop: threading.Event = field(default_factory=threading.Event)
    _running: dict[str, Future[None]] = field(default_factory=dict)
    _last_failure: str = ""

    def run(self) -> None:
        """Tick until ``stop``; then end every duty, give the slots back and return."""
        with self.database.write() as session:
            slots.release_dead(session)
        scheduler = BackgroundScheduler(timezone=self.zone)
        scheduler.add_job(self._tick_safely, "interval", seconds=1, id="tick", max_instances=1, coalesce=True)
        with ThreadPoolExecutor(self.workers, thread_name_prefix="duty") as pool:
            self._pool = pool
            scheduler.start()
            try:
                self._wait(scheduler)
            finally:
                self._stop.set()
                scheduler.shutdown(wait=True)
        with self.database.write() as session:
            slots.release(session, self.owner)

    def stop(self) -> None:
        """Ask the daemon to end; returns at once."""
        self._stop.set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def _wait(self, scheduler: BackgroundScheduler) -> None:
        """Sleep until stopped; when somebody sets the wall clock, set the ticks anew.

        APScheduler plans by wall time: set back by an hour, its ticks would stand still for an hour.
        """
        ahead = time.time() - time.monotonic()
        while not self._stop.wait(1.0):
            seen = time.time() - time.monotonic()
            if abs(seen - ahead) > CLOCK_JUMP_SECONDS:
                jump = f"{seen - ahead:+.0f}"
                english = f"the clock was set by {jump} s; the ticks are set anew"
                log.warning("%s", say(f"系统时钟被拨动 {jump} 秒，定时已重新设定", english))
                scheduler.reschedule_job("tick", trigger="interval", seconds=1)
                ahead = seen

    def _tick_safely(self) -> None:
        """A tick that fails (the database is away) is logged once and tried again."""
        try:
            self.tick()
            self._last_failure = ""
        except Exception as error:
            if str(error) != self._last_failure:
                log.error("%s", error)
            self._last_failure = str(error)

    def tick(self) -> list[str]:
        """Claim what is due and start it; the names of the duties started."""
        now, duties = self.clock(), self.duties()
        with self.database.read() as session:
            known = dict(slots.upcoming(session))
            due = [name for name in slots.due(session, now) if name in duties]
        self._make_missing(duties, known, now)
        idle = [name for name in due if name not in self._busy()]
        started: list[str] = []
        for group in grouped([duties[name] for name in idle]):
            started += [] if self.stopping else self._start(group, now)
        return started

    def _make_missing(self, duties: Mapping[str, Duty], known: Mapping[str, datetime], now: datetime) -> None:
        """Slots for duties that have none yet, and a nearer time for those whose schedule was shortened."""
        missing = [duty for name, duty in duties.items() if name not in known]
        soon = {name: duty.next_after(now, self.zone) for name, duty in duties.items() if name in known}
        late = {name: at for name, at in soon.items() if known[name] > at + timedelta(seconds=1)}
        if not missing and not late:
            return
        with self.database.write() as session:
            slots.ensure(session, [duty.name for duty in missing if duty.at_start], now)
            for duty in missing:
                if not duty.at_start:
                    slots.ensure(session, [duty.name], duty.next_after(now, self.zone))
            for name, at in late.items():
                slots.bring_forward(session, name, at)

    def _busy(self) -> set[str]:
        self._running = {name: future for name, future in self._running.items() if not future.done()}
        return set(self._running)

    def _start(self, group: Sequence[Duty], now: datetime) -> list[str]:
        """Claim a duty, or several that are done together, and begin; the names of those that are ours now."""
        if self._lane_is_full(group[0]):
            return []
        lease = group[0].lease if len(group) == 1 else TOGETHER_LEASES * max(duty.lease for duty in group)
        with self.database.write() as session:
            claimed = [duty for duty in group if slots.claim(session, duty.name, now, lease, self.owner)]
        if claimed:
            future = self._pool.submit(self._run, claimed, now)
            self._running |= {duty.name: future for duty in claimed}
        return [duty.name for duty in claimed]

    def _lane_is_full(self, duty: Duty) -> bool:
        """Crawls never take the threads that processing and delivery need."""
        self._busy()
        crawling = {id(future) for name, future in self._running.items() if name.startswith(CRAWL)}
        return duty.name.startswith(CRAWL) and len(crawling) >= self.crawls

    def _run(self, group: Sequence[Duty], started: datetime) -> None:
        """Do duties; a failure is logged and the slot moves on, so that one broken duty blocks nobody."""
        first, names = group[0], [duty.name for duty in group]
        try:
            if first.run_together is not None and len(group) > 1:
                first.run_together(names, self._stop.is_set)
            else:
                first.run(self._stop.is_set)
        except Exception:
            log.exception("%s failed", ", ".join(names))
        if self.stopping:
            return  # undone or cut short: given back by ``run``, and done again
        now = self.clock()
        with self.database.write() as session:
            for duty in group:
                slots.finish(session, duty.name, self.owner, duty.next_after(now, self.zone), now, started)


def grouped(due: Sequence[Duty], most: int = MOST_TOGETHER) -> list[list[Duty]]:
    """The duties in their order, those that may be done together in groups of at most ``most``."""
    groups: list[list[Duty]] = []
    open_groups: dict[str, list[Duty]] = {}
    for duty in due:
        group = open_groups.get(duty.together, []) if duty.together else []
        if group and len(group) < most:
            group.append(duty)
            continue
        groups.append([duty])
        if duty.together:
            open_groups[duty.together] = groups[-1]
    return groups


def stop_on_signals(daemon: Daemon) -> None:
    """SIGTERM and SIGINT stop the daemon; a second one while it stops changes nothing."""

    def ended(signum: int, _frame: FrameType | None) -> None:
        log.info("%s: ending", signal.Signals(signum).name)
        daemon.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ended)
