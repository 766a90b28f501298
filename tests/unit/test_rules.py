"""Which alerts a decision raises, and what makes each fire once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from listener.alerts.rules import alert_key, backlog_summary, case_alerts, held_back, source_alerts
from listener.model import (
    Alert,
    AlertKind,
    CaseDecision,
    CaseState,
    CrawlReport,
    Origin,
    Outcome,
    Severity,
    Tier,
)
from tests.factories import NOW, complaint, key, mention


def decision(action: str = "open", **changes: object) -> CaseDecision:
    facts: dict[str, object] = {
        "mention": key("1"),
        "action": action,
        "reason": "点名问题",
        "fingerprint": "abc-1",
        "severity": Severity.S2,
        "topic": "晨曜",
        "problem": "car.brake",
        "title": "刹车失灵",
    }
    return CaseDecision(**(facts | changes))  # type: ignore[arg-type]


def alerts(made: CaseDecision, **how: object) -> list[Alert]:
    said = mention("1", **how.pop("said", {}))  # type: ignore[arg-type]
    judged = how.pop("judged", None) or complaint()
    return case_alerts(made, judged, said, now=NOW, **how)  # type: ignore[arg-type]


def test_a_sure_case_alerts_at_once_with_what_routes_need() -> None:
    (found,) = alerts(decision(), topics=("晨曜", "售后"))
    assert (found.kind, found.subject, found.digest, found.severity) == (
        AlertKind.CASE_OPENED, "abc-1", False, Severity.S2,
    )  # fmt: skip
    assert found.mention == key("1") and "新工单" in found.reason and "测试" in found.reason
    assert found.facts["topics"] == ["晨曜", "售后"]
    assert (found.facts["problem"], found.facts["source"]) == ("car.brake", "owners-forum")


@pytest.mark.parametrize(
    ("made", "judged", "digest"),
    [
        (decision(state=CaseState.TO_VERIFY), complaint(Tier.REVIEW), True),
        (decision(severity=Severity.S4), complaint(severity=Severity.S4), True),
        (decision(severity=Severity.S3), complaint(severity=Severity.S3), False),
        (decision(state=CaseState.TO_VERIFY), complaint(Tier.REVIEW, safety=True), False),
        (decision("join", joined_as="repost"), complaint(), True),
        (decision("join", joined_as="follow_up"), complaint(Tier.NO), False),
        (decision("join", joined_as="same_matter"), complaint(), False),
        (decision("join", joined_as="follow_up", state=CaseState.TO_VERIFY), complaint(), True),
    ],
)
def test_what_waits_for_the_digest(made: CaseDecision, judged: object, digest: bool) -> None:
    (found,) = alerts(made, judged=judged)
    assert found.digest is digest
    assert found.kind is (AlertKind.CASE_UPDATED if made.action == "join" else AlertKind.CASE_OPENED)
    assert ("汇总" in found.reason) is digest, "the reason says why it waits"


def test_nothing_happened_to_a_case() -> None:
    assert alerts(decision("none")) == []


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({}, False),
        ({"published_at": NOW - timedelta(hours=72)}, False),
        ({"published_at": NOW - timedelta(hours=72, seconds=1)}, True),
        ({"published_at": NOW + timedelta(days=1)}, False),
        ({"published_at": None}, False),
        ({"published_at": None, "captured_at": NOW - timedelta(days=9)}, True),
        ({"origin": Origin.IMPORT}, True),
        ({"origin": Origin.INTAKE}, False),
    ],
)
def test_what_is_old_or_imported_alerts_nobody_unless_asked(said: dict[str, object], held: bool) -> None:
    assert bool(held_back(mention("1", **said), now=NOW)) is held
    assert (alerts(decision(), said=said) == []) is held
    assert len(alerts(decision(), said=said, asked=True)) == 1


def test_how_old_is_too_old_is_configured() -> None:
    day = timedelta(days=1)
    assert "24 小时" in held_back(mention("1", published_at=NOW - 2 * day), now=NOW, fresh_for=day)


def test_no_personal_number_gets_into_an_alert() -> None:
    (found,) = alerts(decision(title="退车 13812345678"))
    assert "13812345678" not in str(found.facts)


# --- keys -------------------------------------------------------------------------------------------------------


def test_a_case_opens_once_and_is_updated_once_a_mention() -> None:
    (opened,) = alerts(decision())
    (update,) = alerts(decision("join", joined_as="follow_up"))
    (other,) = case_alerts(decision("join", joined_as="follow_up"), complaint(), mention("2"), now=NOW)
    assert len({alert_key(each) for each in (opened, update, other)}) == 3
    assert alert_key(opened) == alert_key(case_alerts(decision(), complaint(), mention("9"), now=NOW)[0])


def report(outcome: Outcome, ended: int = 0) -> CrawlReport:
    at = NOW + timedelta(minutes=ended)
    return CrawlReport(source="forum", outcome=outcome, detail="HTTP 403", started_at=NOW, ended_at=at)


def test_a_source_alerts_when_it_goes_blind_and_when_it_sees_again() -> None:
    crawls = [Outcome.OK, Outcome.BLOCKED, Outcome.UNREACHABLE, Outcome.EMPTY, Outcome.OK, Outcome.SUSPECT]
    previous: Outcome | None = None
    kinds = []
    for number, outcome in enumerate(crawls):
        kinds.append([each.kind.value for each in source_alerts(previous, report(outcome, number))])
        previous = outcome
    assert kinds == [[], ["source_bad"], [], ["source_recovered"], [], ["source_bad"]]


def test_a_source_that_is_bad_from_the_first_crawl_on_alerts() -> None:
    (found,) = source_alerts(None, report(Outcome.ROBOTS_DENIED))
    assert found.facts["outcome"] == "robots_denied" and found.severity is Severity.S2


def test_two_outages_of_one_source_are_two_causes() -> None:
    (one,) = source_alerts(Outcome.OK, report(Outcome.BLOCKED, 1))
    (two,) = source_alerts(Outcome.OK, report(Outcome.BLOCKED, 2))
    assert alert_key(one) != alert_key(two)


def test_the_summary_is_told_once_for_what_it_covers() -> None:
    found = backlog_summary({"cases": 3, "last": 9}, "9")
    assert (found.kind, found.facts["cases"]) == (AlertKind.BACKLOG_SUMMARY, 3)
    assert alert_key(found) == alert_key(backlog_summary({"cases": 4}, "9")) != alert_key(backlog_summary({}, "10"))
