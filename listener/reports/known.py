"""Which sources should have been seen, how well each was, and the last day of each by the hour."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from cronsim import CronSim

from listener.model.reported import CrawlFact, SourceFact
from listener.reports.coverage import BEFORE_FIRST, SourceHealth, health, uncovered
from listener.settings import SourceSettings

SEEN, PARTLY, UNSEEN, BEFORE = "█", "▒", "·", "-"
_HOUR = timedelta(hours=1)


def source_facts(stored: dict[str, SourceFact], configured: Sequence[SourceSettings] | None) -> dict[str, SourceFact]:
    """The sources that should have been seen, by name: those configured and switched on, or else all stored ones."""
    if configured is None:
        return stored
    return {
        source.name: replace(
            stored.get(source.name, SourceFact(source=source.name)),
            title=source.title,
            platform=source.platform,
            every=source.every or cron_interval(source.cron),
            quiet=source.longest_quiet,
        )
        for source in configured
        if source.enabled
    }


def cron_interval(cron: str) -> timedelta | None:
    """The longest time between two runs of a cron expression among the next 30, None for an empty one."""
    if not cron:
        return None
    # any date does: only distances are taken
    runs = list(itertools.islice(CronSim(cron, datetime(2026, 1, 1)), 31))  # noqa: DTZ001
    return max((later - earlier for earlier, later in itertools.pairwise(runs)), default=None)


def runs_in_quiet_hours(source: SourceSettings) -> bool:
    """True for a source whose cron only names times at which it is left alone."""
    if not source.cron or not source.quiet:
        return False
    runs = itertools.islice(CronSim(source.cron, datetime(2026, 1, 1)), 200)  # noqa: DTZ001 - any date does
    return all(source.is_quiet(at) for at in runs)


def healths(
    crawls: Iterable[CrawlFact], known: dict[str, SourceFact], start: datetime, end: datetime
) -> list[SourceHealth]:
    """Health by source, in their order by name; ``crawls`` come ordered by source and time."""
    by_name: Callable[[CrawlFact], str] = lambda crawl: crawl.source  # noqa: E731
    found = {
        name: health(known[name], group, start, end)
        for name, group in itertools.groupby(crawls, by_name)
        if name in known
    }
    return [found.get(name) or health(known[name], (), start, end) for name in sorted(known)]


def hours(found: SourceHealth, end: datetime, count: int = 24) -> str:
    """The ``count`` hours before ``end``, oldest first, a character each: seen, partly, not, before its first crawl."""
    gaps = [gap for gap in found.gaps if gap.kind != BEFORE_FIRST]
    early = [gap for gap in found.gaps if gap.kind == BEFORE_FIRST]
    shown = []
    for place in range(count, 0, -1):
        start = end - place * _HOUR
        if uncovered(early, start, start + _HOUR) >= _HOUR:
            shown.append(BEFORE)
        else:
            lost = uncovered(gaps, start, start + _HOUR)
            shown.append(UNSEEN if lost >= _HOUR else PARTLY if lost else SEEN)
    return "".join(shown)
