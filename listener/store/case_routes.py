"""What routes match on, of cases that are stored: whom a mention accused, where its author lives, what they own.

A case is told of when it opens, and again when its clock runs out or something happens to it. Both times the same has
to be known of it, or the reminder goes by another route than the first mail, at worst to the dealer that is accused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from listener.model import AlertKind
from listener.settings import SegmentSettings
from listener.store.bulk import chunks
from listener.store.customers import route_facts as of_customers
from listener.store.tables import AlertRow, AnalysisRow, CaseMentionRow, CaseRow, MentionRow, TopicMatchRow

__all__ = ["about"]

_OPENED = (AlertKind.CASE_OPENED.value, AlertKind.CASE_UPDATED.value)
_OWN = ("opener", "follow_up", "same_matter", "")
"""How the customer's own mentions joined; reposts and witnesses say nothing of who is concerned."""

MOST = 50
"""Mentions of a case that are looked at, the oldest first: what a case is about stands in them."""

_LISTS = ("topics", "products", "dealers")
_WORDS = ("region", "segment", "dealer", "source", "platform")


def about(
    session: Session, cases: Collection[int], now: datetime, segments: SegmentSettings | None = None
) -> dict[int, dict[str, object]]:
    """By case what ``listener.alerts.routing.facts_of`` reads, the problem and state aside: topics, products, dealers
    that the mentions accuse, the customer's own dealer, region, segment, source, platform, followers.

    What was known when it was first told of, what its mentions name, and the customer as the record has them now. Four
    queries, however many cases.
    """
    found: dict[int, list[Mapping[str, object]]] = {number: [] for number in cases}
    for part in chunks(found):
        _customers(session, part, now, segments or SegmentSettings(), found)
        _alerts(session, part, found)
        _mentions(session, part, found)
    return {number: _together(told) for number, told in found.items()}


def _customers(
    session: Session, cases: Sequence[int], now: datetime, how: SegmentSettings, found: dict[int, list[Any]]
) -> None:
    rows = session.exec(select(CaseRow.id, CaseRow.customer_id).where(col(CaseRow.id).in_(cases))).all()
    who = of_customers(session, {customer for _, customer in rows if customer}, now, how)
    for number, customer in rows:
        its = who.get(customer or 0)
        if its:
            found[number or 0].append({**its, "products": [its["product"]]})


def _alerts(session: Session, cases: Sequence[int], found: dict[int, list[Any]]) -> None:
    """What the alerts of its mentions knew; names there are those of the configuration, not as somebody wrote them."""
    statement = (
        select(AlertRow.case_id, AlertRow.facts)
        .where(col(AlertRow.case_id).in_(cases), col(AlertRow.kind).in_(_OPENED))
        .order_by(col(AlertRow.id))
    )
    for number, facts in session.exec(statement):
        if facts and "change" not in facts and facts.get("joined_as", "") in _OWN:
            found[number or 0].append(facts)


def _mentions(session: Session, cases: Sequence[int], found: dict[int, list[Any]]) -> None:
    """What the mentions themselves name: of a case that came by import nobody was told."""
    statement = (
        select(CaseMentionRow.case_id, MentionRow, AnalysisRow.entities)
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(col(CaseMentionRow.case_id).in_(cases), col(CaseMentionRow.joined_as).in_(_OWN))
        .order_by(col(MentionRow.happened_at), col(MentionRow.id))
        .limit(MOST * len(cases))
    )
    rows = session.exec(statement).all()
    topics: dict[int, list[str]] = {}
    for part in chunks(row.id or 0 for _, row, _ in rows):
        for mention, topic in session.exec(
            select(TopicMatchRow.mention_id, TopicMatchRow.topic).where(col(TopicMatchRow.mention_id).in_(part))
        ):
            topics.setdefault(mention, []).append(topic)
    for number, row, entities in rows:
        found[number].append(_named(row, entities or (), topics.get(row.id or 0, [])))


def _named(row: MentionRow, entities: Iterable[Sequence[Any]], topics: list[str]) -> dict[str, object]:
    text = row.text if not row.title or row.text.startswith(row.title) else f"{row.title}\n{row.text}"
    named: dict[str, list[str]] = {}
    for kind, _, start, end in entities:
        named.setdefault(kind, []).append(text[start:end].strip())
    return {
        "topics": topics,
        "products": named.get("product", []),
        "dealers": named.get("dealer", []),
        "region": next(iter(named.get("place", [])), ""),
        "source": row.source,
        "platform": row.platform,
        "followers": (row.metrics or {}).get("followers", 0),
    }


def _together(told: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Everything that is named, and of words the first that is known."""
    lists = {name: list(dict.fromkeys(one for each in told for one in each.get(name) or () if one)) for name in _LISTS}
    words = {name: next((each[name] for each in told if each.get(name)), "") for name in _WORDS}
    return {**lists, **words, "followers": max((each.get("followers") or 0 for each in told), default=0)}
