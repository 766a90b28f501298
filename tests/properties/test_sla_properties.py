"""Deadlines against a brute-force calendar of every minute of 2024 to 2026, and of 2027 without make-up workdays."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.sla import Calendar, deadline, is_working, next_working

ZONE = ZoneInfo("Asia/Shanghai")
HOURS = ((time(9), time(12)), (time(13, 30), time(18)))
CALENDAR = Calendar(ZONE, HOURS)
MINUTE = timedelta(minutes=1)
FIRST = datetime(2024, 1, 1)
LAST = datetime(2028, 1, 1)

FREE_2027 = {
    *(date(2027, 2, day) for day in (5, 6, 7, 8)),
    *(date(2027, 10, day) for day in (1, 2, 3)),
    date(2027, 1, 1),
    date(2027, 4, 5),
    date(2027, 5, 1),
    date(2027, 5, 2),
    date(2027, 6, 9),
    date(2027, 9, 15),
}


def workday(day: date) -> bool:
    if day.year < 2027:
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and day not in FREE_2027


@cache
def minutes() -> tuple[datetime, ...]:
    """Every working minute, by its beginning (naive local time), one after the other."""
    found = []
    moment = FIRST
    while moment < LAST:
        if workday(moment.date()):
            found += [
                moment + number * MINUTE
                for number in range(24 * 60)
                if time(9) <= (moment + number * MINUTE).time() < time(12)
                or time(13, 30) <= (moment + number * MINUTE).time() < time(18)
            ]
        moment += timedelta(days=1)
    return tuple(found)


@cache
def workdays() -> tuple[date, ...]:
    return tuple(sorted({moment.date() for moment in minutes()}))


def local(moment: datetime) -> datetime:
    return moment.replace(tzinfo=ZONE)


def brute(start: datetime, days: int, work: int) -> datetime:
    """Begin at the first working minute, go ``days`` entries down the list of workdays, then ``work`` minutes."""
    begin = minutes()[bisect_left(minutes(), start)]
    day = workdays()[workdays().index(begin.date()) + days]
    begin = datetime.combine(day, begin.time())
    if not work:
        return begin
    return minutes()[bisect_left(minutes(), begin) + work - 1] + MINUTE


starts = st.integers(0, int((LAST - FIRST).total_seconds() // 60) - 90 * 24 * 60).map(lambda n: FIRST + n * MINUTE)


@given(starts, st.integers(0, 20), st.integers(0, 23 * 60))
def test_deadlines_equal_the_brute_force_calendar(start: datetime, days: int, work: int) -> None:
    found = deadline(local(start), timedelta(days=days, minutes=work), CALENDAR)
    assert found == local(brute(start, days, work))


@given(starts)
def test_working_and_next_working_equal_the_brute_force_calendar(moment: datetime) -> None:
    found = minutes()[bisect_left(minutes(), moment)]
    assert next_working(local(moment), CALENDAR) == local(found)
    assert is_working(local(moment), CALENDAR) == (found == moment)


@given(starts, st.integers(0, 1439), st.integers(0, 1439))
def test_a_longer_duration_never_ends_earlier_and_a_later_start_neither(start: datetime, one: int, other: int) -> None:
    shorter, longer = sorted((one, other))
    assert after(start, shorter) <= after(start, longer)
    assert after(start, shorter) <= after(start + longer * MINUTE, shorter)


def after(start: datetime, work: int) -> datetime:
    return deadline(local(start), timedelta(minutes=work), CALENDAR)
