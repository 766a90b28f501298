"""Crawling, backfilling and importing in an installation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from listener.alerts import routing
from listener.crawls.backfill import Backfilling, read_since
from listener.crawls.collecting import Collector
from listener.errors import BadInput, Mistake
from listener.intake.importing import Import, Wanted
from listener.language import say
from listener.model import Alert, CrawlReport, RawMention, Recipient
from listener.receiving import Receiving
from listener.settings import SourceSettings
from listener.spiders.arriving import ARRIVING
from listener.store.backfills import Backfill

NoStop: Callable[[], bool] = lambda: False  # noqa: E731 - a default argument that never stops


def fetched(source: SourceSettings) -> SourceSettings:
    """The source, where something is fetched for it; ``BadInput`` where what it brings arrives by itself."""
    if source.platform in ARRIVING:
        what = say("此来源等待文件或推送，不采集", "this source waits for files or pushes, nothing is fetched")
        raise BadInput(Mistake(source.name, what, say("见 docs/intake.md", "see docs/intake.md")))
    return source


class Gathering(Receiving):
    """How a ``listener.bootstrap.Listener`` comes to its mentions."""

    def _collector(self) -> Collector:
        return Collector(self.database, self.settings, self.now, self.recipients, self.gather)

    def crawl(self, name: str, *, alert: bool = False, stop: Callable[[], bool] = NoStop) -> CrawlReport:
        """Crawl one source now: captures, outcome and state are kept, and a change for bad or good is alerted."""
        return self._collector().crawl(name, alert=alert, stop=stop)

    def may_crawl(self, names: Sequence[str]) -> list[str]:
        """Of these sources those that are neither paused nor in their quiet hours."""
        return self._collector().may_crawl(names)

    def crawl_together(self, names: Sequence[str], *, stop: Callable[[], bool] = NoStop) -> list[CrawlReport]:
        """Crawl small sources that may share a child, in one; each as ``crawl`` would."""
        return self._collector().crawl_together(names, stop=stop)

    def backfill(
        self,
        name: str,
        since: str,
        *,
        stop: Callable[[], bool] = NoStop,
        progress: Callable[[Backfill], None] = lambda _: None,
    ) -> Backfill:
        """Read a source's past back to a day, in rounds, beside its normal crawls; how far it came."""
        source = fetched(self.settings.source(name))
        moment = read_since(since, self.settings, self.now())
        return Backfilling(self.database, self.settings, source, self.now, progress).run(moment, stop)

    def recipients(self, alert: Alert) -> tuple[Recipient, ...]:
        """Who gets an alert that no mention raised."""
        local = self.now().astimezone(self.settings.zone)
        return routing.recipients(alert, routing.facts_of(alert), self.settings.routes, self.directory(), local)

    def try_source(self, name: str, found: list[RawMention]) -> CrawlReport:
        """Crawl into ``found`` without keeping anything."""
        fetched(self.settings.source(name))
        return self._collector().try_source(name, found)

    def import_mentions(
        self,
        file: Path,
        mapping: Mapping[str, str],
        *,
        progress: Callable[[int, int | None], None] = lambda done, total: None,
        **wanted: Any,
    ) -> dict[str, object]:
        """Import a table of mentions as ``listener.intake.importing.Wanted`` says; the counts by name."""
        how = Wanted(mapping=mapping, **wanted)
        return Import(self.database, self.settings, self.now(), how).run(file, progress)
