"""Hours in which a source is left alone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from pydantic import ValidationError

from listener.model import Outcome
from listener.model.reported import CrawlFact, SourceFact
from listener.reports.coverage import health
from listener.reports.known import runs_in_quiet_hours
from listener.settings import SourceSettings, read_hours, within
from tests.factories import NOW


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ("23:00-07:00", ["23:00", "00:00", "06:59"], ["07:00", "12:00", "22:59"]),
        ("12:00-13:30", ["12:00", "13:29"], ["13:30", "11:59", "00:00"]),
        ("00:00-06:00", ["00:00", "05:59"], ["06:00", "23:59"]),
    ],
)
def test_hours_may_go_over_midnight(hours: str, inside: list[str], outside: list[str]) -> None:
    assert all(within(read_hours(hours), time.fromisoformat(at)) for at in inside)
    assert not any(within(read_hours(hours), time.fromisoformat(at)) for at in outside)


@pytest.mark.parametrize("hours", ["23:00", "24:00-07:00", "7-8", "07:00-07:00", "夜里", "23:00–07:00"])
def test_what_is_no_hours_is_named(hours: str) -> None:
    with pytest.raises(ValidationError, match="23:00-07:00"):
        SourceSettings(name="s", platform="feed", quiet=(hours,))


def test_times_that_are_all_quiet_are_noticed() -> None:
    def source(cron: str) -> SourceSettings:
        return SourceSettings(name="s", platform="feed", cron=cron, quiet=("23:00-07:00",))

    assert runs_in_quiet_hours(source("0 3 * * *"))
    assert not runs_in_quiet_hours(source("0 3,12 * * *"))
    assert not runs_in_quiet_hours(SourceSettings(name="s", platform="feed", cron="0 3 * * *"))


def test_quiet_hours_are_no_outage() -> None:
    source = SourceSettings(
        name="s", platform="feed", every=timedelta(minutes=10), quiet=("22:00-07:00", "12:00-13:00")
    )
    assert source.longest_quiet == timedelta(hours=9)
    assert [source.is_quiet(NOW.replace(hour=hour)) for hour in (6, 10, 12, 22)] == [True, False, True, True]
    start = NOW.replace(hour=0)

    def crawl(at: datetime) -> CrawlFact:
        return CrawlFact(source="s", outcome=Outcome.OK, started_at=at, ended_at=at, detail="")

    known = SourceFact(source="s", every=source.every, first_crawl_at=start - timedelta(days=3))
    made = [crawl(start - timedelta(hours=2)), crawl(start + timedelta(hours=7))]
    end = start + timedelta(hours=7)
    assert health(known, made, start, end).uncovered_hours == 7
    quiet = SourceFact(source="s", every=source.every, first_crawl_at=known.first_crawl_at, quiet=source.longest_quiet)
    assert health(quiet, made, start, end).uncovered_hours == 0
