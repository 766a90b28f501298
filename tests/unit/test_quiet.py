"""Bursts hold their single alerts back, an outage its own repeats; danger speaks through both."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listener.alerts.bursts import Burst, burst_alert, of_alert
from listener.alerts.facts import AlertFacts, CaseFacts, MentionFacts
from listener.alerts.quiet import Quiet
from listener.alerts.rules import alert_key
from listener.model import AlertKind, CaseState, Severity
from tests.factories import NOW

UNTIL = NOW + timedelta(hours=2)
BURST = Burst(
    alert_id=7,
    since=NOW - timedelta(hours=1),
    until=UNTIL,
    topics=frozenset({"晨曜"}),
    problems=frozenset({"car.brake"}),
    receivers=frozenset({"王芳"}),
)


def alert(severity: Severity = Severity.S3, problem: str = "car.brake.noise", **changes: object) -> AlertFacts:
    case = CaseFacts(
        number=1,
        fingerprint="m-1",
        state=CaseState.NEW,
        severity=severity,
        topic="晨曜",
        problem=problem,
        opened_at=NOW,
    )
    facts: dict[str, object] = {"kind": AlertKind.CASE_OPENED, "reason": "", "severity": severity, "created_at": NOW}
    return AlertFacts(**({**facts, "case": case} | changes))  # type: ignore[arg-type]


def held(*alerts: AlertFacts, receiver: str = "王芳", minutes: int = 0) -> bool:
    return Quiet(bursts=[BURST]).muting(alerts, receiver, NOW + timedelta(minutes=minutes)) is not None


def test_a_burst_speaks_for_its_single_alerts_until_it_ends() -> None:
    assert Quiet(bursts=[BURST]).muting([alert()], "王芳", NOW) == ("已由声量异常预警 #7 统一通知", UNTIL)
    assert not held(alert(), minutes=120)


@pytest.mark.parametrize(
    "made",
    [
        alert(Severity.S1),
        alert(mention=MentionFacts(text="自燃", safety=True)),
        alert(problem="car.brakes"),
        alert(problem="service"),
        alert(kind=AlertKind.CASE_ESCALATED),
        alert(case=None),
    ],
    ids=["S1", "safety", "another problem", "an unlike one", "a reminder", "no case"],
)
def test_what_a_burst_does_not_hold_back(made: AlertFacts) -> None:
    assert not held(made)
    assert not held(alert(), made), "nor what stands in one message with it"


def test_who_was_not_told_of_the_burst_hears_of_each() -> None:
    assert not held(alert(), receiver="李雷")


def test_a_burst_comes_back_from_its_alert() -> None:
    made = burst_alert(
        "晨曜:2026-11-23", "一小时 120 条", since=BURST.since, until=UNTIL, topics=["晨曜"], problems=["car.brake"]
    )
    assert of_alert(7, made.facts, NOW, ["王芳"]) == BURST
    assert alert_key(made) == "burst:晨曜:2026-11-23", "it fires once"
    broken = of_alert(1, {"since": "x", "until": 5, "topics": "晨曜"}, NOW, [])
    assert (broken.since, broken.until, broken.topics) == (NOW, NOW, frozenset())


def test_an_outage_is_told_once_in_the_interval_and_its_flapping_waits() -> None:
    bad = AlertFacts(kind=AlertKind.SOURCE_BAD, reason="", severity=Severity.S2, created_at=NOW, subject="forum")
    told = {("王芳", "source_bad", "forum"): NOW - timedelta(hours=1)}
    quiet = Quiet(outages=told, repeat=timedelta(hours=4))
    found = quiet.muting([bad], "王芳", NOW)
    assert found is not None and found[1] == NOW + timedelta(hours=3)
    assert quiet.muting([bad], "李雷", NOW) is None
    back = AlertFacts(kind=AlertKind.SOURCE_RECOVERED, reason="", severity=Severity.S4, created_at=NOW, subject="forum")
    assert quiet.muting([back], "王芳", NOW) is None, "that it sees again was not told yet"
    assert quiet.muting([bad, alert()], "王芳", NOW) is None
