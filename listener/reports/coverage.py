"""When was each source not seen? Pure; a failed or blocked crawl is never shown as "no negative news".

A source is uncovered
  - from a bad crawl's end to the next good one's end (what happened since may have been fetched later);
  - while no crawl was made for longer than three of its intervals (26 hours where its interval is not known); its
    quiet hours are added to that, since what was said in them is read after;
  - before its first crawl ever, which is kept apart: a first crawl looks back as far as the page goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.model import Outcome
from listener.model.reported import CrawlFact, SourceFact

_TOLERANCE = timedelta(hours=1)
_DAILY = timedelta(hours=26)
NOT_CRAWLED = "not_crawled"
BEFORE_FIRST = "before_first"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without sight: ``kind`` is a bad ``Outcome``'s value, ``not_crawled`` or ``before_first``."""

    start: datetime
    end: datetime
    kind: str
    detail: str = ""

    @property
    def length(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """How one source was seen in a window. ``outcome`` is its last crawl's up to the window's end ("" for none).

    ``since`` is when the present bad state began; ``uncovered_hours`` counts outages and missing crawls, not the
    time before the first crawl. ``gaps`` are all of them, clipped to the window, in order.
    """

    source: str
    title: str
    platform: str
    outcome: str
    detail: str = ""
    since: datetime | None = None
    last_good_at: datetime | None = None
    crawled_at: datetime | None = None
    paused: bool = False
    crawls: int = 0
    bad_crawls: int = 0
    new: int = 0
    uncovered_hours: float = 0.0
    gaps: tuple[Gap, ...] = ()

    @property
    def bad_now(self) -> bool:
        """True where the window ends without sight of this source."""
        return not self.outcome or Outcome(self.outcome).bad

    @property
    def blind(self) -> bool:
        """True where the report has to say so on top: bad now, paused, never crawled, or an hour or more unseen."""
        return self.bad_now or self.paused or self.uncovered_hours >= 1


def health(source: SourceFact, crawls: Iterable[CrawlFact], start: datetime, end: datetime) -> SourceHealth:
    """The health of one source from its crawls in order of time: those of the window and the last one before it.

    ``end`` is the window's end or now, whichever is earlier.
    """
    walk = _Walk(source, start, end)
    for crawl in crawls:
        walk.step(crawl)
    return walk.done()


class _Walk:
    """Goes through the crawls of one source once; memory grows with its outages only."""

    def __init__(self, source: SourceFact, start: datetime, end: datetime) -> None:
        self.source, self.start, self.end = source, start, end
        self.patience = (max(3 * source.every, _TOLERANCE) if source.every else _DAILY) + source.quiet
        self.last: CrawlFact | None = None
        self.good_at: datetime | None = None
        self.bad_since: datetime | None = None  # of the whole outage
        self.kind_since: datetime | None = None  # of its present outcome
        self.crawls = self.bad_crawls = self.new = 0
        self.gaps: list[Gap] = []

    def step(self, crawl: CrawlFact) -> None:
        if self.last is None:
            self._before(crawl.started_at)
        elif not self.last.outcome.bad and crawl.started_at - self.last.ended_at > self.patience:
            self._gap(self.last.ended_at, crawl.started_at, NOT_CRAWLED)
        self._change(crawl)
        self.last = crawl
        if crawl.ended_at >= self.start:
            self.crawls, self.bad_crawls = self.crawls + 1, self.bad_crawls + crawl.outcome.bad
            self.new += crawl.new

    def _before(self, first: datetime) -> None:
        """What lies between the window's start and the first crawl that we know of."""
        known = self.source.first_crawl_at
        if known is None or first <= known:
            self._gap(self.start, first, BEFORE_FIRST)
        elif first - self.start > self.patience:
            self._gap(self.start, first, NOT_CRAWLED)

    def _change(self, crawl: CrawlFact) -> None:
        last = self.last
        if last is not None and last.outcome.bad and crawl.outcome is not last.outcome:
            self._gap(self.kind_since, crawl.ended_at, last.outcome.value, last.detail)
        if not crawl.outcome.bad:
            self.bad_since, self.good_at = None, crawl.ended_at
        elif last is None or crawl.outcome is not last.outcome:
            self.kind_since = crawl.ended_at
            self.bad_since = self.bad_since or crawl.ended_at

    def _gap(self, start: datetime | None, end: datetime, kind: str, detail: str = "") -> None:
        first, last = max(start or self.start, self.start), min(end, self.end)
        if last > first:
            self.gaps.append(Gap(first, last, kind, detail))

    def _after(self) -> None:
        """What lies between the last crawl and the window's end."""
        known = self.source.first_crawl_at
        if self.last is None:
            self._gap(self.start, self.end, NOT_CRAWLED if known and known < self.end else BEFORE_FIRST)
        elif self.last.outcome.bad:
            self._gap(self.kind_since, self.end, self.last.outcome.value, self.last.detail)
        elif self.end - self.last.ended_at > self.patience:
            self._gap(self.last.ended_at, self.end, NOT_CRAWLED)

    def done(self) -> SourceHealth:
        self._after()
        unseen = [gap.length for gap in self.gaps if gap.kind != BEFORE_FIRST]
        return SourceHealth(
            source=self.source.source,
            title=self.source.title or self.source.source,
            platform=self.source.platform,
            outcome=self.last.outcome.value if self.last else "",
            detail=self.last.detail if self.last else "",
            since=self._since(),
            last_good_at=self.good_at or self._good_before(),
            crawled_at=self.last.ended_at if self.last else None,
            paused=self.source.paused,
            crawls=self.crawls,
            bad_crawls=self.bad_crawls,
            new=self.new,
            uncovered_hours=round(sum(unseen, timedelta()) / timedelta(hours=1), 2),
            gaps=tuple(self.gaps),
        )

    def _since(self) -> datetime | None:
        """When the present outage began; of one older than the window the store knows the beginning."""
        known = self.source.bad_since
        if self.bad_since is None or self.good_at is not None or known is None:
            return self.bad_since
        return min(known, self.bad_since)

    def _good_before(self) -> datetime | None:
        known = self.source.last_good_at
        return known if known and known < self.end else None


def uncovered(gaps: Sequence[Gap], start: datetime, end: datetime) -> timedelta:
    """How much of ``start`` to ``end`` lies in gaps; gaps of one source do not overlap."""
    lengths = (min(gap.end, end) - max(gap.start, start) for gap in gaps)
    return sum((length for length in lengths if length > timedelta()), timedelta())


def coverage_of(found: Sequence[SourceHealth], start: datetime, end: datetime) -> str:
    """How well a stretch of time was seen.

    ``none`` where no source was seen at all, ``partial`` where one was out for an hour or more, else ``full``;
    ``unknown`` where nothing is crawled (everything comes from imports), ``future`` where it is still to come. The
    time before a source's first crawl makes nothing partial: that crawl looked back, or the source stands on top.
    """
    if end <= start:
        return "future"
    if not found:
        return "unknown"
    if all(uncovered(source.gaps, start, end) >= end - start for source in found):
        return "none"
    outages = ([gap for gap in source.gaps if gap.kind != BEFORE_FIRST] for source in found)
    lost = min(_TOLERANCE, end - start)
    return "partial" if any(uncovered(gaps, start, end) >= lost for gaps in outages) else "full"
