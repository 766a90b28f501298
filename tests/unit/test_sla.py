"""Business time: fixed cases that peers got wrong. The brute-force calendar is in tests/properties."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from listener.alerts.sla import (
    Calendar,
    announced,
    deadline,
    deadlines,
    first_contacts,
    is_workday,
    is_working,
    known_until,
    next_working,
)
from listener.errors import BadInput
from listener.model import Severity
from listener.settings import Sla

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = Calendar.of(Sla(), ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def after(start: str, calendar: Calendar = CALENDAR, business: bool = True, **duration: float) -> str:
    found = deadline(at(start), timedelta(**duration), calendar, business=business)
    return found.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("start", "hours", "expected"),
    [
        ("2026-11-23 10:00", 1, "2026-11-23 11:00"),
        ("2026-11-23 11:30", 1, "2026-11-23 14:00"),  # over lunch
        ("2026-11-23 12:30", 1, "2026-11-23 14:30"),  # begun at lunch
        ("2026-11-23 17:30", 1, "2026-11-24 09:30"),  # over night
        ("2026-11-20 17:30", 1, "2026-11-23 09:30"),  # over the weekend
        ("2026-11-21 03:00", 1, "2026-11-23 10:00"),  # begun at night on a Saturday
        ("2026-09-30 17:30", 1, "2026-10-08 09:30"),  # over National Day
        ("2026-10-09 17:30", 1, "2026-10-10 09:30"),  # into a make-up workday, a Saturday
        ("2026-02-14 17:30", 1, "2026-02-24 09:30"),  # from a make-up workday over Spring Festival
        ("2026-11-23 11:00", 1, "2026-11-23 12:00"),  # ends with the interval, not after lunch
    ],
)
def test_hours_count_inside_working_time(start: str, hours: float, expected: str) -> None:
    assert after(start, hours=hours) == expected


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-11-23 10:00", 1, "2026-11-24 10:00"),
        ("2026-11-20 10:00", 1, "2026-11-23 10:00"),
        ("2026-11-20 20:00", 1, "2026-11-24 09:00"),  # begins on Monday morning
        ("2026-09-30 10:00", 2, "2026-10-09 10:00"),
        ("2026-10-09 10:00", 1, "2026-10-10 10:00"),
    ],
)
def test_a_day_is_a_business_day_at_the_same_time(start: str, days: int, expected: str) -> None:
    assert after(start, days=days) == expected


def test_s1_runs_on_the_wall_clock_day_and_night() -> None:
    start = at("2026-10-01 02:00")
    found = deadlines(Severity.S1, start, Sla(), CALENDAR)
    assert found == (start + timedelta(minutes=15), start + timedelta(hours=2), start + timedelta(days=3))


def test_s3_counts_working_hours_and_business_days() -> None:
    found = deadlines(Severity.S3, at("2026-11-20 16:00"), Sla(), CALENDAR)
    assert [each.strftime("%m-%d %H:%M") for each in found[:2]] == ["11-23 11:00", "11-23 16:00"]


def test_first_contacts_by_severity_come_in_order_of_gravity() -> None:
    found = first_contacts(at("2026-11-23 10:00"), Sla(), CALENDAR)
    assert [found[severity] for severity in Severity] == sorted(found.values())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-23 09:00", True),
        ("2026-11-23 08:59", False),
        ("2026-11-23 12:00", False),
        ("2026-11-23 13:29", False),
        ("2026-11-23 18:00", False),
        ("2026-11-22 10:00", False),
        ("2026-10-10 10:00", True),
    ],
)
def test_is_working(moment: str, expected: bool) -> None:
    assert is_working(at(moment), CALENDAR) is expected


def test_next_working_is_now_within_working_time() -> None:
    assert next_working(at("2026-11-23 10:07"), CALENDAR) == at("2026-11-23 10:07")
    assert next_working(at("2026-11-23 12:00"), CALENDAR) == at("2026-11-23 13:30")


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-02-14", True),
        ("2026-02-16", False),
        ("2027-02-05", False),  # 除夕 of a year that may not be announced
        ("2027-02-08", False),
        ("2027-02-09", True),
        ("2027-05-03", True),
        ("2027-10-01", False),
        ("2045-10-01", False),
        ("2045-10-02", False),
        ("2045-06-07", True),
    ],
)
def test_workdays_announced_and_not(day: str, expected: bool) -> None:
    assert is_workday(date.fromisoformat(day), CALENDAR) is expected


def test_which_years_are_announced() -> None:
    assert announced(2024) and announced(2026) and not announced(2045)
    assert known_until() >= date(2026, 12, 31)


def test_overrides_win() -> None:
    calendar = Calendar(ZONE, overrides={date(2026, 11, 24): False, date(2026, 11, 28): True})
    assert after("2026-11-23 10:00", calendar, days=1) == "2026-11-25 10:00"
    assert after("2026-11-27 10:00", calendar, days=1) == "2026-11-28 10:00"


def test_a_night_shift_belongs_to_the_day_it_began() -> None:
    calendar = Calendar(ZONE, ((time(22), time(6)),))
    assert is_working(at("2026-11-24 03:00"), calendar)
    assert not is_working(at("2026-11-23 03:00"), calendar), "Sunday's night is not worked"
    assert after("2026-11-24 03:00", calendar, hours=4) == "2026-11-24 23:00"
    assert after("2026-11-24 03:00", calendar, days=1) == "2026-11-25 03:00"


def test_round_the_clock() -> None:
    calendar = Calendar(ZONE, ((time(0), time(0)),))
    assert after("2026-11-23 23:30", calendar, hours=1) == "2026-11-24 00:30"


def test_overlapping_intervals_count_once() -> None:
    calendar = Calendar(ZONE, ((time(9), time(12)), (time(11), time(13))))
    assert after("2026-11-23 10:00", calendar, hours=3) == "2026-11-23 13:00"


def test_the_answer_does_not_depend_on_the_zone_of_the_question() -> None:
    start = at("2026-11-23 17:30").astimezone(ZoneInfo("America/New_York"))
    assert deadline(start, timedelta(hours=1), CALENDAR) == at("2026-11-24 09:30")


def test_daylight_saving_hours_are_real_hours() -> None:
    zone = ZoneInfo("Europe/Berlin")
    calendar = Calendar(zone, ((time(0), time(0)),), {date(2026, 3, 29): True})  # the night clocks jump to 3
    start = datetime(2026, 3, 29, 1, 0, tzinfo=zone)
    assert deadline(start, timedelta(hours=3), calendar) == datetime(2026, 3, 29, 5, 0, tzinfo=zone)


@pytest.mark.parametrize("duration", [timedelta(hours=1), timedelta(days=1)])
def test_no_working_time_at_all_is_a_clear_mistake(duration: timedelta) -> None:
    with pytest.raises(BadInput, match="working_hours"):
        deadline(at("2026-11-23 10:00"), duration, Calendar(ZONE, ()))


def test_overrides_win_over_what_is_announced() -> None:
    calendar = Calendar.of(Sla(), ZONE, {date(2027, 2, 20): True, date(2027, 2, 9): False})
    assert is_workday(date(2027, 2, 20), calendar), "a make-up Saturday that the library does not know yet"
    assert not is_workday(date(2027, 2, 9), calendar)


def test_a_team_has_its_own_hours_and_zone() -> None:
    rules = Sla.model_validate(
        {
            "teams": [
                {"name": "夜班", "working_hours": [["18:00", "02:00"]]},
                {"name": "海外", "timezone": "Europe/Berlin"},
            ]
        }
    )
    teams = Calendar.of_teams(rules, ZONE)
    assert after("2026-11-23 10:00", teams["夜班"], hours=7) == "2026-11-24 01:00"
    assert after("2026-11-23 10:00", teams["海外"], hours=1) == "2026-11-23 17:00"  # 9:00 to 10:00 in Berlin
