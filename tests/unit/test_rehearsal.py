"""Routes tried on past alerts: who would have had what, and nothing is sent."""

from __future__ import annotations

from datetime import timedelta

from listener.alerts.rehearsal import Past, explained, rehearse
from listener.alerts.routing import Directory
from listener.model import Alert, AlertKind, Severity
from listener.settings import Person, Routes, RouteSettings
from tests.factories import NOW

DIRECTORY = Directory(
    people=(Person(name="王芳", mail="w@x.example", team="售后"), Person(name="赵强", mail="z@x.example", team="售后"))
)
ROUTES = Routes(default=("赵强",), routes=(RouteSettings(name="急", severities=(Severity.S1,), to=("team:售后",)),))


def past(subject: str, minutes: int = 0, severity: Severity = Severity.S2, **how: object) -> Past:
    kind = how.pop("kind", AlertKind.CASE_UPDATED)
    digest, facts = bool(how.pop("digest", False)), how.pop("facts", {})
    alert = Alert(kind=kind, subject=subject, reason="", severity=severity, digest=digest, facts=facts)  # type: ignore[arg-type]
    return Past(alert, NOW + timedelta(minutes=minutes), frozenset(how.pop("receivers", ("赵强",))))  # type: ignore[arg-type]


def test_each_receiver_s_messages_digests_and_duplicates_are_counted() -> None:
    found = rehearse(
        [past("a"), past("a", 10), past("a", 300), past("b", severity=Severity.S1), past("c", digest=True)],
        ROUTES,
        DIRECTORY,
    )
    assert found.alerts == 5
    assert (found.sent["赵强"], found.duplicates["赵强"], found.digest["赵强"]) == (3, 1, 1)
    assert found.routes == {"default": 4, "急": 1}
    assert (found.gained["王芳"], found.lost) == (1, {})


def test_who_would_have_had_fewer_is_told() -> None:
    found = rehearse([past("a", receivers=("王芳", "赵强"))], ROUTES, DIRECTORY)
    assert found.lost == {"王芳": 1}


def test_what_would_reach_nobody_is_named() -> None:
    assert rehearse([past("a")], None, Directory()).nobody == ["a"]


def test_other_alerts_have_no_routes() -> None:
    assert rehearse([past("forum", kind=AlertKind.SOURCE_BAD)], ROUTES, DIRECTORY).alerts == 0


def test_each_route_says_why_it_takes_an_alert_or_does_not() -> None:
    wanted = (
        RouteSettings(name="急", severities=(Severity.S1,), to=("team:售后",)),
        RouteSettings(name="华东", regions=("上海", "江苏"), to=("team:售后",)),
        RouteSettings(name="大V", followers=10_000, to=("team:售后",)),
        RouteSettings(name="刹车", problems=("car.brake",), to=("王芳",)),
        RouteSettings(to=("赵强",)),
    )
    alert = past("a", facts={"problem": "car.brake.hard", "region": "浙江杭州", "followers": 12}).alert
    found = explained(alert, Routes(default=("赵强",), routes=wanted), DIRECTORY, NOW)
    assert found.routes == (
        ("急", "miss", "紧急程度要求 S1，实为 S2"),
        ("华东", "miss", "地区要求 上海、江苏，实为 浙江杭州"),
        ("大V", "miss", "粉丝要求 10,000，实为 12"),
        ("刹车", "match", "问题=car.brake.hard"),
        ("第 5 条", "later", "适用于全部"),
    )
    assert [(each.receiver.name, each.reason) for each in found.to] == [
        ("王芳", "派单规则「刹车」：问题=car.brake.hard")
    ]
    assert [each.receiver.name for each in explained(alert, Routes(default=("赵强",)), DIRECTORY, NOW).to] == ["赵强"]
