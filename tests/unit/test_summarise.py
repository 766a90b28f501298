"""Numbers of a summary, each counted by hand; and what small, odd and empty windows give."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from listener.model import CaseState, Sentiment, Severity, Tier
from listener.model.reported import CaseFact, Figures, MentionFact, SourceFact
from listener.nlp.taxonomy import shipped_taxonomy
from listener.reports.build import _comparable
from listener.reports.coverage import BEFORE_FIRST, Gap, SourceHealth
from listener.reports.summarise import summarise
from listener.reports.summary import Split, Summary, accuracy, first_seen, interval, to_json
from listener.reports.tables import sentiment_table
from listener.reports.traits import response_of
from listener.reports.wording import Wording
from listener.text.mask import mask
from tests.factories import ZONE
from tests.report_samples import DAY, END, HOUR, NOW, START, case, fact


def summary(*mentions: MentionFact, cases: tuple[CaseFact, ...] = (), **changes: Any) -> Summary:
    values: dict[str, Any] = {"start": START, "end": END, "now": NOW, "zone": ZONE}
    return summarise(mentions, cases={each.id: each for each in cases}, **(values | changes))


def complaint(number: int, severity: Severity = Severity.S2, **changes: Any) -> MentionFact:
    return fact(number, sentiment=Sentiment.NEGATIVE, tier=Tier.YES, severity=severity, **changes)


def test_volume_counts_reposts_and_complaints_do_not() -> None:
    found = summary(complaint(1), complaint(2, original_id=1), fact(3, original_id=1)).total
    assert found == Figures(volume=3, reposts=2, negative=2, neutral=1, positive=0, complaints=1, review=0)
    assert found.originals == 1


def test_doubtful_complaints_are_counted_apart() -> None:
    found = summary(fact(1, tier=Tier.REVIEW, severity=Severity.S3), complaint(2, Severity.S3))
    assert (found.total.complaints, found.total.review) == (1, 1)
    assert Split("S3", 1, 1) in found.severities


def test_days_are_those_of_the_installations_clock() -> None:
    late_evening_utc = datetime.fromisoformat("2026-11-16T17:30:00+00:00")  # 01:30 on the 17th in Shanghai
    found = summary(fact(1, published_at=late_evening_utc))
    assert [day.name for day in found.days if day.figures.volume] == ["2026-11-17"]
    assert len(found.days) == 7


def test_a_mention_without_a_time_stands_under_its_capture_and_is_said() -> None:
    found = summary(fact(1, published_at=None, captured_at=START + 2 * DAY), fact(2))
    assert found.by_captured == 1
    assert found.days[2].figures.volume == 1


def test_short_windows_have_hours_and_long_ones_do_not() -> None:
    day = summary(fact(1, published_at=START + 90 * timedelta(minutes=1)), end=START + DAY)
    assert [hour.name for hour in day.hours if hour.figures.volume] == ["2026-11-16T01"]
    assert len(day.hours) == 24
    assert summary(fact()).hours == ()


def test_the_repeated_hour_of_autumn_is_one_row() -> None:
    """New York, 1 November 2026: 25 hours, 01:xx comes twice."""
    zone = ZoneInfo("America/New_York")
    start = datetime(2026, 11, 1, tzinfo=zone)
    twice = [fact(n, published_at=datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=n)) for n in (0, 1)]
    found = summary(*twice, start=start, end=datetime(2026, 11, 2, tzinfo=zone), zone=zone)
    assert len(found.hours) == len({hour.name for hour in found.hours}) == 24
    assert [hour.figures.volume for hour in found.hours if hour.name == "2026-11-01T01"] == [2]
    assert len(found.days) == 1


def test_problems_count_in_each_of_theirs_and_uncategorised_comes_last() -> None:
    found = summary(
        complaint(1, problems=("car.brake", "core.no_reply")),
        complaint(2, problems=()),
        complaint(3, problems=()),
        complaint(4, problems=("car.brake",), original_id=1),
    )
    assert [(split.name, split.count) for split in found.problems] == [
        ("car.brake", 1), ("core.no_reply", 1), ("none", 2),
    ]  # fmt: skip


def test_every_severity_is_there_even_at_zero() -> None:
    assert [(split.name, split.count) for split in summary(complaint(1, Severity.S1)).severities] == [
        ("S1", 1), ("S2", 0), ("S3", 0), ("S4", 0),
    ]  # fmt: skip


def test_known_customers_are_counted_as_mentions_and_as_people() -> None:
    found = summary(complaint(1, customer_id=7), fact(2, customer_id=7), fact(3)).customers
    assert (found.known.volume, found.known.complaints, found.unknown.volume, found.people) == (2, 1, 1, 1)


def test_cases_stand_gravest_first_then_open_then_newest() -> None:
    cases = (
        case(1, severity=Severity.S2, spoken_at=START),
        case(2, severity=Severity.S1, state=CaseState.CLOSED),
        case(3, severity=Severity.S1),
        case(4, severity=Severity.S2, spoken_at=START + DAY),
    )
    found = summary(fact(1, case_id=4), fact(2, case_id=4), cases=cases).cases
    assert [line.case.id for line in found.top] == [3, 2, 4, 1]
    assert (found.count, found.open, found.states) == (4, 3, {"new": 3, "closed": 1})
    assert [line.mentions for line in found.top] == [0, 0, 2, 0]


@pytest.mark.parametrize(
    ("contacted", "state", "deadline", "expected"),
    [
        (NOW - 2 * HOUR, CaseState.ANSWERED, NOW - HOUR, "in_time"),
        (NOW - HOUR, CaseState.ANSWERED, NOW - HOUR, "in_time"),
        (NOW, CaseState.ANSWERED, NOW - HOUR, "late"),
        (None, CaseState.NEW, NOW - HOUR, "overdue"),
        (None, CaseState.NEW, NOW + HOUR, "waiting"),
        (None, CaseState.NEW, None, "none"),
        (None, CaseState.TO_VERIFY, NOW - HOUR, "none"),
        (None, CaseState.NOT_COMPLAINT, NOW - HOUR, "none"),
    ],
)
def test_response(contacted: datetime | None, state: CaseState, deadline: datetime | None, expected: str) -> None:
    found = case(first_contact_at=contacted, state=state, first_contact_by=deadline)
    assert response_of(found, NOW) == expected


def test_waiting_cases_are_not_in_the_share_of_first_contacts() -> None:
    cases = (
        case(1, first_contact_by=NOW - HOUR, first_contact_at=NOW - 2 * HOUR),
        case(2, first_contact_by=NOW - HOUR),
        case(3, first_contact_by=NOW + HOUR),
        case(4),
    )
    found = summary(cases=cases).cases
    assert (found.answerable, found.decided, found.response["in_time"]) == (3, 2, 1)


def blind(*gaps: Gap, **changes: Any) -> SourceHealth:
    values: dict[str, Any] = {"source": "news", "title": "新闻", "platform": "feed", "outcome": "ok", "gaps": gaps}
    return SourceHealth(**(values | changes))


def test_a_day_that_nobody_watched_is_not_drawn_as_zero() -> None:
    gap = Gap(START + DAY, START + 2 * DAY, "blocked")
    days = summary(fact(1), health=[blind(gap)]).days
    assert [(day.coverage, day.drawn) for day in days[:3]] == [("full", True), ("none", False), ("full", True)]


def test_what_was_captured_on_an_unwatched_day_is_drawn() -> None:
    gap = Gap(START + DAY, START + 2 * DAY, "blocked")
    days = summary(fact(1, published_at=START + DAY + HOUR), health=[blind(gap)]).days
    assert (days[1].coverage, days[1].drawn, days[1].figures.volume) == ("none", True, 1)


def test_one_blind_source_of_two_makes_a_day_partial() -> None:
    gap = Gap(START + DAY, START + DAY + 2 * HOUR, "blocked")
    days = summary(fact(1), health=[blind(gap), blind(source="forum")]).days
    assert [day.coverage for day in days[:2]] == ["full", "partial"]


def test_days_to_come_are_not_drawn() -> None:
    found = summary(fact(1), now=START + 2 * DAY + HOUR, health=[blind()])
    assert [day.coverage for day in found.days] == ["full"] * 3 + ["future"] * 4


def test_sources_not_seen_at_the_end_come_first_and_quiet_good_ones_are_not_named() -> None:
    found = summary(
        health=[
            blind(source="a", uncovered_hours=5.0),
            blind(source="b", outcome="blocked"),
            blind(source="c", uncovered_hours=0.5),
            blind(source="d", paused=True),
        ]
    )
    assert [each.source for each in found.blind] == ["b", "a", "d"]
    assert found.uncovered_hours == 5.5


def test_the_fifteen_topics_of_which_most_is_said_are_named() -> None:
    named = summary(*(fact(n, topics=tuple(f"t{m:02}" for m in range(n + 1))) for n in range(20))).topics
    assert [row.name for row in named] == [f"t{m:02}" for m in range(15)]


def test_two_days_are_shown_by_the_hour_three_are_not() -> None:
    def hours(days: int) -> int:
        made = summarise((), start=START, end=START + days * DAY, now=NOW, zone=ZONE, cases={})
        return len(made.hours)

    assert [hours(days) for days in (1, 2, 3)] == [24, 48, 0]


def test_a_day_that_nobody_watched_has_no_numbers_in_its_table() -> None:
    made = summary(fact(1), health=[blind(Gap(START + DAY, START + 2 * DAY, "blocked"))])
    rows = sentiment_table(made.days, "day", Wording("zh", ZONE, shipped_taxonomy())).rows
    assert [cell.value for cell in rows[1]][1:] == ["—"] * 7 + ["无采集"]
    assert [cell.value for cell in rows[2]][1:] == [0] * 7 + ["完整"]


def test_what_was_left_in_doubt_was_right_where_it_is_a_complaint() -> None:
    said = [
        ("complaint", True, "review", "yes", 3),
        ("complaint", True, "review", "no", 1),
        ("complaint", False, "no", "yes", 2),
    ]
    sentiment, complaints = accuracy(said)
    assert (complaints.drawn_right, complaints.drawn, complaints.volunteered) == (3, 4, 2)
    assert (sentiment.drawn, sentiment.low, sentiment.high) == (0, 0.0, 1.0)


def test_a_source_never_crawled_did_not_look_back() -> None:
    never = blind(Gap(START, END, BEFORE_FIRST), outcome="")
    assert not first_seen([never])
    assert first_seen([never, blind(Gap(START, START + DAY, BEFORE_FIRST))])


@pytest.mark.parametrize(
    ("first_crawls", "volume", "comparable"),
    [
        ((START,), 0, True),
        ((START + HOUR,), 9, False),
        ((START + HOUR, START - DAY), 0, True),
        ((), 9, True),
        ((), 0, False),
    ],
)
def test_a_window_is_compared_with_one_that_was_watched_from_its_start_on(
    first_crawls: tuple[datetime, ...], volume: int, comparable: bool
) -> None:
    known = [SourceFact(source=str(n), first_crawl_at=at) for n, at in enumerate(first_crawls)]
    assert _comparable(Figures(volume=volume), [*known, SourceFact(source="never")], START) is comparable


def test_an_empty_window_is_no_error() -> None:
    found = summary()
    assert found.total == Figures()
    assert all(not day.figures.volume for day in found.days)
    assert found.problems == ()


def test_json_holds_only_plain_values() -> None:
    found = to_json(summary(complaint(1), cases=(case(1),), health=[blind(Gap(START, END, "blocked"))]), str)
    again = json.loads(json.dumps(found, ensure_ascii=False))
    assert again["total"]["complaints"] == 1
    assert again["start"] == "2026-11-16T00:00:00+08:00"
    assert again["cases"]["top"][0]["case"]["severity"] == "S2"


def test_json_shows_what_people_and_sites_wrote_as_it_may_be_shown() -> None:
    wrote = "找13812345678"
    outage = blind(Gap(START, END, "blocked", wrote), detail=wrote, outcome="blocked")
    made = summary(complaint(1, case_id=1), cases=(case(1, title=wrote, reason=wrote),), health=[outage])
    assert json.dumps(to_json(made, mask)).count("138****5678") == 4
    assert "13812345678" not in json.dumps(to_json(made, mask))
    assert json.dumps(to_json(made, str)).count("13812345678") == 4


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    # Wilson intervals, computed apart (Newcombe 1998, table I, method 3, gives 81/263 = 0.2553 to 0.3662)
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (29, 29, 0.8830, 1.0)],
)
def test_interval_of_a_share(count: int, of: int, low: float, high: float) -> None:
    assert interval(count, of) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_interval_of_nothing_says_nothing() -> None:
    assert interval(0, 0) == (0.0, 1.0)
