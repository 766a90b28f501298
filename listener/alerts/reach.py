"""Which cases would reach nobody, or nobody who acts: every route tried for a week ahead. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from listener.alerts.routing import Directory, RouteFacts, recipients, route_of
from listener.language import say
from listener.model import Alert, AlertKind, Recipient, Severity
from listener.settings import Person, Routes, RouteSettings

__all__ = ["unreached"]

DAYS = 7
HOUR = 10
"""The hour of each day at which it is asked who is there."""


def unreached(routes: Routes | None, directory: Directory, now: datetime) -> list[str]:
    """One line for each class of cases that nobody would get, or nobody is there for; ``now`` in the installation's
    zone."""
    found = list(_classes(routes, directory, now)) if routes is not None else []
    if directory.people and not any(person.role in ("supervisor", "manager") for person in directory.people):
        found.append(
            say(
                "没有主管和管理者（role）：超时的工单只会提醒负责人",
                "nobody is supervisor or manager: what is late reminds its owner alone",
            )
        )
    return list(dict.fromkeys(found))


def _classes(routes: Routes, directory: Directory, now: datetime) -> Iterator[str]:
    for number, route in enumerate(routes.routes, start=1):
        name = route.name or say(f"第 {number} 条", f"no. {number}")
        facts = _facts(route)
        chosen, _ = route_of(routes, facts)
        if chosen is not route and chosen is not None:
            other = chosen.name or "…"
            chinese = f"派单规则「{name}」轮不到：前面的「{other}」已匹配它的全部条件"
            yield say(chinese, f"route {name} never wins: {other} above it matches all that it does")
        yield from _tried(say(f"派单规则「{name}」", f"route {name}"), route, facts, routes, directory, now)
    yield from _tried(say("默认接收人", "the default"), None, RouteFacts(severity=Severity.S2), routes, directory, now)


def _facts(route: RouteSettings) -> RouteFacts:
    """A case that the route matches."""

    def first(values: Sequence[str]) -> str:
        return values[0] if values else ""

    return RouteFacts(
        topics=route.topics[:1],
        severity=route.severities[0] if route.severities else Severity.S2,
        problem=first(route.problems),
        source=first(route.sources),
        platform=first(route.platforms),
        region=first(route.regions),
        products=route.products[:1],
        segment=first(route.segments),
        dealers=route.dealers[:1],
        followers=route.followers,
    )


def _tried(
    name: str, route: RouteSettings | None, facts: RouteFacts, routes: Routes, directory: Directory, now: datetime
) -> Iterator[str]:
    only = Routes(default=routes.default, routes=(route,) if route else (), oncall=routes.oncall)
    days = [now.replace(hour=HOUR, minute=0) + timedelta(days=day) for day in range(DAYS)]
    alert = Alert(kind=AlertKind.CASE_OPENED, subject="", reason="", severity=facts.severity)
    reached = [recipients(alert, facts, only, directory, at) for at in days]
    if any(each.held for each in reached[0]):
        yield say(f"{name}的工单无人接收：{reached[0][0].held}", f"{name}: its cases reach nobody")
        return
    names = {person.name for person in directory.people}
    if all(each.receiver.name not in names for day in reached for each in day):
        yield say(f"{name}只通知群机器人，没有人负责认领", f"{name} tells robots alone: nobody will claim its cases")
        return
    if route is not None and "没有可送达的人" in reached[0][0].reason:
        yield say(f"{name}找不到接收人，会转给默认接收人", f"{name} finds nobody and falls to the default")
    gone = [at for at, day in zip(days, reached, strict=True) if not _anybody(day, directory.people, at)]
    if gone:
        when = "、".join(f"{at:%m-%d}" for at in gone)
        yield say(f"{name}在 {when} 没有人在岗（都在休假）", f"{name}: everybody is on leave on {when}")


def _anybody(day: Sequence[Recipient], people: Sequence[Person], at: datetime) -> bool:
    names = {each.receiver.name for each in day}
    return any(person.name in names and not person.is_away(at.date()) for person in people)
