"""When was a source not seen: outages, missing crawls, the time before the first one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from listener.model import Outcome
from listener.model.reported import CrawlFact, SourceFact
from listener.reports.coverage import Gap, SourceHealth, coverage_of, health, uncovered
from listener.reports.known import hours, source_facts
from listener.settings import SourceSettings
from tests.factories import NOW
from tests.report_samples import DAY, END, HOUR, START


def crawl(at: datetime, outcome: Outcome = Outcome.OK, **changes: Any) -> CrawlFact:
    return CrawlFact(source="news", outcome=outcome, started_at=at - timedelta(minutes=1), ended_at=at, **changes)


def every(step: timedelta, first: datetime = START - HOUR, last: datetime = END) -> list[CrawlFact]:
    found, at = [], first
    while at < last:
        found.append(crawl(at))
        at += step
    return found


def seen(*crawls: CrawlFact, **changes: Any) -> SourceHealth:
    values: dict[str, Any] = {"source": "news", "first_crawl_at": START - 9 * DAY}
    return health(SourceFact(**(values | changes)), crawls, START, END)


def test_a_source_seen_all_the_time_has_no_gap() -> None:
    found = seen(*every(6 * HOUR))
    assert (found.gaps, found.uncovered_hours, found.blind, found.outcome) == ((), 0.0, False, "ok")


def test_an_hour_without_a_crawl_is_borne_however_often_it_should_come() -> None:
    assert not seen(*every(HOUR, last=END + HOUR), every=timedelta(minutes=5)).gaps


def test_quiet_hours_are_added_to_what_is_borne() -> None:
    twice = (crawl(START), crawl(START + 10 * HOUR), *every(HOUR, START + 11 * HOUR, END + HOUR))
    assert not seen(*twice, every=HOUR, quiet=8 * HOUR).gaps
    assert [gap.kind for gap in seen(*twice, every=HOUR).gaps] == ["not_crawled"]


def test_a_source_not_crawled_at_all_was_out_or_not_there_yet() -> None:
    assert [gap.kind for gap in seen().gaps] == ["not_crawled"]
    assert [gap.kind for gap in seen(first_crawl_at=END + HOUR).gaps] == ["before_first"]


def test_half_an_hour_without_one_of_two_sources_is_seen_in_part() -> None:
    soon = START + HOUR / 2
    both = [seen(*every(HOUR)), seen(crawl(START - HOUR, Outcome.BLOCKED), *every(HOUR, soon))]
    assert coverage_of(both, START, soon) == "partial"
    assert coverage_of(both, START, START + HOUR) == "full"


def test_an_hour_in_which_a_source_came_is_not_an_outage() -> None:
    came = END - 1.5 * HOUR
    assert hours(seen(*every(HOUR, came, END + HOUR), first_crawl_at=came), END, 3) == "-██"


def test_a_source_switched_off_is_not_missed() -> None:
    def source(name: str, **changes: Any) -> SourceSettings:
        return SourceSettings(name=name, platform="feed", title=name, every=HOUR, **changes)

    known = source_facts({}, [source("a"), source("b", enabled=False)])
    assert list(known) == ["a"]
    assert (known["a"].every, known["a"].title) == (HOUR, "a")


def test_nothing_new_is_good_sight() -> None:
    assert not seen(crawl(START), crawl(END - HOUR, Outcome.EMPTY), every=timedelta(days=7)).blind


def test_an_outage_runs_from_the_bad_crawl_to_the_next_good_one() -> None:
    found = seen(
        crawl(START + HOUR),
        crawl(START + 2 * HOUR, Outcome.BLOCKED, detail="HTTP 403"),
        crawl(START + 3 * HOUR, Outcome.BLOCKED, detail="HTTP 403"),
        crawl(START + 5 * HOUR),
        every=timedelta(days=7),
    )
    assert found.gaps == (Gap(START + 2 * HOUR, START + 5 * HOUR, "blocked", "HTTP 403"),)
    assert (found.uncovered_hours, found.bad_now, found.since, found.bad_crawls) == (3.0, False, None, 2)
    assert found.blind
    assert found.last_good_at == START + 5 * HOUR


def test_an_outage_that_lasts_goes_to_the_end_and_says_since_when() -> None:
    found = seen(crawl(START + HOUR), crawl(END - 10 * HOUR, Outcome.UNREACHABLE), every=timedelta(days=7))
    assert (found.bad_now, found.since, found.uncovered_hours) == (True, END - 10 * HOUR, 10.0)
    assert found.last_good_at == START + HOUR


def test_an_outage_that_changes_its_kind_is_one_outage() -> None:
    found = seen(
        crawl(START, Outcome.OK),
        crawl(START + HOUR, Outcome.BLOCKED),
        crawl(START + 2 * HOUR, Outcome.PARSER_BROKE),
        every=timedelta(days=7),
    )
    assert [gap.kind for gap in found.gaps] == ["blocked", "parser_broke"]
    assert found.since == START + HOUR
    assert found.uncovered_hours == 7 * 24 - 1


def test_an_outage_from_before_the_window_is_clipped_and_keeps_its_beginning() -> None:
    began = START - 3 * DAY
    found = seen(crawl(START - HOUR, Outcome.BLOCKED), bad_since=began, last_good_at=began - HOUR)
    assert found.gaps == (Gap(START, END, "blocked"),)
    assert (found.since, found.uncovered_hours, found.crawls) == (began, 7 * 24.0, 0)
    assert found.last_good_at == began - HOUR


def test_a_daemon_that_stood_still_leaves_a_gap() -> None:
    found = seen(crawl(START), crawl(START + 12 * HOUR), every=timedelta(minutes=10))
    kinds = [(gap.kind, gap.start, gap.end) for gap in found.gaps]
    assert kinds[0] == ("not_crawled", START, START + 12 * HOUR - timedelta(minutes=1))
    assert kinds[1] == ("not_crawled", START + 12 * HOUR, END)


def test_three_intervals_are_waited_for() -> None:
    assert seen(*every(6 * HOUR), every=2 * HOUR).gaps == ()
    assert seen(*every(6 * HOUR), every=HOUR).gaps != ()


def test_a_source_never_crawled_is_blind_but_its_hours_are_not_an_outage() -> None:
    found = seen(first_crawl_at=None)
    assert (found.outcome, found.bad_now, found.blind, found.uncovered_hours) == ("", True, True, 0.0)
    assert [gap.kind for gap in found.gaps] == ["before_first"]


def test_time_before_the_first_crawl_is_kept_apart() -> None:
    first = START + 2 * DAY
    found = seen(*every(6 * HOUR, first), first_crawl_at=first - timedelta(minutes=1))
    assert [(gap.kind, gap.start) for gap in found.gaps] == [("before_first", START)]
    assert found.uncovered_hours == 0.0


def test_a_source_no_longer_crawled_is_a_gap_of_the_whole_window() -> None:
    found = seen(crawl(START - 5 * DAY))
    assert found.gaps == (Gap(START, END, "not_crawled"),)


def test_counts_are_of_the_window_alone() -> None:
    found = seen(crawl(START - HOUR, new=50), crawl(START + HOUR, new=3), crawl(START + 2 * HOUR, new=4))
    assert (found.crawls, found.new) == (2, 7)


def test_uncovered_counts_only_what_overlaps() -> None:
    gaps = [Gap(START, START + 2 * HOUR, "blocked"), Gap(START + 5 * HOUR, START + 9 * HOUR, "blocked")]
    assert uncovered(gaps, START + HOUR, START + 6 * HOUR) == 2 * HOUR


def test_coverage_of_a_stretch() -> None:
    first = seen(*every(6 * HOUR, START + 2 * DAY), first_crawl_at=START + 2 * DAY - timedelta(minutes=1))
    good = seen(*every(6 * HOUR))
    short = health(SourceFact(source="x"), [], START, START)
    assert coverage_of([good, first], START, START + DAY) == "full"
    assert coverage_of([first], START, START + DAY) == "none"
    assert coverage_of([], START, END) == "unknown"
    assert coverage_of([short], END, START) == "future"


def test_the_last_hours_of_a_source_a_character_each() -> None:
    source = SourceFact(source="s", every=timedelta(minutes=10), first_crawl_at=NOW - timedelta(hours=20))
    end = NOW
    times = [NOW - timedelta(minutes=10 * n) for n in range(120, -1, -1)]

    def outcome(at: datetime) -> Outcome:
        return Outcome.BLOCKED if NOW - timedelta(hours=5) <= at < NOW - timedelta(hours=2, minutes=30) else Outcome.OK

    made = [CrawlFact(source="s", outcome=outcome(at), started_at=at, ended_at=at, detail="") for at in times]
    found = health(source, made, end - timedelta(days=1), end)
    assert hours(found, end) == "----" + "█" * 15 + "··▒██"
