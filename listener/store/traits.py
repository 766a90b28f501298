"""What kind of customers these are and where they stand: their histories, in a fixed number of statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from listener.customers.lifecycle import History, Lifecycle, lifecycle
from listener.customers.segments import Bounds, Segment, segment
from listener.model import CaseState, Judgement, Satisfaction, Sentiment
from listener.settings import SegmentSettings
from listener.store.bulk import chunks
from listener.store.customer_tables import FlagRow, InteractionRow
from listener.store.tables import AnalysisRow, CaseRow, CustomerRow, IdentityLinkRow, IdentityRow, MentionRow

DEFAULT = SegmentSettings()

PURCHASE = "purchase"
"""The kind of interaction that is a transaction."""

NO_COMPLAINT = (CaseState.MERGED.value, CaseState.NOT_COMPLAINT.value)
"""States of a case that is none of its own."""


@dataclass(frozen=True, slots=True)
class Traits:
    """A customer's kinds, stage, history and the codes of the flags that people set."""

    segment: Segment
    lifecycle: Lifecycle
    history: History
    flags: tuple[str, ...] = ()


def traits(
    session: Session, rows: Sequence[CustomerRow], now: datetime, how: SegmentSettings = DEFAULT
) -> dict[int, Traits]:
    """The traits of these customers, by number."""
    numbers = [row.id for row in rows if row.id is not None]
    past = histories(session, numbers, now, how)
    marks = flags(session, numbers)
    bounds = Bounds.of(how)
    found = {}
    for row in rows:
        history = _with_volume(past.get(row.id or 0, History()), row.volume)
        kinds = segment(
            row.value,
            row.since or history.first_at,
            now,
            bounds,
            volume=history.purchases,
            dealings=history.dealings + history.complaints + history.mentions,
        )
        found[row.id or 0] = Traits(kinds, lifecycle(history, now, how), history, marks.get(row.id or 0, ()))
    return found


def _with_volume(history: History, volume: int | None) -> History:
    """The history with as many purchases as the imported figure says, where that is more."""
    known = [count for count in (history.purchases, volume) if count is not None]
    return replace(history, purchases=max(known) if known else None)


def histories(
    session: Session, numbers: Collection[int], now: datetime, how: SegmentSettings = DEFAULT
) -> dict[int, History]:
    """What is known of each customer's dealings; customers of whom nothing is known are left out."""
    facts: dict[int, dict[str, Any]] = defaultdict(dict)
    for part in chunks(sorted(set(numbers))):
        for number, found in _dealings(session, part, now, how):
            facts[number] |= found
        for number, orders in _orders(session, part):
            facts[number]["purchases"] = max(facts[number].get("purchases") or 0, orders)
        for number, found in (*_complaints(session, part, now, how), *_said(session, part, now, how)):
            facts[number] |= found
        for number in _unsatisfied(session, part):
            facts[number]["unsatisfied"] = True
    return {number: History(**found) for number, found in facts.items()}


def _dealings(
    session: Session, part: list[int], now: datetime, how: SegmentSettings
) -> Iterator[tuple[int, dict[str, Any]]]:
    row = InteractionRow
    bought = func.sum(case((col(row.kind) == PURCHASE, 1), else_=0))
    recent = func.sum(case((col(row.at) > now - how.window, 1), else_=0))
    earlier = func.sum(case(((col(row.at) <= now - how.window) & (col(row.at) > now - 2 * how.window), 1), else_=0))
    statement: Any = (
        sa_select(
            col(row.customer_id), func.count(), bought, recent, earlier, func.min(col(row.at)), func.max(col(row.at))
        )
        .where(col(row.customer_id).in_(part))
        .group_by(col(row.customer_id))
    )
    for number, count, purchases, now_, before, first, last in session.execute(statement):
        yield (
            number,
            {
                "purchases": int(purchases),
                "dealings": count - int(purchases),
                "recent": int(now_),
                "earlier": int(before),
                "first_at": first,
                "last_at": last,
            },
        )


def _orders(session: Session, part: list[int]) -> Sequence[tuple[int, int]]:
    """Order numbers on record: each is a purchase."""
    statement = (
        select(IdentityRow.customer_id, func.count())
        .where(col(IdentityRow.customer_id).in_(part), IdentityRow.kind == "order")
        .group_by(col(IdentityRow.customer_id))
    )
    return session.exec(statement).all()


def _complaints(
    session: Session, part: list[int], now: datetime, how: SegmentSettings
) -> list[tuple[int, dict[str, Any]]]:
    statement = (
        select(CaseRow.customer_id, func.count())
        .where(
            col(CaseRow.customer_id).in_(part),
            col(CaseRow.state).not_in(NO_COMPLAINT),
            col(CaseRow.opened_at) > now - how.complaints_within,
        )
        .group_by(col(CaseRow.customer_id))
    )
    return [(number, {"complaints": count}) for number, count in session.exec(statement) if number is not None]


def _unsatisfied(session: Session, part: list[int]) -> list[int]:
    """Customers whose last case that was followed up left them unsatisfied."""
    statement = (
        select(CaseRow.customer_id, CaseRow.satisfaction)
        .where(col(CaseRow.customer_id).in_(part), CaseRow.satisfaction != "")
        .order_by(col(CaseRow.updated_at), col(CaseRow.id))
    )
    last = dict(session.exec(statement).all())
    return [number for number, said in last.items() if number and said == Satisfaction.UNSATISFIED.value]


def _said(session: Session, part: list[int], now: datetime, how: SegmentSettings) -> list[tuple[int, dict[str, Any]]]:
    negative = func.sum(case((col(AnalysisRow.sentiment) == Sentiment.NEGATIVE.value, 1), else_=0))
    statement = (
        select(IdentityLinkRow.customer_id, func.count(), negative)
        .join(MentionRow, col(MentionRow.id) == col(IdentityLinkRow.mention_id))
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(
            col(IdentityLinkRow.customer_id).in_(part),
            IdentityLinkRow.judgement == Judgement.POSITIVE.value,
            col(MentionRow.happened_at) > now - how.window,
        )
        .group_by(col(IdentityLinkRow.customer_id))
    )
    return [(number, {"mentions": count, "negative": int(bad)}) for number, count, bad in session.exec(statement)]


def flags(session: Session, numbers: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The flags that people set and nobody ended, by customer."""
    found: dict[int, tuple[str, ...]] = {}
    for part in chunks(sorted(set(numbers))):
        statement = (
            select(FlagRow.customer_id, FlagRow.flag)
            .where(col(FlagRow.customer_id).in_(part), col(FlagRow.ended_at).is_(None))
            .order_by(col(FlagRow.id))
        )
        for number, flag in session.exec(statement):
            found[number] = (*found.get(number, ()), flag)
    return found


def segment_codes(
    session: Session, numbers: Collection[int], now: datetime, how: SegmentSettings = DEFAULT
) -> dict[int, tuple[str, ...]]:
    """The codes of these customers' kinds and stages, for reports; ``leaving`` where they may leave."""
    found: dict[int, tuple[str, ...]] = {}
    for part in chunks(sorted(numbers)):
        rows = session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(part))).all()
        for number, its in traits(session, rows, now, how).items():
            codes = (its.segment.size, its.segment.age, its.segment.standing, its.lifecycle.stage)
            leaving = ("leaving",) if its.lifecycle.leaving else ()
            found[number] = (*(code.value for code in codes if code), *leaving)
    return found


def completeness(session: Session, heard: Collection[int]) -> tuple[int, float, float | None]:
    """How many customers there are, the mean completeness (0 to 1) of their records, and that of those heard of."""
    every, mean = session.exec(select(func.count(), func.avg(CustomerRow.completeness)).select_from(CustomerRow)).one()
    shares: list[float] = []
    for part in chunks(sorted(heard)):
        shares += session.exec(select(CustomerRow.completeness).where(col(CustomerRow.id).in_(part))).all()
    return every, round(float(mean or 0), 4), round(sum(shares) / len(shares), 4) if shares else None
