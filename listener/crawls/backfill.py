"""A source's past, read in rounds: each a crawl of its own that goes on where the one before stopped.

It has a state of its own, so that the source's watermark stays and its normal crawls go on beside it. After each round
its state is kept: whatever ends it, the next start goes on from the last round that came to its end, and what the
broken one brought is stored already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.crawls.crawl import Backfill as Round
from listener.crawls.crawl import Setting, Work, crawl
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CrawlReport, Outcome, RawMention
from listener.settings import Settings, SourceSettings
from listener.store import backfills, captures, slots
from listener.store.backfills import Backfill
from listener.store.engine import Database

__all__ = ["ROUND_REQUESTS", "Backfilling", "read_since"]

ROUND_REQUESTS = 500
"""Answers in one round at most: what a kill costs to ask for again."""

_WALLS = frozenset({Outcome.BLOCKED, Outcome.LOGIN_EXPIRED, Outcome.ROBOTS_DENIED})


def read_since(text: str, settings: Settings, now: datetime) -> datetime:
    """``2026-01-01`` or ``2026-01-01T08:00`` in the installation's zone; ``BadInput`` for anything but the past."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        moment = now
    moment = moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)
    if moment >= now:
        what = say(f"{text} 不是过去的日期", f"{text} is not a date in the past")
        raise BadInput(Mistake("--since", what, "--since 2026-01-01"))
    return moment


@dataclass
class Backfilling:
    """Reads one source's past. ``progress`` is called after each round."""

    database: Database
    settings: Settings
    source: SourceSettings
    clock: Callable[[], datetime]
    progress: Callable[[Backfill], None] = lambda _: None
    requests: int = ROUND_REQUESTS
    oldest: datetime | None = None

    def run(self, since: datetime, stop: Callable[[], bool] = lambda: False) -> Backfill:
        """Read back to ``since``; how far it came. It ends early where the site refuses or nothing moves."""
        owner = slots.owner()
        with self.database.write() as session:
            now = self.clock()
            state = backfills.begin(session, self.source.name, since, now, self._lease, owner)
        try:
            while not state.done_at and not stop():
                before = state
                state = self._round(before, stop)
                if state.outcome and state.outcome.bad and _is_stuck(before, state):
                    break
        finally:
            with self.database.write() as session:
                backfills.release(session, self.source.name, owner)
        return state

    @property
    def _lease(self) -> timedelta:
        return self.source.timeout + timedelta(minutes=2)

    def _round(self, before: Backfill, stop: Callable[[], bool]) -> Backfill:
        report = self._crawl(before, stop)
        if stop():
            return before  # cut short: what it brought is stored, the round is made again
        with self.database.write() as session:
            after = backfills.keep(session, report, self.oldest, self.clock(), self._lease)
        self.progress(after)
        return after

    def _crawl(self, before: Backfill, stop: Callable[[], bool]) -> CrawlReport:
        work = Work(
            source=self.source,
            state=before.state,
            on_captures=self._save,
            secret=self.settings.secret(self.source.secret),
            backfill=Round(before.since, self.requests),
        )
        setting = Setting(
            now=self.clock(),
            clock=self.clock,
            installation=self.settings.installation,
            hosts=self.settings.home / "var" / "hosts",
            stop=stop,
        )
        return crawl(work, setting)

    def _save(self, found: list[RawMention]) -> int:
        times = [raw.published_at for raw in found if raw.published_at]
        self.oldest = min([*times, *([self.oldest] if self.oldest else [])], default=None)
        with self.database.write() as session:
            return captures.save(session, found)


def _is_stuck(before: Backfill, after: Backfill) -> bool:
    """True where going on is no use now: the site refuses, or the bad round moved nothing."""
    return after.outcome in _WALLS or not after.left or after.state.get("left") == before.state.get("left")
