"""Routes tried on past alerts: who would have had what, and nothing is sent."""

from __future__ import annotations

from datetime import timedelta

from listener.alerts.rehearsal import Past, rehearse
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
    alert = Alert(kind=kind, subject=subject, reason="", severity=severity, digest=bool(how.pop("digest", False)))  # type: ignore[arg-type]
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
