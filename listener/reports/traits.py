"""The traits by which a mention is counted and found again: every number of a report is a filter over them.

A trait is a pair such as ``("sentiment", "negative")``; a filter is a set of traits that all must hold, written
``sentiment:negative;day:2026-11-20`` behind ``#f=`` in a page's links. The page's script only compares traits, so
that what a number counts and what its link shows cannot differ.

    day, hour                 when it was said, on the installation's clock
    time                      published, or captured where the page told no time
    source, platform, topic, product
    sentiment, repost         negative | neutral | positive; yes | no
    complaint                 yes | review | no
    severity, problem         where complaint is yes or review; problem is none where no category was found
    customer, customer_id     known | unknown; its number
    segment                   the kinds and the stage of a known customer: key, old, settled …; leaving
    case, case_state, case_severity, response
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from urllib.parse import quote

from listener.model import CaseState, Tier
from listener.model.reported import CaseFact, MentionFact

Trait = tuple[str, str]
Filter = tuple[Trait, ...]

NONE = "none"
_UNSAFE = {ord(sign): f"%{ord(sign):02X}" for sign in "% ;:\"'<>&#\t\r\n"}
_NOT_ANSWERABLE = (CaseState.NOT_COMPLAINT, CaseState.MERGED, CaseState.RETURNED, CaseState.TO_VERIFY)


def traits(fact: MentionFact, zone: tzinfo, now: datetime, cases: Mapping[int, CaseFact]) -> frozenset[Trait]:
    """All traits of one mention; ``cases`` holds its case, if it has one."""
    local = fact.happened_at.astimezone(zone)
    found = {
        ("day", day_of(local)),
        ("hour", hour_of(local)),
        ("time", "published" if fact.published_at else "captured"),
        ("source", fact.source),
        ("platform", fact.platform),
        ("sentiment", fact.sentiment.value),
        ("complaint", fact.tier.value),
        ("repost", "yes" if fact.repost else "no"),
        ("customer", "unknown" if fact.customer_id is None else "known"),
        *(("topic", topic) for topic in fact.topics),
        *(("product", product) for product in fact.products),
        *(("segment", code) for code in fact.segments),
    }
    found |= set(_complaint_traits(fact))
    found |= set(_case_traits(fact, now, cases))
    if fact.customer_id is not None:
        found.add(("customer_id", str(fact.customer_id)))
    return frozenset(found)


def _complaint_traits(fact: MentionFact) -> Iterator[Trait]:
    if fact.tier is Tier.NO:
        return
    yield "severity", fact.severity.value
    for problem in fact.problems or (NONE,):
        yield "problem", problem


def _case_traits(fact: MentionFact, now: datetime, cases: Mapping[int, CaseFact]) -> Iterator[Trait]:
    if fact.case_id is None:
        return
    yield "case", str(fact.case_id)
    case = cases.get(fact.case_id)
    if case is not None:
        yield "case_state", case.state.value
        yield "case_severity", case.severity.value
        yield "response", response_of(case, now)


def response_of(case: CaseFact, now: datetime) -> str:
    """Was the customer contacted in time (ISO 10002, 7.6)?

    ``in_time``, ``late`` (contacted after the deadline), ``overdue`` (not yet, deadline gone), ``waiting`` (not yet,
    time is left), ``none`` (no deadline, or nothing to answer: doubtful, false alarm, merged, returned).
    """
    if case.first_contact_by is None or case.state in _NOT_ANSWERABLE:
        return NONE
    if case.first_contact_at is None:
        return "overdue" if now > case.first_contact_by else "waiting"
    return "in_time" if case.first_contact_at <= case.first_contact_by else "late"


def day_of(local: datetime) -> str:
    """``2026-11-20``; ``local`` is on the installation's clock already."""
    return local.strftime("%Y-%m-%d")


def hour_of(local: datetime) -> str:
    """``2026-11-20T14``."""
    return local.strftime("%Y-%m-%dT%H")


def holds(wanted: Iterable[Trait], found: frozenset[Trait]) -> bool:
    """True where every wanted trait is among those found."""
    return all(trait in found for trait in wanted)


def encode(found: Iterable[Trait]) -> str:
    """Traits as one blank-separated attribute value, the same for the same traits."""
    return " ".join(f"{name}:{value.translate(_UNSAFE)}" for name, value in sorted(found))


def link(**wanted: str) -> str:
    """The address inside the page that shows the mentions with these traits, ``#f=…``; without any, all of them."""
    return "#f=" + ";".join(f"{name}:{quote(value, safe='')}" for name, value in wanted.items())
