"""The clocks of a case: each bug that other systems had is a test here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.clocks import (
    Clock,
    Clocks,
    Escalation,
    capped,
    due,
    moved_to,
    next_escalation,
    resumed,
    running,
    started,
)
from listener.alerts.sla import Calendar, is_working, working_between
from listener.cases.moves import Action, CaseNow, Command, decide
from listener.model import CaseState, Severity
from listener.settings import Sla
from tests.factories import ZONE

RULES = Sla()
CALENDAR = Calendar.of(RULES, ZONE)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


MONDAY = at("2026-11-23 09:00")


def clocks(severity: Severity = Severity.S3, start: datetime = MONDAY, **changes: object) -> Clocks:
    by = started(severity, start, RULES, CALENDAR)
    made = Clocks(state=CaseState.NEW, severity=severity, started_at=start, **by)  # type: ignore[arg-type]
    return replace(made, **changes)  # type: ignore[arg-type]


def told(found: Clocks, now: datetime) -> list[tuple[str, int]]:
    return [(each.clock.value, each.level) for each in due(found, now, RULES, CALENDAR)]


def test_a_clock_escalates_at_half_at_its_end_and_at_twice_its_time() -> None:
    found = clocks()  # S3: four working hours, so 14:30 after lunch
    assert found.first_contact_by == at("2026-11-23 14:30")
    assert told(found, at("2026-11-23 10:59")) == []
    assert told(found, at("2026-11-23 11:00")) == [("first_contact", 50)]
    assert told(found, at("2026-11-23 14:30")) == [("plan", 50), ("first_contact", 100)]
    assert ("first_contact", 200) in told(found, at("2026-11-24 09:30"))


def test_each_level_speaks_once() -> None:
    found = clocks(escalated={"first_contact": 50, "plan": 50})
    assert told(found, at("2026-11-23 11:30")) == []
    assert next_escalation(found, at("2026-11-23 11:30"), RULES, CALENDAR) == at("2026-11-23 14:30")


def test_an_answer_stops_the_first_clock_and_not_the_others() -> None:
    """zammad 5177: the update clock overruled first response; 3140: escalated although answered."""
    found = clocks(first_contact_at=at("2026-11-23 10:00"))
    assert set(running(found)) == {Clock.PLAN, Clock.CLOSE}
    assert "first_contact" not in dict(told(found, at("2026-12-30 10:00")))


def test_nobody_is_called_at_midnight_on_weekends_or_at_lunch() -> None:
    """zammad 4432, 14009."""
    friday = clocks(Severity.S3, at("2026-11-27 17:00"))
    for quiet in ("2026-11-27 23:00", "2026-11-28 10:00", "2026-11-29 15:00", "2026-11-30 12:30"):
        assert told(friday, at(quiet)) == []
    assert next_escalation(friday, at("2026-11-28 10:00"), RULES, CALENDAR) == at("2026-11-30 10:00")


def test_s1_speaks_at_any_hour() -> None:
    night = clocks(Severity.S1, at("2026-11-28 03:00"))
    assert told(night, at("2026-11-28 03:08")) == [("first_contact", 50)]
    assert next_escalation(night, at("2026-11-28 03:00"), RULES, CALENDAR) == at("2026-11-28 03:07:30")


def test_after_a_weekend_only_the_highest_level_speaks() -> None:
    friday = clocks(Severity.S2, at("2026-11-27 16:00"))
    assert told(friday, at("2026-11-30 09:00"))[0] == ("first_contact", 200)


def test_what_is_over_counts_no_more() -> None:
    """chatwoot 10178: counting after resolve."""
    for state in (CaseState.CLOSED, CaseState.NOT_COMPLAINT, CaseState.MERGED):
        assert running(clocks(state=state)) == {}
        assert next_escalation(clocks(state=state), MONDAY, RULES, CALENDAR) is None


def test_waiting_for_the_customer_stops_the_clocks_but_not_the_regulator_s() -> None:
    outside = at("2026-12-07 18:00")
    waiting = clocks(state=CaseState.WAITING_CUSTOMER, paused_since=at("2026-11-23 10:00"), outside_by=outside)
    assert running(waiting) == {Clock.OUTSIDE: outside}


def test_a_pause_moves_the_deadlines_by_the_working_time_that_passed() -> None:
    waiting = clocks(paused_since=at("2026-11-23 10:00"), first_contact_at=at("2026-11-23 09:30"))
    moved = resumed(waiting, at("2026-11-24 10:00"), RULES, CALENDAR)
    assert set(moved) == {"plan_by", "close_by"}, "what was met stays"
    assert moved["plan_by"] == at("2026-11-24 18:00"), "seven and a half working hours"


def test_an_outside_deadline_speaks_two_workdays_before() -> None:
    found = clocks(outside_by=at("2026-11-30 17:00"), first_contact_at=MONDAY, planned_at=MONDAY)
    assert told(found, at("2026-11-26 16:59")) == []
    assert told(found, at("2026-11-26 17:00")) == [("outside", 100)]
    assert due(found, at("2026-12-01 09:00"), RULES, CALENDAR)[0] == Escalation(
        Clock.OUTSIDE, 200, at("2026-11-30 17:00")
    )


def test_severity_decides_how_long() -> None:
    """zammad 5624: an old SLA after a change; the caller sets the clocks anew."""
    ends = [started(severity, MONDAY, RULES, CALENDAR)["close_by"] for severity in Severity]
    assert ends[0] == at("2026-11-26 09:00")
    assert ends[1] == at("2026-12-02 09:00")


def test_a_late_first_contact_stays_late() -> None:
    """chatwoot 13392: a later answer hid that the first was late."""
    late = at("2026-11-23 17:00")
    case = CaseNow(number=1, state=CaseState.IN_PROGRESS, severity=Severity.S3, owner="张敏", first_contact_at=late)
    again = Command(action=Action.CONTACT, actor="张敏", at=at("2026-11-24 10:00"))
    assert "first_contact_at" not in decide(case, again).changes
    answered = Command(action=Action.REPLY, actor="张敏", at=at("2026-11-24 11:00"))
    assert "first_contact_at" not in decide(case, answered).changes


NIGHT = Calendar(ZONE, ((time(18), time(2)),))
"""A team that works from the evening past midnight."""


def test_a_case_that_changes_the_team_has_the_hours_of_the_new_one() -> None:
    """zammad 5624: the SLA of the team before stayed in force."""
    found = clocks(first_contact_at=at("2026-11-23 09:30"))
    moved = moved_to(found, RULES, CALENDAR, NIGHT)
    assert set(moved) == {"plan_by", "close_by"}, "what was met keeps what it was met against"
    assert moved["plan_by"] == at("2026-11-24 18:00"), "a workday from the evening on which the night team begins"


def test_a_pause_stays_added_when_the_team_changes() -> None:
    waited = replace(clocks(), plan_by=at("2026-11-24 10:00"))  # an hour was added by a pause
    assert moved_to(waited, RULES, CALENDAR, NIGHT)["plan_by"] == at("2026-11-24 19:00")


def test_a_regulator_s_deadline_wins_where_it_is_earlier() -> None:
    by = started(Severity.S3, MONDAY, RULES, CALENDAR)
    early, late = at("2026-11-24 08:00"), at("2027-03-01 18:00")
    assert capped(by, early) == {**by, "plan_by": early, "close_by": early}
    assert capped(by, late) == by == capped(by, None)


MOMENTS = st.datetimes(at("2026-09-20 00:00").replace(tzinfo=None), at("2026-10-20 00:00").replace(tzinfo=None))


@given(MOMENTS, st.integers(0, 60 * 24 * 6))
def test_working_time_agrees_with_counting_minutes(start: datetime, minutes: int) -> None:
    begin = start.replace(second=0, microsecond=0, tzinfo=ZONE)
    end = begin + timedelta(minutes=minutes)
    counted = sum(is_working(begin + timedelta(minutes=n), CALENDAR) for n in range(0, minutes, 7))
    assert abs(working_between(begin, end, CALENDAR).total_seconds() / 60 - 7 * counted) <= 7 * (2 + 4 * 7)
    exact = [timedelta(0)]
    for day in range(7):
        cut = min(begin + timedelta(days=day + 1), end)
        exact.append(working_between(begin, cut, CALENDAR))
    assert exact == sorted(exact)


@given(MOMENTS, st.sampled_from(list(Severity)), st.integers(0, 60 * 24 * 20))
def test_what_is_due_was_announced_and_never_comes_out_of_hours(
    start: datetime, severity: Severity, minutes: int
) -> None:
    begin = start.replace(tzinfo=ZONE)
    found = clocks(severity, begin)
    now = begin + timedelta(minutes=minutes)
    ahead = next_escalation(found, begin, RULES, CALENDAR)
    assert ahead is not None
    speaks = due(found, now, RULES, CALENDAR)
    if speaks:
        assert ahead <= now
        assert severity is Severity.S1 or is_working(now, CALENDAR)
    if now < ahead:
        assert not speaks


@pytest.mark.parametrize("severity", Severity)
def test_asking_again_after_each_telling_comes_to_an_end(severity: Severity) -> None:
    found, now, spoken = clocks(severity), MONDAY, 0
    while (now_or_none := next_escalation(found, now, RULES, CALENDAR)) is not None:
        now = now_or_none
        reached = due(found, now, RULES, CALENDAR)
        assert reached, "it is asked only when something is due"
        spoken += len(reached)
        found = replace(found, escalated={**found.escalated, **{e.clock.value: e.level for e in reached}})
        assert spoken <= 9
    assert dict(found.escalated) == {"first_contact": 200, "plan": 200, "close": 200}
