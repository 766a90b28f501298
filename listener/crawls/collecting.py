"""Crawls kept: captures as they come, then outcome, state and the alert of a change, in one transaction.

crawl(name)            one source in a child of its own
crawl_together(names)  small sources in one child, each with its own report, as if it were alone
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from listener.alerts import rules
from listener.crawls import crawl as crawling
from listener.crawls.crawl import Setting, Work
from listener.crawls.rereading import Rereading
from listener.crawls.suspicion import doubt
from listener.model import Alert, AlertKind, CrawlReport, RawMention, Recipient
from listener.settings import Settings, SourceSettings
from listener.spiders.arriving import ARRIVING
from listener.spiders.registry import is_small
from listener.store import captures, crawls, outbox, slots
from listener.store.crawls import SourceState
from listener.store.engine import Database

log = logging.getLogger(__name__)

Stop = Callable[[], bool]


class Gather(Protocol):
    """Takes in what arrived for a source since; its report."""

    def __call__(self, source: SourceSettings, before: SourceState, *, alert: bool, stop: Stop) -> CrawlReport: ...


def hosts_folder(settings: Settings) -> Path:
    """Where the crawls of this machine agree on how often hosts are asked."""
    return settings.home / "var" / "hosts"


def together(source: SourceSettings, settings: Settings) -> str:
    """Sources with the same word here may share a child; "" for one that needs its own.

    A child's guard holds for all in it, so that what opens a private address shares with its own host and port only.
    """
    if not is_small(source.platform) or source.secret:
        return ""
    place = urlsplit(source.url)
    direct = place.hostname in settings.installation.proxy_exceptions
    return f"{place.scheme}://{place.netloc}" if source.allow_private_addresses else ("direct" if direct else "public")


@dataclass
class Collector:
    """Crawls sources of one installation. ``recipients`` says who gets an alert about a source.

    ``gather`` takes in what arrives by itself, of sources that nothing is fetched for.
    """

    database: Database
    settings: Settings
    clock: Callable[[], datetime]
    recipients: Callable[[Alert], tuple[Recipient, ...]]
    gather: Gather

    def may_crawl(self, names: Sequence[str]) -> list[str]:
        """Of these sources those that are neither paused nor in their quiet hours."""
        local = self.clock().astimezone(self.settings.zone)
        with self.database.read() as session:
            paused = {name for name, state in crawls.states(session).items() if state.paused}
        return [name for name in names if name not in paused and not self.settings.source(name).is_quiet(local)]

    def crawl(self, name: str, *, alert: bool = False, stop: Stop) -> CrawlReport:
        """Crawl one source now and keep what it found; of one that is stopped no outcome is kept."""
        source = self.settings.source(name)
        work, again = self._work(name, alert)
        if source.platform in ARRIVING:
            with self.database.read() as session:
                before = crawls.state_of(session, name)
            report = self.gather(source, before, alert=alert, stop=stop)
        else:
            report = crawling.crawl(work, self._setting(stop))
        return report if stop() else self._keep(report, again)

    def crawl_together(self, names: Sequence[str], *, stop: Stop) -> list[CrawlReport]:
        """Crawl small sources in one child; the reports, in the order in which they came to their end.

        One whose last crawl went bad goes alone: it may be what ends a child. So do those that a child came to no end
        with.
        """
        works = [self._work(name, False) for name in names]
        again = {work.source.name: one for work, one in works}
        with self.database.read() as session:
            bad = {name for name, state in crawls.states(session).items() if state.bad_since}
        kept: list[CrawlReport] = []

        def keep(report: CrawlReport) -> None:
            kept.append(self._keep(report, again[report.source]))

        shared = [work for work, _ in works if work.source.name not in bad]
        alone = [work for work, _ in works if work.source.name in bad]
        if len(shared) > 1:
            alone = [*crawling.crawl_together(shared, self._setting(stop), keep), *alone]
        else:
            alone = [*shared, *alone]
        for work in alone:
            self._crawl_alone(work, keep, stop)
        return kept

    def _crawl_alone(self, work: Work, keep: Callable[[CrawlReport], None], stop: Stop) -> None:
        """What goes wrong with one of several sources is logged, as if it were crawled by itself."""
        if stop():
            return
        try:
            report = crawling.crawl(work, self._setting(stop))
            if not stop():
                keep(report)
        except Exception:
            log.exception("%s failed", work.source.name)

    def try_source(self, name: str, found: list[RawMention]) -> CrawlReport:
        """Crawl into ``found`` without keeping anything."""

        def keep(batch: list[RawMention]) -> int:
            found.extend(batch)
            return len(batch)

        source = self.settings.source(name)
        work = Work(source=source, state={}, on_captures=keep, secret=self.settings.secret(source.secret))
        return crawling.crawl(work, self._setting(lambda: False))

    def save(self, found: list[RawMention], *, alert: bool) -> int:
        """Store captures that no crawl brought; how many were new."""
        with self.database.write() as session:
            slots.poke(session, "process", self.clock() + slots.TOGETHER)
            return captures.save(session, found, alert=alert)

    def _setting(self, stop: Stop) -> Setting:
        return Setting(
            now=self.clock(),
            clock=self.clock,
            installation=self.settings.installation,
            hosts=hosts_folder(self.settings),
            stop=stop,
        )

    def _work(self, name: str, alert: bool) -> tuple[Work, Rereading]:
        source = self.settings.source(name)
        with self.database.read() as session:
            before = crawls.state_of(session, name)
        again = Rereading.of(self.database, source, self.clock())

        def save(found: list[RawMention]) -> int:
            with self.database.write() as session:
                again.note(session, found)
                slots.poke(session, "process", self.clock() + slots.TOGETHER)
                return captures.save(session, found, alert=alert)

        work = Work(
            source=source,
            state=before.state,
            on_captures=save,
            secret=self.settings.secret(source.secret),
            revisits=again.wanted,
        )
        return work, again

    def _keep(self, report: CrawlReport, again: Rereading) -> CrawlReport:
        """Outcome, state and alerts in one transaction: whatever is killed and when, a change is told once."""
        day_ago = report.started_at - timedelta(days=1)
        with self.database.write() as session:
            before = crawls.state_of(session, report.source)
            recent = crawls.new_since(session, report.source, day_ago)
            report = doubt(report, again.source, *recent, before.state)
            crawls.save_report(session, report)
            told = outbox.last_raised(session, AlertKind.SOURCE_BAD, report.source)
            repeat = self.settings.installation.alerts.repeat_interval
            raised = rules.source_alerts(before.outcome, report, told, repeat)
            outbox.add_alerts(session, [(a, None, None, self.recipients(a)) for a in raised], self.clock())
            again.keep(session, report, self.settings)
        return report
