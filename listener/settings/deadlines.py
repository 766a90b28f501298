"""``sla.toml`` and ``holidays.toml``: deadlines and working time."""

from __future__ import annotations

from datetime import date, time, timedelta

from pydantic import Field, field_validator

from listener.language import say
from listener.model import Severity
from listener.settings.values import (
    Duration,
    Strict,
    check_zone,
)


class Deadlines(Strict):
    """The three clocks of one severity. ``business``: they run in working time only."""

    first_contact: Duration
    plan: Duration
    close: Duration
    business: bool = True


WorkingHours = tuple[tuple[time, time], ...]


class OutsideRule(Strict):
    """Within how many workdays (``close = "10d"``) a regulator wants a case of theirs closed.

    ``name`` is the regulator (12315, 12345 …) as a mention's ``outside`` field, its platform or an agent names it;
    ``regions`` are cities or provinces, empty: any. Days count from the day after receipt; without ``business`` they
    are days of the calendar.
    """

    name: str = Field(min_length=1)
    regions: tuple[str, ...] = ()
    close: Duration
    business: bool = True

    @field_validator("close")
    @classmethod
    def _whole_days(cls, value: timedelta) -> timedelta:
        if value < timedelta(days=1) or value % timedelta(days=1):
            raise ValueError(say('外部期限按整天算，例如 "5d"', 'an outside deadline counts whole days, like "5d"'))
        return value


class TeamHours(Strict):
    """The hours of a team (班组) that works otherwise than the rest, in its own ``timezone`` where one is given."""

    name: str = Field(min_length=1)
    working_hours: WorkingHours = ()
    timezone: str = ""

    @field_validator("timezone")
    @classmethod
    def _is_zone(cls, value: str) -> str:
        return check_zone(value) if value else value


class Sla(Strict):
    """``sla.toml``: deadlines by severity (ISO 10002 receipt to close) and the working day.

    A recurrence within ``reopen_within`` of closing reopens the case. The ``repeat_count``-th complaint of one speaker
    within ``repeat_within`` is raised. ``outside`` are regulators' deadlines, ``teams`` hours that differ.
    """

    reopen_within: Duration = timedelta(days=15)
    repeat_count: int = Field(default=3, ge=2)
    repeat_within: Duration = timedelta(days=90)
    outside: tuple[OutsideRule, ...] = (
        OutsideRule(name="12315", close=timedelta(days=10)),
        OutsideRule(name="12345", close=timedelta(days=5)),
    )
    teams: tuple[TeamHours, ...] = ()

    S1: Deadlines = Deadlines.model_validate({"first_contact": "15m", "plan": "2h", "close": "3d", "business": False})
    S2: Deadlines = Deadlines.model_validate({"first_contact": "1h", "plan": "8h", "close": "7d"})
    S3: Deadlines = Deadlines.model_validate({"first_contact": "4h", "plan": "1d", "close": "15d"})
    S4: Deadlines = Deadlines.model_validate({"first_contact": "2d", "plan": "5d", "close": "15d"})
    working_hours: WorkingHours = ((time(9), time(12)), (time(13, 30), time(18)))

    @field_validator("outside")
    @classmethod
    def _one_rule_for_a_region(cls, value: tuple[OutsideRule, ...]) -> tuple[OutsideRule, ...]:
        seen: set[tuple[str, str]] = set()
        for rule in value:
            for region in rule.regions or ("",):
                if (rule.name, region) in seen:
                    where = region or say("其他地区", "anywhere")
                    raise ValueError(say(f"{rule.name} 的 {where} 写了两次", f"{rule.name} has two rules for {where}"))
                seen.add((rule.name, region))
        return value

    def of(self, severity: Severity) -> Deadlines:
        """The deadlines of one severity."""
        found: Deadlines = getattr(self, severity.value)
        return found


class Holidays(Strict):
    """``holidays.toml``: days that differ from what is announced, or that the library does not know yet."""

    holidays: tuple[date, ...] = ()
    workdays: tuple[date, ...] = ()

    def by_day(self) -> dict[date, bool]:
        """Day to: is it a workday."""
        return dict.fromkeys(self.holidays, False) | dict.fromkeys(self.workdays, True)
