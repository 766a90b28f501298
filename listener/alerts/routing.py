"""Who gets an alert, and why: the first matching route, else the default. Nobody is never silent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from listener.model import Alert, AlertKind, Receiver, Recipient, Severity
from listener.settings import TEAM, NotifierSettings, Person, Routes, RouteSettings

__all__ = ["RouteFacts", "case_recipients", "facts_of", "person_receiver", "recipients", "robot_receiver"]

_NOBODY = Receiver(name="", notifier="email", address="")
_SOURCE = (AlertKind.SOURCE_BAD, AlertKind.SOURCE_RECOVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """What routes match on."""

    topics: tuple[str, ...] = ()
    severity: Severity = Severity.S4
    problem: str = ""
    source: str = ""


def facts_of(alert: Alert) -> RouteFacts:
    """What routes match on, as ``listener.alerts.rules`` put it into the alert."""
    topics = alert.facts.get("topics")
    return RouteFacts(
        topics=tuple(str(topic) for topic in topics) if isinstance(topics, list | tuple) else (),
        severity=alert.severity,
        problem=str(alert.facts.get("problem", "")),
        source=str(alert.facts.get("source", "")),
    )


def recipients(
    alert: Alert,
    facts: RouteFacts,
    routes: Routes | None,
    people: Sequence[Person],
    notifiers: Sequence[NotifierSettings] = (),
) -> tuple[Recipient, ...]:
    """Who gets ``alert``, each with the reason in Chinese; never empty.

    Where nobody can be found there is one recipient without an address, whose ``held`` says how to mend it.
    """
    if routes is None:
        return _without_routes(alert, people)
    if alert.kind in _SOURCE:
        names, why = (routes.operators, "监测来源的运维人员") if routes.operators else (routes.default, "默认接收人")
        return _reached(names, why, people, notifiers) or _by_role(alert, people, f"{why}无法送达")
    return _by_route(alert, facts, routes, people, notifiers)


def case_recipients(
    alert: Alert, owner: str, team: str, routes: Routes | None, people: Sequence[Person]
) -> tuple[Recipient, ...]:
    """Who learns that a case's clock runs out or that somebody acted on it: its owner, their supervisor, the director.

    ``alert.facts`` tell the level of an escalation or the action. Where none of them can be found, whoever the routes
    name, so that it reaches somebody.
    """
    wanted: dict[str, Recipient] = {}
    for person, why in _concerned(alert, owner, team, people):
        wanted.setdefault(person.name, Recipient(receiver=person_receiver(person), reason=why))
    return tuple(wanted.values()) or recipients(alert, facts_of(alert), routes, people)


def _concerned(alert: Alert, owner: str, team: str, people: Sequence[Person]) -> Iterator[tuple[Person, str]]:
    owners = _expand(owner, people) if owner else _expand(f"{TEAM}{team}", people) if team else []
    why = "工单负责人" if owner else "工单所在班组"
    action = str(alert.facts.get("action", ""))
    level = int(str(alert.facts.get("level", 0)))
    if action != "return":
        yield from ((person, why) for person in owners)
    if action in ("return", "supervise") or level >= 100:
        yield from ((person, "主管") for person in _supervisors(owners, team, people))
    if level >= 200:
        yield from ((person, "管理者") for person in people if person.role == "manager")


def _supervisors(owners: Sequence[Person], team: str, people: Sequence[Person]) -> list[Person]:
    """The supervisors of the team that has the case; of any team where that one has none."""
    teams = {person.team for person in owners} | ({team} if team else set())
    every = [person for person in people if person.role == "supervisor"]
    return [person for person in every if person.team in teams] or every


def _by_route(
    alert: Alert, facts: RouteFacts, routes: Routes, people: Sequence[Person], notifiers: Sequence[NotifierSettings]
) -> tuple[Recipient, ...]:
    missed = ""
    for number, route in enumerate(routes.routes, start=1):
        why = _matches(route, facts)
        if why is None:
            continue
        name = route.name or f"第 {number} 条"
        found = _reached(route.to, f"派单规则「{name}」：{why}", people, notifiers)
        if found:
            return found
        missed = f"派单规则「{name}」没有可送达的人，"
        break
    else:
        missed = "没有匹配的派单规则，"
    default = f"{missed}发给默认接收人"
    return _reached(routes.default, default, people, notifiers) or _by_role(
        alert, people, f"{missed}默认接收人也无法送达"
    )


def _matches(route: RouteSettings, facts: RouteFacts) -> str | None:
    """Why the route matches, in words; None where it does not. An empty list asks for nothing."""
    wanted = (
        ("主题", route.topics, facts.topics),
        ("紧急程度", tuple(severity.value for severity in route.severities), (facts.severity.value,)),
        ("问题", route.problems, (facts.problem,)),
        ("来源", route.sources, (facts.source,)),
    )
    reasons = []
    for word, allowed, values in wanted:
        if not allowed:
            continue
        hit = next((value for value in values if value in allowed), None)
        if hit is None:
            return None
        reasons.append(f"{word}={hit}")
    return "，".join(reasons) or "适用于全部"


def _reached(
    names: Sequence[str], why: str, people: Sequence[Person], notifiers: Sequence[NotifierSettings]
) -> tuple[Recipient, ...]:
    found: dict[str, Recipient] = {}
    for name in names:
        for robot in notifiers:
            if robot.receiver == name:
                found.setdefault(name, Recipient(receiver=robot_receiver(robot), reason=why))
        for person in _expand(name, people):
            via = f"（{name.removeprefix(TEAM)} 组成员）" if name.startswith(TEAM) else ""
            found.setdefault(person.name, Recipient(receiver=person_receiver(person), reason=why + via))
    return tuple(found.values())


def _expand(name: str, people: Sequence[Person]) -> list[Person]:
    if name.startswith(TEAM):
        return [person for person in people if person.team == name.removeprefix(TEAM)]
    return [person for person in people if person.name == name]


def _without_routes(alert: Alert, people: Sequence[Person]) -> tuple[Recipient, ...]:
    return _by_role(alert, people, "没有派单规则（routes.toml）")


def _by_role(alert: Alert, people: Sequence[Person], why: str) -> tuple[Recipient, ...]:
    """By role: operators for sources; managers, supervisors and operators for cases; else everybody; else held."""
    roles = ("operator",) if alert.kind in _SOURCE else ("manager", "supervisor", "operator")
    chosen = [person for person in people if person.role in roles] or list(people)
    if not chosen:
        held = f"{why}，人员名单（people.toml）也是空的：请添加接收人"
        return (Recipient(receiver=_NOBODY, reason=why, held=held),)
    text = f"{why}，按角色发送"
    return tuple(Recipient(receiver=person_receiver(person), reason=text) for person in chosen)


def robot_receiver(robot: NotifierSettings) -> Receiver:
    """A robot or webhook as a receiver; it is the name of its own notifier."""
    return Receiver(name=robot.name, notifier=robot.receiver, address=robot.name, language=robot.language)


def person_receiver(person: Person) -> Receiver:
    """A person as a receiver of mail."""
    return Receiver(name=person.name, notifier="email", address=person.mail, language=person.language)
