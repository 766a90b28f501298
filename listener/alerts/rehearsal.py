"""What the routes of today would have done with the alerts of past days: to whom, how many, how many twice. Pure.

A change of routes.toml can so be tried before it is in force. A receiver who would have had several messages about one
case within an hour is counted as one mail and its duplicates, as delivery merges them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from listener.alerts.routing import Directory, facts_of, judged, recipients, route_of
from listener.model import Alert, AlertKind, Recipient
from listener.settings import Routes

__all__ = ["Explained", "Past", "Rehearsed", "explained", "rehearse"]

MERGED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Past:
    """An alert that was raised, when, and who really got it."""

    alert: Alert
    at: datetime
    receivers: frozenset[str] = frozenset()


@dataclass(slots=True)
class Rehearsed:
    """``sent`` and ``digest`` messages and ``duplicates`` by receiver; ``routes`` how often each matched.

    ``gained`` and ``lost`` count the alerts that a receiver would have had and had not, or the other way. ``nobody``
    are the subjects that would have reached nobody.
    """

    alerts: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    digest: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    gained: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    nobody: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Explained:
    """What today's routes do with one alert. ``routes`` are (name, "match", "miss" or "later", why) in order: what
    matches behind the first match has no say. ``to`` would get it, each with the reason."""

    routes: tuple[tuple[str, str, str], ...]
    to: tuple[Recipient, ...]


def explained(alert: Alert, routes: Routes | None, directory: Directory, now: datetime) -> Explained:
    """Which route takes ``alert`` at ``now`` (in the installation's zone), and why the others do not."""
    facts = facts_of(alert)
    found: list[tuple[str, str, str]] = []
    for number, route in enumerate(routes.routes if routes else (), start=1):
        matches, why = judged(route, facts)
        taken = any(state == "match" for _, state, _ in found)
        state = "miss" if not matches else "later" if taken else "match"
        found.append((route.name or f"第 {number} 条", state, why))
    return Explained(tuple(found), recipients(alert, facts, routes, directory, now))


_CASES = (AlertKind.CASE_OPENED, AlertKind.CASE_UPDATED)


def rehearse(past: Iterable[Past], routes: Routes | None, directory: Directory) -> Rehearsed:
    """Send nothing, count everything. ``Past.at`` is in the installation's zone."""
    found = Rehearsed()
    last: dict[tuple[str, str], datetime] = {}
    for one in past:
        if one.alert.kind not in _CASES:
            continue
        found.alerts += 1
        chosen = route_of(routes, facts_of(one.alert))[0] if routes else None
        found.routes[chosen.name or "—" if chosen else "default"] += 1
        _count(one, recipients(one.alert, facts_of(one.alert), routes, directory, one.at), found, last)
    return found


def _count(one: Past, reached: Iterable[Recipient], found: Rehearsed, last: dict[tuple[str, str], datetime]) -> None:
    names = set()
    for recipient in reached:
        name, held = recipient.receiver.name, recipient.held
        if held:
            found.nobody.append(one.alert.subject)
            continue
        names.add(name)
        key = (name, one.alert.subject)
        merged = key in last and one.at - last[key] <= MERGED_WITHIN
        last[key] = one.at
        (found.duplicates if merged else found.digest if one.alert.digest else found.sent)[name] += 1
    found.gained.update(names - one.receivers)
    found.lost.update(one.receivers - names)
