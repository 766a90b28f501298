"""Where customers stand: each stage has its case, each has its reason, and nobody waits longer for what they are."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts import sla
from listener.customers.lifecycle import STAGES, History, Stage, lifecycle
from listener.customers.segments import Segment, Size, Standing, raised, segment
from listener.language import speaking
from listener.model import Severity
from listener.settings import SegmentSettings, Sla
from tests.factories import NOW, ZONE

DAY = timedelta(days=1)


def history(**facts: object) -> History:
    return History(**{"last_at": NOW - 10 * DAY, "first_at": NOW - 400 * DAY, **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "stage", "reason"),
    [
        ({"purchases": 1}, Stage.EXPLORING, "只购买过 1 次"),
        ({"dealings": 2}, Stage.EXPLORING, "没有购买记录"),
        ({"purchases": 1, "dealings": 2}, Stage.FORMING, "其他往来 2 次"),
        ({"purchases": 2, "first_at": NOW - 90 * DAY}, Stage.FORMING, "购买 2 次"),
        ({"purchases": 2}, Stage.SETTLED, "往来 400 天"),
        ({"purchases": 3, "first_at": NOW - DAY}, Stage.SETTLED, "购买 3 次"),
        ({"purchases": 5, "last_at": NOW - 540 * DAY}, Stage.DECLINING, "540 天没有往来"),
        ({"purchases": 5, "recent": 1, "earlier": 4}, Stage.DECLINING, "此前同期 4 次"),
        (
            {"purchases": 2, "complaints": 2, "unsatisfied": True},
            Stage.DECLINING,
            "90 天内投诉 2 次；上次处理结果不满意",
        ),
        ({"purchases": 2, "mentions": 4, "negative": 3, "complaints": 3}, Stage.DECLINING, "4 条信息中 3 条负面"),
    ],
)
def test_each_stage_is_told_with_its_reason(facts: dict[str, object], stage: Stage, reason: str) -> None:
    found = lifecycle(history(**facts), NOW)
    assert (found.stage, reason in found.reason) == (stage, True), found.reason


def test_of_nobody_known_nothing_is_said() -> None:
    found = lifecycle(History(), NOW)
    assert (found.stage, found.leaving, found.words()) == (None, "", "")
    assert lifecycle(History(unsatisfied=True), NOW).leaving == ""


def test_one_sign_is_a_risk_and_two_are_decline() -> None:
    once = lifecycle(history(purchases=3, complaints=2), NOW)
    assert (once.stage, once.leaving) == (Stage.SETTLED, "90 天内投诉 2 次")
    assert once.words() == "稳定期 · 流失风险"
    twice = lifecycle(history(purchases=3, complaints=2, unsatisfied=True), NOW)
    assert twice.words() == "退化期 · 流失风险"
    with speaking("en"):
        assert lifecycle(history(purchases=1), NOW).reason == "a single purchase"
    assert set(STAGES) == set(Stage)


def test_the_bounds_are_the_configurations() -> None:
    how = SegmentSettings.model_validate({"settled_purchases": 9, "settled_for": "9000d", "quiet_for": "5d"})
    assert lifecycle(history(purchases=3), NOW, how).stage is Stage.DECLINING
    assert lifecycle(history(purchases=3, last_at=NOW), NOW, how).stage is Stage.FORMING


@pytest.mark.parametrize(
    ("facts", "standing", "words"),
    [
        ({"volume": 1}, Standing.EXPLICIT, "新客户 · 显性客户"),
        ({"volume": 3}, Standing.EXPLICIT, "中小客户 · 新客户 · 显性客户"),
        ({"volume": 10}, Standing.EXPLICIT, "大客户 · 新客户 · 显性客户"),
        ({"volume": 10, "value": 5.0}, Standing.EXPLICIT, "大客户 · 新客户 · 显性客户"),
        ({"dealings": 1}, Standing.IMPLICIT, "新客户 · 隐性客户"),
        ({"volume": 0, "since": None}, None, "潜在客户"),
        ({"volume": 0, "since": None, "dealings": 2}, Standing.IMPLICIT, "潜在客户 · 隐性客户"),
    ],
)
def test_volume_and_dealings_tell_too(facts: dict[str, object], standing: Standing | None, words: str) -> None:
    whole = {"value": None, "since": NOW - DAY} | facts
    found = segment(now=NOW, **whole)  # type: ignore[arg-type]
    assert (found.standing, found.words()) == (standing, words)
    assert found.reason


SEGMENTS = st.builds(
    Segment, st.sampled_from([None, *Size]), st.none(), st.just(""), st.sampled_from([None, *Standing])
)
CALENDAR = sla.Calendar.of(Sla(), ZONE)


@given(st.sampled_from(list(Severity)), st.none() | SEGMENTS, st.integers(0, 400 * 24))
def test_nobody_waits_longer_for_what_they_are_worth(severity: Severity, kind: Segment | None, hours: int) -> None:
    start = NOW + timedelta(hours=hours - 200 * 24)
    found, why = raised(severity, kind)
    assert found <= severity  # S1 is the gravest
    assert bool(why) == (found != severity)
    assert found is not Severity.S1 or severity is Severity.S1
    promised = sla.deadlines_by_severity(start, Sla(), CALENDAR)
    common = sla.deadlines(severity, start, Sla(), CALENDAR)
    assert all(mine <= anybodys for mine, anybodys in zip(promised[found], common, strict=True))
