"""Silences: what they mute, and what speaks through them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listener.alerts.facts import AlertFacts, CaseFacts, MentionFacts
from listener.alerts.silences import Silence, matcher, muting
from listener.errors import BadInput
from listener.model import AlertKind, CaseState, Severity
from tests.factories import NOW

CASE = CaseFacts(
    number=7,
    fingerprint="f",
    state=CaseState.NEW,
    severity=Severity.S3,
    topic="晨曜",
    problem="car.brake",
    opened_at=NOW,
)


def alert(severity: Severity = Severity.S3, **changes: object) -> AlertFacts:
    facts: dict[str, object] = {
        "kind": AlertKind.CASE_OPENED,
        "reason": "新工单",
        "severity": severity,
        "created_at": NOW,
        "case": CASE,
        "mention": MentionFacts(text="刹车", source="forum", platform="discuz"),
    }
    return AlertFacts(**(facts | changes))  # type: ignore[arg-type]


def silence(number: int = 1, hours: int = 2, **wanted: list[str]) -> Silence:
    return Silence(
        number=number, author="张敏", reason="装修", starts_at=NOW, ends_at=NOW + timedelta(hours=hours), wanted=wanted
    )


@pytest.mark.parametrize(
    ("wanted", "mutes"),
    [
        ({"topic": ["晨曜"]}, True),
        ({"topic": ["白露"]}, False),
        ({"topic": ["晨曜"], "severity": ["S4"]}, False),
        ({"source": ["forum"], "case": ["7"]}, True),
        ({"platform": ["weibo"]}, False),
    ],
)
def test_every_list_must_hold_a_value(wanted: dict[str, list[str]], mutes: bool) -> None:
    assert (muting([alert()], [silence(**wanted)], NOW) is not None) is mutes


def test_it_holds_only_in_its_time() -> None:
    one = silence(topic=["晨曜"])
    assert muting([alert()], [one], NOW - timedelta(seconds=1)) is None
    assert muting([alert()], [one], NOW + timedelta(hours=2)) is None


def test_the_gravest_and_safety_speak_through() -> None:
    one = silence(topic=["晨曜"])
    assert muting([alert(Severity.S1)], [one], NOW) is None
    assert muting([alert(mention=MentionFacts(text="起火", source="forum", safety=True))], [one], NOW) is None
    assert muting([alert(Severity.S1)], [silence(topic=["晨曜"], severity=["S1"])], NOW) is not None


def test_a_message_is_muted_only_whole_and_until_the_last_silence_ends() -> None:
    brand, short = silence(1, 5, topic=["晨曜"]), silence(2, 1, severity=["S3"])
    assert muting([alert(), alert(Severity.S1)], [brand], NOW) is None
    assert muting([alert()], [brand, short], NOW) == brand


def test_source_alerts_may_be_muted_by_source() -> None:
    blind = AlertFacts(
        kind=AlertKind.SOURCE_BAD, reason="", severity=Severity.S2, created_at=NOW, facts={"source": "forum"}
    )
    assert muting([blind], [silence(source=["forum"])], NOW) is not None
    assert muting([blind], [silence(topic=["晨曜"])], NOW) is None


def test_matchers_are_read_and_bad_ones_named() -> None:
    assert matcher(["topic=晨曜，白露", "severity=S3"]) == {"topic": ["晨曜", "白露"], "severity": ["S3"]}
    for texts in ([], ["晨曜"], ["colour=red"], ["topic="]):
        with pytest.raises(BadInput):
            matcher(texts)
