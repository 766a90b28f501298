"""The clocks of a case: which run, until when, when each escalates to whom. Pure.

    first contact, plan, close   from sla.toml by severity, in working time except S1
    outside                      the deadline that a regulator's case brings (12315, 12345); tells two workdays before

A clock stops when it is met, stands while the customer is asked, and is over with the case. Escalation goes to the
owner at 50 %, to the supervisor at 100 %, to the director at 200 % of the time, in working hours except S1; after a
weekend only the highest level that was reached speaks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from listener.alerts import sla
from listener.alerts.sla import Calendar
from listener.model import CaseState, Severity
from listener.settings import Sla

__all__ = [
    "LEVELS",
    "Clock",
    "Clocks",
    "Escalation",
    "capped",
    "due",
    "moved_to",
    "next_escalation",
    "resumed",
    "running",
    "started",
]

LEVELS = (50, 100, 200)
"""Per cent of the time at which a clock escalates: to the owner, the supervisor, the director."""

OUTSIDE_AHEAD = 2
"""Workdays before an outside deadline at which it escalates."""


class Clock(StrEnum):
    """What a case has to reach in time."""

    FIRST_CONTACT = "first_contact"
    PLAN = "plan"
    CLOSE = "close"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """A case's clocks as they are stored. ``started_at`` is when they began; ``escalated`` the levels already told."""

    state: CaseState
    severity: Severity
    started_at: datetime
    first_contact_by: datetime | None = None
    first_contact_at: datetime | None = None
    plan_by: datetime | None = None
    planned_at: datetime | None = None
    close_by: datetime | None = None
    outside_by: datetime | None = None
    paused_since: datetime | None = None
    escalated: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Escalation:
    """A clock that reached a level; ``by`` is its deadline."""

    clock: Clock
    level: int
    by: datetime


def started(severity: Severity, start: datetime, rules: Sla, calendar: Calendar) -> dict[str, object]:
    """The deadlines, by column, of a case whose clocks start at ``start``."""
    return dict(sla.deadlines(severity, start, rules, calendar)._asdict())


def running(clocks: Clocks) -> dict[Clock, datetime]:
    """The deadlines that still count, by clock; none where the case is over or stands.

    A case that waits for the customer lets the outside deadline run on: the regulator does not wait.
    """
    if not clocks.state.open:
        return {}
    found = {Clock.OUTSIDE: clocks.outside_by}
    if clocks.paused_since is None:
        found[Clock.CLOSE] = clocks.close_by
        if clocks.planned_at is None:
            found[Clock.PLAN] = clocks.plan_by
        if clocks.first_contact_at is None:
            found[Clock.FIRST_CONTACT] = clocks.first_contact_by
    return {clock: by for clock, by in found.items() if by is not None}


def resumed(clocks: Clocks, now: datetime, rules: Sla, calendar: Calendar) -> dict[str, object]:
    """The deadlines, by column, after a pause that ends ``now``: each that is not met moves by the time that passed."""
    if clocks.paused_since is None:
        return {}
    business = rules.of(clocks.severity).business
    passed = _between(clocks.paused_since, now, calendar, business)
    waiting = {
        "first_contact_by": clocks.first_contact_by if clocks.first_contact_at is None else None,
        "plan_by": clocks.plan_by if clocks.planned_at is None else None,
        "close_by": clocks.close_by,
    }
    return {name: _later(by, passed, calendar, business) for name, by in waiting.items() if by is not None}


def capped(deadlines: Mapping[str, object], outside_by: datetime | None) -> dict[str, object]:
    """The deadlines, by column, none later than the regulator's."""
    found = dict(deadlines)
    for name, by in deadlines.items():
        if isinstance(by, datetime) and outside_by is not None and name in _DEADLINES:
            found[name] = min(by, outside_by)
    return found


_DEADLINES = ("first_contact_by", "plan_by", "close_by")


def moved_to(clocks: Clocks, rules: Sla, old: Calendar, new: Calendar) -> dict[str, object]:
    """The deadlines, by column, of a case that goes to a team with other hours: counted anew from the same beginning.

    What a pause had added stays added, as working time. What is met keeps the deadline that it was met against.
    """
    before = started(clocks.severity, clocks.started_at, rules, old)
    fresh = started(clocks.severity, clocks.started_at, rules, new)
    business = rules.of(clocks.severity).business
    open_ones = {
        "first_contact_by": clocks.first_contact_by if clocks.first_contact_at is None else None,
        "plan_by": clocks.plan_by if clocks.planned_at is None else None,
        "close_by": clocks.close_by,
    }
    found: dict[str, object] = {}
    for name, by in open_ones.items():
        was, now = before[name], fresh[name]
        if by is not None and isinstance(was, datetime) and isinstance(now, datetime):
            found[name] = _later(now, _between(was, by, old, business), new, business)
    return found


def due(clocks: Clocks, now: datetime, rules: Sla, calendar: Calendar) -> list[Escalation]:
    """The escalations that are due and were not told: for each clock the highest level it has reached."""
    found = []
    for clock, by in running(clocks).items():
        reached = [
            level
            for level, at in _levels(clock, by, clocks, rules, calendar).items()
            if at <= now and level > clocks.escalated.get(clock, 0)
        ]
        if reached and (clocks.severity is Severity.S1 or sla.is_working(now, calendar)):
            found.append(Escalation(clock, max(reached), by))
    return found


def next_escalation(clocks: Clocks, now: datetime, rules: Sla, calendar: Calendar) -> datetime | None:
    """When ``due`` is to be asked next, ``now`` at the earliest; None where nothing escalates any more."""
    moments = [
        at
        for clock, by in running(clocks).items()
        for level, at in _levels(clock, by, clocks, rules, calendar).items()
        if level > clocks.escalated.get(clock, 0)
    ]
    if not moments:
        return None
    first = max(min(moments), now)
    return first if clocks.severity is Severity.S1 else sla.next_working(first, calendar)


def _levels(clock: Clock, by: datetime, clocks: Clocks, rules: Sla, calendar: Calendar) -> dict[int, datetime]:
    if clock is Clock.OUTSIDE:
        return {100: _workdays_before(by, OUTSIDE_AHEAD, calendar), 200: by}
    business = rules.of(clocks.severity).business
    whole = _between(clocks.started_at, by, calendar, business)
    return {
        50: sla.deadline(clocks.started_at, whole / 2, calendar, business=business, days=False),
        100: by,
        200: sla.deadline(by, whole, calendar, business=business, days=False),
    }


def _between(start: datetime, end: datetime, calendar: Calendar, business: bool) -> timedelta:
    return sla.working_between(start, end, calendar) if business else max(end - start, timedelta(0))


def _later(by: datetime, passed: timedelta, calendar: Calendar, business: bool) -> datetime:
    return sla.deadline(by, passed, calendar, business=business, days=False)


def _workdays_before(by: datetime, count: int, calendar: Calendar) -> datetime:
    """The same time of day so many workdays earlier."""
    moment = by
    while count:
        moment -= timedelta(days=1)
        count -= sla.is_workday(moment.astimezone(calendar.zone).date(), calendar)
    return moment
