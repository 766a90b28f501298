"""Who gets an alert and why; nobody is never silent."""

from __future__ import annotations

from listener.alerts.routing import RouteFacts, facts_of, recipients
from listener.model import Alert, AlertKind, Severity
from listener.settings import Person, Routes, RouteSettings

PEOPLE = (
    Person(name="王芳", mail="wang@x.example", team="售后"),
    Person(name="赵强", mail="zhao@x.example", team="售后"),
    Person(name="李经理", mail="li@x.example", role="manager", language="en"),
    Person(name="运维", mail="ops@x.example", role="operator"),
)
CASE = Alert(kind=AlertKind.CASE_OPENED, subject="abc-1", reason="新工单")
SOURCE = Alert(kind=AlertKind.SOURCE_BAD, subject="forum", reason="HTTP 403")
FACTS = RouteFacts(topics=("晨曜",), severity=Severity.S2, problem="car.brake", source="forum")


def routes(*made: RouteSettings, default: tuple[str, ...] = ("李经理",), operators: tuple[str, ...] = ()) -> Routes:
    return Routes(default=default, operators=operators, routes=made)


def names(
    alert: Alert, table: Routes | None, facts: RouteFacts = FACTS, people: tuple[Person, ...] = PEOPLE
) -> list[str]:
    return [each.receiver.name for each in recipients(alert, facts, table, people)]


def test_the_first_matching_route_wins_and_says_why() -> None:
    table = routes(
        RouteSettings(name="特急", severities=(Severity.S1,), to=("运维",)),
        RouteSettings(name="制动", topics=("晨曜", "曙光"), problems=("car.brake",), to=("王芳",)),
        RouteSettings(name="全部", to=("运维",)),
    )
    (found,) = recipients(CASE, FACTS, table, PEOPLE)
    assert (found.receiver.name, found.receiver.address, found.receiver.notifier) == ("王芳", "wang@x.example", "email")
    assert found.reason == "派单规则「制动」：主题=晨曜，问题=car.brake" and found.held == ""


def test_every_filled_list_must_match() -> None:
    narrow = RouteSettings(topics=("晨曜",), sources=("weibo",), to=("王芳",))
    assert names(CASE, routes(narrow)) == ["李经理"]
    (found,) = recipients(CASE, FACTS, routes(narrow), PEOPLE)
    assert "没有匹配的派单规则" in found.reason and found.receiver.language == "en"


def test_any_topic_of_a_mention_matches() -> None:
    table = routes(RouteSettings(name="晨曜", topics=("晨曜",), to=("王芳",)))
    assert names(CASE, table, RouteFacts(topics=("曙光", "晨曜"))) == ["王芳"]


def test_a_route_without_conditions_takes_all() -> None:
    (found,) = recipients(CASE, RouteFacts(), routes(RouteSettings(to=("王芳",))), PEOPLE)
    assert found.reason == "派单规则「第 1 条」：适用于全部"


def test_a_team_is_its_people_and_nobody_comes_twice() -> None:
    table = routes(RouteSettings(name="售后", to=("team:售后", "王芳", "李经理")))
    found = recipients(CASE, FACTS, table, PEOPLE)
    assert [each.receiver.name for each in found] == ["王芳", "赵强", "李经理"]
    assert "售后 组成员" in found[0].reason and "组成员" not in found[2].reason


def test_a_route_that_reaches_nobody_falls_to_the_default() -> None:
    table = routes(RouteSettings(name="空组", to=("team:已解散",)))
    (found,) = recipients(CASE, FACTS, table, PEOPLE)
    assert found.receiver.name == "李经理" and "空组" in found.reason


def test_a_default_that_reaches_nobody_falls_to_the_roles() -> None:
    assert names(CASE, routes(default=("走了的人",))) == ["李经理", "运维"]


def test_source_alerts_go_to_the_operators() -> None:
    everything = RouteSettings(to=("王芳",))
    assert names(SOURCE, routes(everything, operators=("运维",))) == ["运维"]
    assert names(SOURCE, routes(everything)) == ["李经理"]
    assert names(SOURCE, None) == ["运维"]


def test_without_routes_those_who_answer_for_it_get_it() -> None:
    assert names(CASE, None) == ["李经理", "运维"]
    assert names(CASE, None, people=PEOPLE[:2]) == ["王芳", "赵强"]


def test_nobody_at_all_is_held_with_the_mend() -> None:
    for table in (None, routes()):
        (found,) = recipients(CASE, FACTS, table, ())
        assert found.receiver.address == "" and "people.toml" in found.held


def test_what_routes_match_on_comes_from_the_alert() -> None:
    given = Alert(
        kind=AlertKind.CASE_OPENED, subject="a", reason="", severity=Severity.S1,
        facts={"topics": ["晨曜"], "problem": "p", "source": "s"},
    )  # fmt: skip
    assert facts_of(given) == RouteFacts(topics=("晨曜",), severity=Severity.S1, problem="p", source="s")
    assert facts_of(CASE) == RouteFacts()
