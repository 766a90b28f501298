"""Deadlines of regulators: workdays from the day after receipt, by city, and by the rule that fits most exactly."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from listener.alerts.clocks import Clock, Clocks, capped, due
from listener.alerts.regulators import outside_deadline, rule_of, unknown_regions
from listener.alerts.sla import Calendar
from listener.loading import load
from listener.model import CaseState, Severity
from listener.settings import Sla
from tests.factories import ZONE

CALENDAR = Calendar(ZONE)
SHIPPED = load(Path(__file__).parents[2] / "config").sla
RULES = Sla.model_validate(
    {
        "outside": [
            {"name": "12315", "close": "10d"},
            {"name": "12345", "close": "5d"},
            {"name": "12345", "regions": ["上海", "广东"], "close": "3d"},
            {"name": "12345", "regions": ["深圳"], "close": "2d"},
            {"name": "12345", "regions": ["广东深圳南山"], "close": "1d"},
            {"name": "12345", "regions": ["北京"], "close": "7d", "business": False},
        ]
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def until(name: str, region: str, received: str = "2026-11-20 15:00", rules: Sla = RULES) -> str | None:
    found = outside_deadline(name, region, at(received), rules, CALENDAR)
    return found.strftime("%Y-%m-%d %H:%M") if found else None


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        ("12315", "", "2026-12-04 18:00"),  # ten workdays from the day after receipt, a Friday
        ("12345", "", "2026-11-27 18:00"),  # no city: the rule for anywhere
        ("12345", "浙江杭州", "2026-11-27 18:00"),  # a city without a rule
        ("12345", "某地", "2026-11-27 18:00"),  # no city that we know
        ("12345", "上海浦东", "2026-11-25 18:00"),
        ("12345", "广东", "2026-11-25 18:00"),
        ("12345", "广州市天河区", "2026-11-25 18:00"),  # its province's
        ("12345", "广东深圳", "2026-11-24 18:00"),  # its own before its province's
        ("12345", "深圳市福田区", "2026-11-24 18:00"),
        ("12345", "广东深圳南山", "2026-11-23 18:00"),  # nearer still
        ("12345", "北京市朝阳区", "2026-11-27 18:00"),  # seven days of the calendar
        ("12348", "上海", None),
    ],
)
def test_the_rule_that_fits_most_exactly(name: str, region: str, expected: str | None) -> None:
    assert until(name, region) == expected


def test_days_of_the_calendar_and_workdays_differ_over_a_holiday() -> None:
    assert until("12345", "北京", "2026-09-28 10:00") == "2026-10-05 18:00"
    assert until("12345", "杭州", "2026-09-28 10:00") == "2026-10-10 18:00"  # 29, 30, 8, 9 and Saturday 10 (调休)
    assert until("12345", "上海", "2026-09-28 10:00") == "2026-10-08 18:00"


def test_a_province_alone_is_not_its_capital() -> None:
    rules = Sla.model_validate(
        {"outside": [{"name": "12345", "close": "5d"}, {"name": "12345", "regions": ["成都"], "close": "2d"}]}
    )
    assert rule_of("12345", "四川", rules) == rules.outside[0]
    assert rule_of("12345", "四川成都", rules) == rules.outside[1]


def test_the_earlier_deadline_wins_and_speaks_two_workdays_before() -> None:
    own = {"close_by": at("2026-12-11 15:00")}
    by = outside_deadline("12345", "深圳", at("2026-11-20 15:00"), RULES, CALENDAR)
    assert by == at("2026-11-24 18:00") and capped(own, by)["close_by"] == by
    assert capped({"close_by": at("2026-11-23 15:00")}, by)["close_by"] == at("2026-11-23 15:00")
    clocks = Clocks(
        state=CaseState.NEW, severity=Severity.S3, started_at=at("2026-11-20 15:00"), close_by=by, outside_by=by
    )
    told = {
        moment: [each.level for each in due(clocks, at(moment), RULES, CALENDAR) if each.clock is Clock.OUTSIDE]
        for moment in ("2026-11-20 17:59", "2026-11-23 09:00", "2026-11-25 09:00")
    }
    assert told == {"2026-11-20 17:59": [], "2026-11-23 09:00": [100], "2026-11-25 09:00": [200]}


def test_the_shipped_table() -> None:
    """Every region of it is known; a city that nothing was found for gets the rule for anywhere."""
    assert not list(unknown_regions(SHIPPED))
    days = {region: rule.close.days for region in REGIONS if (rule := rule_of("12345", region, SHIPPED))}
    assert days == {"": 5, "上海": 5, "深圳": 5, "北京": 7, "济南": 5, "成都": 15, "西安": 5}


REGIONS = ("", "上海", "深圳", "北京", "济南", "成都", "西安")


@pytest.mark.parametrize("close", ["8h", "0d", "1d12h"])
def test_a_part_of_a_day_is_refused(close: str) -> None:
    with pytest.raises(ValidationError):
        Sla.model_validate({"outside": [{"name": "12345", "close": close}]})


def test_two_rules_for_one_region_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"12345.*上海"):
        Sla.model_validate({"outside": [{"name": "12345", "regions": ["上海"], "close": f"{n}d"} for n in (3, 5)]})


def test_a_region_that_is_no_place_is_found() -> None:
    rules = Sla.model_validate({"outside": [{"name": "12345", "regions": ["上每", "四川"], "close": "3d"}]})
    assert [region for _, region in unknown_regions(rules)] == ["上每"]
