"""Business time: when a deadline falls, counting working hours, weekends, China's holidays and make-up workdays. Pure.

``"1 d"`` of a deadline is one business day: the same time of day on the next workday. Hours and minutes count
inside working hours. Deadlines that are not ``business`` (S1) run on the wall clock, day and night.
Public holidays and make-up workdays (调休) come from the ``chinesecalendar`` library, which knows the years that
the State Council has announced; later years fall back to weekends and the statutory days (see ``STATUTORY``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import chinese_calendar

from listener.errors import BadInput
from listener.language import say
from listener.model import Severity
from listener.settings import Sla

__all__ = [
    "Calendar",
    "CaseDeadlines",
    "announced",
    "closing_time",
    "deadline",
    "deadlines",
    "first_contacts",
    "is_workday",
    "is_working",
    "known_until",
    "next_workday",
    "next_working",
    "working_between",
]

STATUTORY = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
"""Holidays with a fixed date (month, day): 全国年节及纪念日放假办法, State Council Order 795, in force from 2025."""

_MOVING = {
    2027: ("02-05", "04-05", "06-09", "09-15"),
    2028: ("01-25", "04-04", "05-28", "10-03"),
    2029: ("02-12", "04-04", "06-16", "09-22"),
    2030: ("02-02", "04-05", "06-05", "09-12"),
    2031: ("01-22", "04-05", "06-24", "10-01"),
    2032: ("02-10", "04-04", "06-12", "09-19"),
    2033: ("01-30", "04-04", "06-01", "09-08"),
    2034: ("02-18", "04-05", "06-20", "09-27"),
    2035: ("02-07", "04-05", "06-10", "09-16"),
}
"""除夕 (the same order: four days from it are free), 清明, 端午, 中秋 of years that may not be announced yet
(the days themselves; where they fall on a weekend, the days off in their place are not known before the notice)."""

_SEARCH = timedelta(days=400)
"""Further than this ahead no working time is looked for: then none is configured."""


class CaseDeadlines(NamedTuple):
    """Until when the customer is first contacted, has a plan, and the case is closed."""

    first_contact_by: datetime
    plan_by: datetime
    close_by: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """When people work: ``hours`` of a workday in ``zone``; ``overrides`` (day to workday or not) win over all else.

    An interval that ends at 00:00, or before it begins, ends on the next day.
    """

    zone: ZoneInfo
    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13, 30), time(18)))
    overrides: Mapping[date, bool] = field(default_factory=dict)

    @classmethod
    def of(cls, sla: Sla, zone: ZoneInfo, overrides: Mapping[date, bool] | None = None) -> Calendar:
        """The calendar of an installation."""
        return cls(zone, sla.working_hours, overrides or {})

    @classmethod
    def of_teams(cls, sla: Sla, zone: ZoneInfo, overrides: Mapping[date, bool] | None = None) -> dict[str, Calendar]:
        """The calendars of the teams that work otherwise, by team."""
        return {
            team.name: cls(
                ZoneInfo(team.timezone) if team.timezone else zone,
                team.working_hours or sla.working_hours,
                overrides or {},
            )
            for team in sla.teams
        }


def deadline(
    start: datetime, duration: timedelta, calendar: Calendar, *, business: bool = True, days: bool = True
) -> datetime:
    """``start`` plus ``duration``, in the calendar's zone.

    With ``business`` the whole days count as business days and the rest as working time, both from the first
    working moment at or after ``start``; without ``days`` all of it is working time. Raises ``BadInput`` where the
    calendar has no working time.
    """
    if not business:
        return (start.astimezone(UTC) + duration).astimezone(calendar.zone)
    moment = next_working(start, calendar)
    if not days:
        return _add_working(moment, duration, calendar)
    rest = duration - timedelta(days=duration.days)
    return _add_working(_add_days(moment, duration.days, calendar), rest, calendar)


def working_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How much working time lies between two moments; none where ``end`` is not later."""
    worked = timedelta(0)
    if end <= start:
        return worked
    for begin, until in _intervals(start, calendar):
        if begin >= end:
            break
        worked += min(until, end) - begin
    return worked


def deadlines(severity: Severity, start: datetime, sla: Sla, calendar: Calendar) -> CaseDeadlines:
    """The three deadlines of a case of ``severity`` whose clock started at ``start``."""
    rule = sla.of(severity)
    durations = (rule.first_contact, rule.plan, rule.close)
    return CaseDeadlines(*(deadline(start, duration, calendar, business=rule.business) for duration in durations))


def deadlines_by_severity(start: datetime, sla: Sla, calendar: Calendar) -> dict[Severity, CaseDeadlines]:
    """The deadlines of each severity; no clock of a graver case runs longer than that of a lesser one.

    8 working hours are more than a working day of 7.5: who is raised from S3 to S2 must not wait longer for it.
    """
    found: dict[Severity, CaseDeadlines] = {}
    least: CaseDeadlines | None = None
    for severity in sorted(Severity, reverse=True):
        own = deadlines(severity, start, sla, calendar)
        least = own if least is None else CaseDeadlines(*map(min, own, least))
        found[severity] = least
    return found


def first_contacts(start: datetime, sla: Sla, calendar: Calendar) -> dict[Severity, datetime]:
    """The first-contact deadline of a case opened at ``start``, by severity."""
    return {severity: deadlines(severity, start, sla, calendar).first_contact_by for severity in Severity}


def closing_time(calendar: Calendar) -> time:
    """When the working day ends; the last minute of the day where it goes past midnight."""
    ends = [closes for opens, closes in calendar.hours if closes > opens]
    return max(ends, default=time(23, 59))


def is_workday(day: date, calendar: Calendar) -> bool:
    """True on a day when people work, make-up workdays included."""
    if day in calendar.overrides:
        return calendar.overrides[day]
    return _announced_workday(day)


def announced(year: int) -> bool:
    """True where the year's holidays and make-up workdays are known; else only the statutory days are."""
    return year in _announced_years()


_A_YEAR_S_HOLIDAYS = 11
"""With fewer days off written down, a year's holidays are not all there (State Council Order 795: 13 days)."""


def known_until(calendar: Calendar | None = None) -> date:
    """The last day whose holidays are known: announced, or written into ``holidays.toml`` whole."""
    written = Counter(day.year for day, works in (calendar.overrides if calendar else {}).items() if not works)
    year = max(_announced_years())
    while written[year + 1] >= _A_YEAR_S_HOLIDAYS:
        year += 1
    return date(year, 12, 31)


def is_working(now: datetime, calendar: Calendar) -> bool:
    """True within working hours; the moment at which an interval ends is outside."""
    return next_working(now, calendar) == now


def next_working(now: datetime, calendar: Calendar) -> datetime:
    """``now`` itself within working hours, else the beginning of the next working interval."""
    begin, _ = next(_intervals(now, calendar))
    return begin.astimezone(calendar.zone)


def _add_days(moment: datetime, days: int, calendar: Calendar) -> datetime:
    """The same time of day so many workdays later; ``moment`` is within working time."""
    local = moment.astimezone(calendar.zone)
    day = _workday_of(moment, calendar)
    behind = local.date() - day
    for _ in range(days):
        day = next_workday(day, calendar)
    return datetime.combine(day + behind, local.time(), calendar.zone)


def _workday_of(moment: datetime, calendar: Calendar) -> date:
    """The workday whose interval holds ``moment``: the day before where the interval began before midnight."""
    today = moment.astimezone(calendar.zone).date()
    for begin, end in _of_day(today, calendar):
        if begin <= moment < end:
            return today
    return today - timedelta(days=1)


def next_workday(day: date, calendar: Calendar) -> date:
    """The first day after ``day`` when people work; ``BadInput`` where there is none within 400 days."""
    last = day + _SEARCH
    while day < last:
        day += timedelta(days=1)
        if is_workday(day, calendar):
            return day
    raise _never()


def _add_working(moment: datetime, left: timedelta, calendar: Calendar) -> datetime:
    if not left:
        return moment
    for begin, end in _intervals(moment, calendar):
        if left <= end - begin:
            return (begin + left).astimezone(calendar.zone)
        left -= end - begin
    raise _never()


def _intervals(moment: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Working intervals (UTC) from ``moment`` on, the first one cut to begin no earlier; they never overlap."""
    reached = moment.astimezone(UTC)
    day = reached.astimezone(calendar.zone).date() - timedelta(days=1)
    last = day + _SEARCH
    while day < last:
        for opens, end in _of_day(day, calendar):
            begin = max(opens, reached)
            if begin < end:
                reached, last = end, day + _SEARCH
                yield begin, end
        day += timedelta(days=1)
    raise _never()


def _of_day(day: date, calendar: Calendar) -> list[tuple[datetime, datetime]]:
    """The intervals that begin on ``day``, in UTC, earliest first."""
    if not is_workday(day, calendar):
        return []
    found = []
    for opens, closes in sorted(calendar.hours):
        until = day if closes > opens else day + timedelta(days=1)
        begin, end = datetime.combine(day, opens, calendar.zone), datetime.combine(until, closes, calendar.zone)
        found.append((begin.astimezone(UTC), end.astimezone(UTC)))
    return found


def _never() -> BadInput:
    english = "sla.toml [working_hours]: no working time within 400 days"
    return BadInput(say("sla.toml [working_hours]：400 天内没有工作时间", english))


@cache
def _announced_years() -> frozenset[int]:
    return frozenset(day.year for day in chinese_calendar.constants.holidays)


@cache
def _announced_workday(day: date) -> bool:
    if announced(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < 5 and (day.month, day.day) not in STATUTORY and day not in _moving(day.year)


@cache
def _moving(year: int) -> frozenset[date]:
    if year not in _MOVING:
        return frozenset()
    eve, *others = (date.fromisoformat(f"{year}-{text}") for text in _MOVING[year])
    return frozenset({eve + timedelta(days=number) for number in range(4)} | set(others))
