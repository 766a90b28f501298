"""The morning list: who has to look at what, and nobody at nothing."""

from __future__ import annotations

from datetime import timedelta

from listener.alerts.facts import AlertFacts, MessageFacts
from listener.alerts.morning import MOST, OpenCase, morning_alert, sections_for
from listener.alerts.render import Look, render
from listener.model import CaseState, Receiver, Severity
from listener.settings import Person
from tests.factories import NOW, ZONE

AGENT = Person(name="张敏", mail="z@x.example", team="售后")
OTHER = Person(name="李雷", mail="l@x.example", team="销售")
SUPERVISOR = Person(name="孙主管", mail="s@x.example", team="售后", role="supervisor")
MANAGER = Person(name="周总", mail="m@x.example", role="manager")
DAY = timedelta(days=1)
TONIGHT = NOW.replace(hour=23, minute=59)


def case(number: int, **changes: object) -> OpenCase:
    facts: dict[str, object] = {
        "number": number,
        "severity": Severity.S3,
        "state": CaseState.NEW,
        "title": f"第{number}件，电话 13812345678",
        "team": "售后",
        "by": NOW + timedelta(days=3),
        "opened_at": NOW - timedelta(hours=2),
    }
    return OpenCase(**(facts | changes))  # type: ignore[arg-type]


CASES = [
    case(1, by=NOW - timedelta(hours=1), owner="张敏"),
    case(2, by=NOW + timedelta(hours=5), owner="张敏"),
    case(3, opened_at=NOW - timedelta(days=2)),
    case(4),
    case(5, owner="李雷", team="销售", by=NOW + timedelta(hours=1)),
    case(6, owner="张敏", opened_at=NOW - timedelta(days=4)),
    case(7, owner="张敏", by=NOW - timedelta(days=1), state=CaseState.WAITING_CUSTOMER, opened_at=NOW - 4 * DAY),
]


def listed(person: Person, cases: list[OpenCase] = CASES) -> dict[str, list[int]]:
    found = sections_for(
        person, cases, now=NOW, since=NOW - timedelta(days=1), end_of_day=TONIGHT, waited=NOW - timedelta(days=1)
    )
    return {name: [each.number for each in rows] for name, rows in found.items()}


def test_an_agent_sees_their_own_and_what_the_team_has_not_claimed() -> None:
    assert listed(AGENT) == {"late": [1], "due": [2], "unclaimed": [3], "fresh": [4]}
    assert listed(OTHER) == {"due": [5]}


def test_a_supervisor_sees_the_team_and_a_manager_what_is_late_or_critical() -> None:
    assert listed(SUPERVISOR) == {"late": [1], "due": [2], "unclaimed": [3], "fresh": [4]}
    assert listed(MANAGER) == {"late": [1]}
    assert listed(MANAGER, [case(9, severity=Severity.S1)]) == {"fresh": [9]}


def test_who_was_alerted_of_an_unclaimed_case_sees_it() -> None:
    assert listed(OTHER, [case(4, team="", receivers=frozenset({"李雷"}))]) == {"fresh": [4]}


def test_what_waits_for_the_customer_is_not_late() -> None:
    assert all(7 not in numbers for numbers in listed(AGENT).values())


def test_the_gravest_stand_first() -> None:
    rows = [case(1), case(2, severity=Severity.S1), case(3, by=NOW + timedelta(days=1, hours=1))]
    assert listed(AGENT, rows) == {"fresh": [2, 3, 1]}


def mail(language: str = "zh", count: int = 1) -> str:
    cases = [case(number) for number in range(1, count + 1)]
    sections = sections_for(
        AGENT, cases, now=NOW, since=NOW - timedelta(days=1), end_of_day=TONIGHT, waited=NOW - timedelta(days=1)
    )
    alert = morning_alert(AGENT, sections, "2026-11-23")
    facts = AlertFacts(kind=alert.kind, reason=alert.reason, severity=alert.severity, created_at=NOW, facts=alert.facts)
    receiver = Receiver(name="张敏", notifier="email", address="z@x.example", language=language)
    look = Look(company="晨曜", zone=ZONE, now=NOW, case_link=lambda number: f"https://l.example/{number}")
    made = render(MessageFacts(receiver=receiver, reason="每日清单", alerts=(facts,)), look)
    assert "https://l.example/1" in made.html
    return f"{made.subject}\n{made.text}"


def test_the_mail_names_every_case_masked_and_how_to_answer() -> None:
    said = mail()
    assert said.startswith("晨会清单 2026-11-23：新增 1")
    assert "#1 第1件，电话 138****5678" in said
    assert "认领 3 5 7" in said
    assert "claim 3 5 7" in mail("en")


def test_a_long_list_counts_the_rest() -> None:
    assert "另有 5 个" in mail(count=MOST + 5)
