"""Who gets an alert, and why: the first matching route, else the default. Nobody is never silent. Pure.

    route or default ─▶ names ─▶ people (team, on call, nearest point) ─▶ who is there today ─▶ one by load, or all

Somebody on leave, or outside their shifts, is stood in for by their deputy; S1 reaches people at any hour. Where nobody
is there the mail goes out anyway: it waits in a mailbox, not in our heads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from listener.alerts.points import nearest_point
from listener.alerts.receivers import called, robot_receiver, told
from listener.model import Alert, AlertKind, Receiver, Recipient, Severity
from listener.settings import (
    NEAREST,
    ONCALL,
    TEAM,
    Dealer,
    NotifierSettings,
    Person,
    Routes,
    RouteSettings,
)

__all__ = [
    "Directory",
    "RouteFacts",
    "case_recipients",
    "facts_of",
    "judged",
    "other_way",
    "recipients",
    "route_of",
]

_NOBODY = Receiver(name="", notifier="email", address="")
_SOURCE = (AlertKind.SOURCE_BAD, AlertKind.SOURCE_RECOVERED, AlertKind.OPERATIONS)
_MANY_CASES = (AlertKind.BACKLOG_SUMMARY, AlertKind.MORNING_LIST, AlertKind.BURST)
"""What tells of many cases at once is near no service point; a dealer is not to read of others' customers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteFacts:
    """What routes match on. ``dealers`` are those that the mention is about, ``dealer`` the customer's own."""

    topics: tuple[str, ...] = ()
    severity: Severity = Severity.S4
    problem: str = ""
    source: str = ""
    platform: str = ""
    region: str = ""
    products: tuple[str, ...] = ()
    segment: str = ""
    dealers: tuple[str, ...] = ()
    dealer: str = ""
    followers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Who there is. ``loads`` are the open cases by owner; what is assigned here is counted in."""

    people: Sequence[Person] = ()
    notifiers: Sequence[NotifierSettings] = ()
    dealers: Sequence[Dealer] = ()
    loads: MutableMapping[str, int] = field(default_factory=dict)


def facts_of(alert: Alert) -> RouteFacts:
    """What routes match on, as ``listener.alerts.rules`` put it into the alert."""
    facts = alert.facts
    followers = facts.get("followers", 0)
    return RouteFacts(
        topics=_texts(facts, "topics"),
        severity=alert.severity,
        problem=str(facts.get("problem", "")),
        source=str(facts.get("source", "")),
        platform=str(facts.get("platform", "")),
        region=str(facts.get("region", "")),
        products=_texts(facts, "products"),
        segment=str(facts.get("segment", "")),
        dealers=_texts(facts, "dealers"),
        dealer=str(facts.get("dealer", "")),
        followers=followers if isinstance(followers, int) else 0,
    )


def _texts(facts: Mapping[str, object], name: str) -> tuple[str, ...]:
    values = facts.get(name)
    return tuple(str(value) for value in values) if isinstance(values, list | tuple) else ()


def recipients(
    alert: Alert, facts: RouteFacts, routes: Routes | None, directory: Directory, now: datetime
) -> tuple[Recipient, ...]:
    """Who gets ``alert`` at ``now`` (in the installation's zone), each with the reason in Chinese; never empty.

    Where nobody can be found there is one recipient without an address, whose ``held`` says how to mend it.
    """
    if routes is None:
        return _by_role(alert, directory.people, "没有派单规则（routes.toml）")
    near = alert.kind not in _MANY_CASES
    here = _Here(routes, directory, facts, now, urgent=alert.severity is Severity.S1, near=near)
    if alert.kind in _SOURCE:
        names, why = (routes.operators, "监测来源的运维人员") if routes.operators else (routes.default, "默认接收人")
        return here.reached(names, why) or _by_role(alert, directory.people, f"{why}无法送达")
    return _by_route(alert, here)


def _by_route(alert: Alert, here: _Here) -> tuple[Recipient, ...]:
    chosen, why = route_of(here.routes, here.facts)
    missed = "没有匹配的派单规则，"
    if chosen is not None:
        found = here.reached(chosen.to, why)
        if found:
            takes = chosen.assign == "load" and alert.kind is AlertKind.CASE_OPENED and not alert.digest
            return here.one_by_load(found) if takes else found
        missed = f"{why.split('：')[0]}没有可送达的人，"
    default = f"{missed}发给默认接收人"
    return here.reached(here.routes.default, default) or _by_role(
        alert, here.directory.people, f"{missed}默认接收人也无法送达"
    )


def route_of(routes: Routes, facts: RouteFacts) -> tuple[RouteSettings | None, str]:
    """The first route that matches, and why; None where none does."""
    for number, route in enumerate(routes.routes, start=1):
        matches, why = judged(route, facts)
        if matches:
            return route, f"派单规则「{route.name or f'第 {number} 条'}」：{why}"
    return None, ""


def judged(route: RouteSettings, facts: RouteFacts) -> tuple[bool, str]:
    """Whether the route matches, and by what, or what it asks for in vain, in words. An empty list asks for nothing."""
    wanted = (
        ("主题", route.topics, facts.topics, False),
        ("紧急程度", tuple(severity.value for severity in route.severities), (facts.severity.value,), False),
        ("问题", route.problems, (facts.problem,), True),
        ("来源", route.sources, (facts.source,), False),
        ("平台", route.platforms, (facts.platform,), False),
        ("地区", route.regions, (facts.region,), True),
        ("产品", route.products, facts.products, False),
        ("客户分群", route.segments, tuple(facts.segment.split(" · ")), False),
        ("经销商", route.dealers, (*facts.dealers, facts.dealer), False),
    )
    reasons = []
    for word, allowed, values, beginnings in wanted:
        if not allowed:
            continue
        hit = next((value for value in values if _hits(value, allowed, beginnings)), None)
        if hit is None:
            return False, f"{word}要求 {'、'.join(allowed)}，实为 {'、'.join(filter(None, values)) or '（无）'}"
        reasons.append(f"{word}={hit}")
    if route.followers:
        if facts.followers < route.followers:
            return False, f"粉丝要求 {route.followers:,}，实为 {facts.followers:,}"
        reasons.append(f"粉丝 {facts.followers:,}")
    return True, "，".join(reasons) or "适用于全部"


def _hits(value: str, allowed: Sequence[str], beginnings: bool) -> bool:
    return value in allowed or (beginnings and bool(value) and any(value.startswith(one) for one in allowed))


@dataclass(frozen=True, slots=True)
class _Here:
    """Everything that finding people needs at one moment."""

    routes: Routes
    directory: Directory
    facts: RouteFacts
    now: datetime
    urgent: bool
    near: bool = True

    def reached(self, names: Sequence[str], why: str) -> tuple[Recipient, ...]:
        """The receivers behind these names, each once, those who are there before those who are not."""
        found: dict[str, Recipient] = {}
        absent: dict[str, Recipient] = {}
        for name in names:
            for recipient, there in self._named(name, why):
                (found if there else absent).setdefault(recipient.receiver.key, recipient)
        return tuple((found or absent).values())

    def one_by_load(self, found: Sequence[Recipient]) -> tuple[Recipient, ...]:
        """The case goes to the person with the fewest open cases; robots and webhooks hear of it too."""
        names = {person.name for person in self.directory.people}
        people = [each for each in found if each.receiver.name in names]
        if not people:
            return tuple(found)
        loads = self.directory.loads
        chosen = min(people, key=lambda each: (loads.get(each.receiver.name, 0), people.index(each)))
        count = loads.get(chosen.receiver.name, 0)
        loads[chosen.receiver.name] = count + 1
        given = replace(chosen, reason=f"{chosen.reason}；按工作量分派（手上 {count} 个）", assigned=True)
        ways = [each for each in people if each.receiver.name == chosen.receiver.name and each is not chosen]
        return (given, *ways, *(each for each in found if each.receiver.name not in names))

    def _named(self, name: str, why: str) -> Iterator[tuple[Recipient, bool]]:
        for robot in self.directory.notifiers:
            if robot.receiver == name:
                yield Recipient(receiver=robot_receiver(robot), reason=why), True
        for person, via in self._people(name):
            yield from self._there(person, why + via)

    def _people(self, name: str) -> Iterator[tuple[Person, str]]:
        people = self.directory.people
        if name == NEAREST:
            yield from self._nearest()
        elif name.startswith(ONCALL):
            shift = next((one for one in self.routes.oncall if one.name == name.removeprefix(ONCALL)), None)
            who = shift.on(self.now.date()) if shift else ""
            yield from (
                (person, f"（{name.removeprefix(ONCALL)} 本周值班）") for person in people if person.name == who
            )
        else:
            via = f"（{name.removeprefix(TEAM)} 组成员）" if name.startswith(TEAM) else ""
            yield from ((person, via) for person in called(name, people))

    def _nearest(self) -> Iterator[tuple[Person, str]]:
        facts = self.facts
        choice = nearest_point(
            self.directory.dealers if self.near else (),
            accused=facts.dealers,
            usual=facts.dealer,
            region=facts.region,
            problem=facts.problem,
            products=facts.products,
        )
        if choice is not None:
            for person in called(choice.dealer.contact, self.directory.people):
                yield person, f"（{choice.reason}）"

    def _there(self, person: Person, why: str) -> Iterator[tuple[Recipient, bool]]:
        """The person or who stands in for them; False where neither is there."""
        away = person.is_away(self.now.date())
        if not away and (self.urgent or person.on_shift(self.now)):
            yield from ((recipient, True) for recipient in told(person, why))
            return
        for deputy in called(person.deputy, self.directory.people) if person.deputy else ():
            if not deputy.is_away(self.now.date()) and (self.urgent or deputy.on_shift(self.now)):
                word = "休假" if away else "不在班"
                reason = f"{why}；{person.name}{word}，由代理人接收"
                yield from ((recipient, True) for recipient in told(deputy, reason))
                return
        yield from ((recipient, False) for recipient in told(person, why))


def other_way(
    alert: Alert, beside: Receiver, routes: Routes | None, directory: Directory, now: datetime
) -> tuple[Recipient, ...]:
    """Who learns that ``beside`` could not be reached, by another way: robots and webhooks, and other operators.

    Where what failed is mail, whatever does not go by mail stands first. Empty where there is no other way: then the
    health page turns bad and the heartbeat stops.
    """
    usual = recipients(alert, facts_of(alert), routes, directory, now)
    robots = [Recipient(receiver=robot_receiver(robot), reason="另一种通知方式") for robot in directory.notifiers]
    found: dict[tuple[str, str], Recipient] = {}
    for each in (*usual, *robots):
        key = (each.receiver.notifier, each.receiver.address)
        if not each.held and key != (beside.notifier, beside.address):
            found.setdefault(key, each)
    return tuple(sorted(found.values(), key=lambda each: each.receiver.notifier == beside.notifier))


def case_recipients(
    alert: Alert, owner: str, team: str, routes: Routes | None, directory: Directory, now: datetime
) -> tuple[Recipient, ...]:
    """Who learns that a case's clock runs out or that somebody acted on it: its owner, their supervisor, the director.

    ``alert.facts`` tell the level of an escalation or the action. A case that nobody has is that of whoever the routes
    send it to: they are reminded to claim it, their supervisor learns that they did not. Where none of them can be
    found, whoever the routes name, so that it reaches somebody.
    """
    by_route = recipients(alert, facts_of(alert), routes, directory, now)
    if owner or team:
        owners = called(owner, directory.people) if owner else called(f"{TEAM}{team}", directory.people)
        why = "工单负责人" if owner else "工单所在班组"
        wanted = {each.receiver.key: each for person in owners for each in told(person, why)}
    else:
        wanted = {each.receiver.key: each for each in by_route if not each.held}
        names = {each.receiver.name for each in wanted.values()}
        owners = [person for person in directory.people if person.name in names]
    if alert.facts.get("action") == "return":
        wanted = {}
    for person, why in _superiors(alert, owners, team, directory.people):
        for each in told(person, why):
            wanted.setdefault(each.receiver.key, each)
    return tuple(wanted.values()) or by_route


def _superiors(
    alert: Alert, owners: Sequence[Person], team: str, people: Sequence[Person]
) -> Iterator[tuple[Person, str]]:
    action = str(alert.facts.get("action", ""))
    level = int(str(alert.facts.get("level", 0)))
    if action in ("return", "supervise") or level >= 100:
        yield from ((person, "主管") for person in _supervisors(owners, team, people))
    if level >= 200:
        yield from ((person, "管理者") for person in people if person.role == "manager")


def _supervisors(owners: Sequence[Person], team: str, people: Sequence[Person]) -> list[Person]:
    """The owners' leads; else the supervisors of the team that has the case; of any team where that one has none."""
    leads = [person for person in people if person.name in {owner.lead for owner in owners if owner.lead}]
    if leads and len(owners) == 1:
        return leads
    teams = {person.team for person in owners} | ({team} if team else set())
    every = [person for person in people if person.role == "supervisor"]
    return [person for person in every if person.team in teams] or every


def _by_role(alert: Alert, people: Sequence[Person], why: str) -> tuple[Recipient, ...]:
    """By role: operators for sources; managers, supervisors and operators for cases; else everybody; else held."""
    roles = ("operator",) if alert.kind in _SOURCE else ("manager", "supervisor", "operator")
    chosen = [person for person in people if person.role in roles] or list(people)
    if not chosen:
        held = f"{why}，人员名单（people.toml）也是空的：请添加接收人"
        return (Recipient(receiver=_NOBODY, reason=why, held=held),)
    text = f"{why}，按角色发送"
    return tuple(recipient for person in chosen for recipient in told(person, text))
