"""What is read again and when, and whether it is believed that something is gone. Pure.

    a thread is spoken in ─▶ visited after half the time that it has been quiet ─▶ … rarer and rarer ─▶ no more

Half of the quiet time between two visits makes each gap half as long again as the one before: a thread in which people
speak is visited often, one that fell silent ever more rarely, and one that has been silent for long enough never. How
long is enough grows with how long the thread lived. What is spoken in again begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from listener.language import say
from listener.model import CrawlReport

__all__ = [
    "CONFIRMED_AFTER",
    "LONGEST_FOLLOWED",
    "SHORTEST_FOLLOWED",
    "SHORTEST_GAP",
    "Belief",
    "Change",
    "Thread",
    "believe",
    "changes_of",
    "is_confirmed",
    "next_check",
    "next_visit",
]

SHORTEST_GAP = timedelta(minutes=30)
SHORTEST_FOLLOWED = timedelta(days=14)
LONGEST_FOLLOWED = timedelta(days=90)
"""A thread is followed after its last word for as long as it lived, but not shorter and not longer than these."""

SHORTEST_CHECK = timedelta(hours=1)
LONGEST_CHECK = timedelta(days=2)

CONFIRMED_AFTER = timedelta(hours=1)
"""What is gone is looked at a second time, so much later, before it counts as deleted."""

MOST_GONE = 3
"""So many pages gone at once, and more of them than of sound ones, are a site in trouble."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as far as it was seen: its first and its newest mention, and when it was last opened."""

    first_at: datetime
    spoken_at: datetime
    visited_at: datetime


def next_visit(thread: Thread) -> datetime | None:
    """When to open the thread again; None once it was silent for long enough."""
    quiet = max(thread.visited_at - thread.spoken_at, timedelta())
    lived = thread.spoken_at - thread.first_at
    if quiet >= min(max(lived, SHORTEST_FOLLOWED), LONGEST_FOLLOWED):
        return None
    return thread.visited_at + max(SHORTEST_GAP, quiet / 2)


def next_check(said_at: datetime, checked_at: datetime) -> datetime:
    """When a mention behind an open case is read again: after a quarter of its age, within an hour and two days."""
    return checked_at + min(max(SHORTEST_CHECK, (checked_at - said_at) / 4), LONGEST_CHECK)


@dataclass(frozen=True, slots=True)
class Belief:
    """What is believed of the mentions that a site says are gone: those ids, or ``doubt``, why none is believed."""

    gone: frozenset[str] = frozenset()
    there: frozenset[str] = frozenset()
    doubt: str = ""


def believe(report: CrawlReport, captured: frozenset[str]) -> Belief:
    """What a crawl tells of mentions known before; ``captured`` are the native ids it brought.

    A crawl that did not end well tells of nothing that is gone. Nor does one in which much is gone at once: a site that
    lost its database, or answers 404 while it is mended, deleted nothing.
    """
    there = captured | {one for one, gone in report.told.items() if not gone}
    gone = frozenset(one for one, is_gone in report.told.items() if is_gone) - there
    if not gone:
        return Belief(there=there)
    if report.outcome.bad:
        why = say("采集异常，不据此判断删除", "the crawl was bad: nothing counts as deleted")
        return Belief(there=there, doubt=why)
    if report.pages_gone >= MOST_GONE and report.pages_gone >= report.pages_read:
        count = report.pages_gone
        return Belief(
            there=there,
            doubt=say(
                f"{count} 个页面同时不见，可能是网站故障，不算删除",
                f"{count} pages are gone at once: more likely the site's trouble than deletions",
            ),
        )
    return Belief(gone=gone, there=there)


def is_confirmed(missed_since: datetime | None, now: datetime) -> bool:
    """True where a mention that is gone now was gone long enough ago as well."""
    return missed_since is not None and now - missed_since >= CONFIRMED_AFTER


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a mention: edited, deleted, reappeared, company_replied, rated, status_changed …"""

    what: str
    old: str = ""
    new: str = ""


_FIELDS = {
    "company_reply": "company_replied",
    "rating": "rated",
    "status": "status_changed",
    "outside_by": "deadline_changed",
}
"""Fields of a mention whose change is an event of its case."""


def changes_of(old: str, old_fields: Mapping[str, str], new: str, new_fields: Mapping[str, str]) -> list[Change]:
    """What a mention says now (text, fields) otherwise than before; blanks and line ends do not count."""
    found = [] if old.split() == new.split() else [Change("edited", old, new)]
    for name, what in _FIELDS.items():
        before, after = old_fields.get(name, ""), new_fields.get(name, "")
        if after and after != before:
            found.append(Change(what, before, after))
    return found
