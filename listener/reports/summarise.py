"""Facts to a ``Summary``: pure, one pass over the mentions, memory grows with days and names, not with mentions.

    mentions ─┐
    cases    ─┼→ summarise → Summary → charts, page, workbook, JSON
    health   ─┘

What is counted: see ``facts.Figures``. The sums agree: volume = sum over sources = over platforms = over days
= negative + neutral + positive. Severities and problems count sure and doubtful complaints, never reposts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from listener.model import CaseState, Severity, Tier
from listener.model.reported import CaseFact, Figures, MentionFact, figures_of
from listener.reports.coverage import SourceHealth, coverage_of
from listener.reports.summary import CaseLine, Cases, Customers, Row, Split, Stretch, Summary
from listener.reports.traits import NONE, day_of, hour_of, response_of

SHORT = timedelta(hours=49)
"""Windows up to this long (two days, one of them with 25 hours) are shown by the hour as well."""

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)

TOP = 15
TOP_CASES = 20


def summarise(
    mentions: Iterable[MentionFact],
    *,
    start: datetime,
    end: datetime,
    now: datetime,
    zone: ZoneInfo,
    cases: Mapping[int, CaseFact],
    health: Sequence[SourceHealth] = (),
    previous: Figures | None = None,
    comparable: bool = True,
) -> Summary:
    """The summary of ``start <= happened_at < end``; every mention given must lie in it.

    ``cases`` are those of the window by id; ``health`` is of the same window; nothing is read from a clock.
    """
    tally = _Tally(zone)
    for mention in mentions:
        tally.add(mention)
    seen_until = min(end, now).astimezone(UTC)
    utc_health = [_moved(each, UTC) for each in health]
    return Summary(
        start=start.astimezone(zone),
        end=end.astimezone(zone),
        made_at=now.astimezone(zone),
        zone=str(zone),
        total=tally.total,
        previous=previous,
        comparable=comparable,
        by_captured=tally.by_captured,
        days=_stretches(_days(start, end, zone), tally.days, utc_health, seen_until),
        hours=_stretches(_hours(start, end, zone), tally.hours, utc_health, seen_until) if end - start <= SHORT else (),
        sources=_rows(tally.sources, tally.platform_of),
        platforms=_rows(tally.platforms),
        topics=_rows(tally.topics)[:TOP],
        products=_rows(tally.products)[:TOP],
        severities=tuple(_split(severity.value, tally.severities) for severity in Severity),
        problems=tuple(sorted((_split(name, tally.problems) for name in tally.problems), key=_largest)),
        customers=Customers(tally.customers["known"], tally.customers["unknown"], len(tally.people)),
        segments=_rows(tally.segments),
        cases=_cases(cases, tally.cases, now),
        health=tuple(_moved(each, zone) for each in health),
    )


class _Tally:
    """Counts mentions by everything that a report shows."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone
        self.total = Figures()
        self.by_captured = 0
        self.days: dict[str, Figures] = defaultdict(Figures)
        self.hours: dict[str, Figures] = defaultdict(Figures)
        self.sources: dict[str, Figures] = defaultdict(Figures)
        self.platform_of: dict[str, str] = {}
        self.platforms: dict[str, Figures] = defaultdict(Figures)
        self.topics: dict[str, Figures] = defaultdict(Figures)
        self.products: dict[str, Figures] = defaultdict(Figures)
        self.customers: dict[str, Figures] = defaultdict(Figures)
        self.segments: dict[str, Figures] = defaultdict(Figures)
        self.severities: dict[str, Counter[Tier]] = defaultdict(Counter)
        self.problems: dict[str, Counter[Tier]] = defaultdict(Counter)
        self.people: set[int] = set()
        self.cases: Counter[int] = Counter()

    def add(self, mention: MentionFact) -> None:
        one = figures_of(mention.sentiment, mention.tier, mention.repost)
        local = mention.happened_at.astimezone(self.zone)
        self.total += one
        self.by_captured += mention.published_at is None
        self.platform_of[mention.source] = mention.platform
        for table, name in self._places(mention, local):
            table[name] += one
        if mention.customer_id is not None:
            self.people.add(mention.customer_id)
        if mention.case_id is not None:
            self.cases[mention.case_id] += 1
        if mention.tier is not Tier.NO and not mention.repost:
            self._complain(mention)

    def _places(self, mention: MentionFact, local: datetime) -> Iterator[tuple[dict[str, Figures], str]]:
        yield self.days, day_of(local)
        yield self.hours, hour_of(local)
        yield self.sources, mention.source
        yield self.platforms, mention.platform
        yield self.customers, "unknown" if mention.customer_id is None else "known"
        yield from ((self.segments, code) for code in mention.segments)
        yield from ((self.topics, topic) for topic in mention.topics)
        yield from ((self.products, product) for product in mention.products)

    def _complain(self, mention: MentionFact) -> None:
        self.severities[mention.severity.value][mention.tier] += 1
        for problem in mention.problems or (NONE,):
            self.problems[problem][mention.tier] += 1


def _rows(table: Mapping[str, Figures], of: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    rows = (Row(name, figures, (of or {}).get(name, "")) for name, figures in table.items())
    return tuple(sorted(rows, key=lambda row: (-row.figures.volume, row.name)))


def _split(name: str, table: Mapping[str, Counter[Tier]]) -> Split:
    counts = table.get(name, Counter())
    return Split(name, counts[Tier.YES], counts[Tier.REVIEW])


def _largest(split: Split) -> tuple[bool, int, str]:
    """The largest first; what could not be categorised last."""
    return (split.name == NONE, -split.count, split.name)


def _days(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime, datetime]]:
    """(name, first, last) of each local day that the window touches, clipped to it, in UTC.

    In UTC, since Python subtracts two times of one zone by their clock faces, wrong by an hour twice a year.
    """
    day = start.astimezone(zone).date()
    while (first := _midnight(day, zone)) < end:
        yield day.isoformat(), max(first, start.astimezone(UTC)), min(_midnight(day + _DAY, zone), end.astimezone(UTC))
        day += _DAY


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _hours(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[tuple[str, datetime, datetime]]:
    """The same by the hour; an hour that the clock repeats in autumn is one, of two hours' length."""
    first = start.astimezone(UTC)
    while first < end:
        name = hour_of(first.astimezone(zone))
        last = first.replace(minute=0, second=0, microsecond=0) + _HOUR
        while hour_of(last.astimezone(zone)) == name:
            last += _HOUR
        yield name, first, min(last, end.astimezone(UTC))
        first = last


def _stretches(
    parts: Iterable[tuple[str, datetime, datetime]],
    table: Mapping[str, Figures],
    health: Sequence[SourceHealth],
    seen_until: datetime,
) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(name, table.get(name, Figures()), coverage_of(health, first, min(last, seen_until)))
        for name, first, last in parts
    )


def _cases(cases: Mapping[int, CaseFact], sizes: Mapping[int, int], now: datetime) -> Cases:
    lines = [CaseLine(case, sizes.get(case.id, 0), response_of(case, now)) for case in cases.values()]
    lines.sort(key=lambda line: (line.case.severity, not line.case.state.open, -line.case.spoken_at.timestamp()))
    return Cases(
        count=len(lines),
        open=sum(line.case.state.open for line in lines),
        states={state.value: count for state in CaseState if (count := sum(li.case.state is state for li in lines))},
        response=dict(Counter(line.response for line in lines)),
        top=tuple(lines[:TOP_CASES]),
    )


def _moved(each: SourceHealth, zone: tzinfo) -> SourceHealth:
    def local(moment: datetime | None) -> datetime | None:
        return moment.astimezone(zone) if moment else None

    gaps = tuple(replace(gap, start=gap.start.astimezone(zone), end=gap.end.astimezone(zone)) for gap in each.gaps)
    return replace(
        each,
        since=local(each.since),
        last_good_at=local(each.last_good_at),
        crawled_at=local(each.crawled_at),
        gaps=gaps,
    )
