"""Priorities of stored cases: what they are taken from is loaded at once for all cases that changed, then written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from listener.alerts.bursts import Burst
from listener.alerts.priority import Standing, factors, points
from listener.model import Severity
from listener.settings import Sla
from listener.store import bursts
from listener.store.bulk import chunks
from listener.store.tables import CaseMentionRow, CaseRow, CustomerRow

__all__ = ["refresh"]


def refresh(session: Session, numbers: Collection[int], now: datetime, rules: Sla) -> None:
    """Work out the priorities of these cases anew; a fixed number of statements."""
    session.flush()
    running = bursts.running(session, now)
    for part in chunks(sorted(set(numbers))):
        rows = session.exec(select(CaseRow).where(col(CaseRow.id).in_(part))).all()
        sizes, people = _sizes(session, part), _customers(session, rows)
        changed = [
            fresh
            for row in rows
            if (fresh := _fresh(row, sizes.get(row.id or 0, 1), people.get(row.customer_id or 0), rules, running, now))
        ]
        if changed:
            session.execute(update(CaseRow), changed)  # one statement for many rows, by their keys
            session.expire_all()


def _fresh(
    row: CaseRow, size: int, customer: CustomerRow | None, rules: Sla, running: Sequence[Burst], now: datetime
) -> dict[str, Any] | None:
    """The new values of a case's priority; None where it stands as it should."""
    bursting = any(burst.takes(row.topic, row.problem) for burst in running)
    found = factors(_standing(row, size, customer, rules, bursting), now)
    listed = [list(each) for each in found]
    return None if row.factors == listed else {"id": row.id, "priority": points(found), "factors": listed}


def _sizes(session: Session, numbers: Sequence[int]) -> dict[int, int]:
    statement = (
        select(CaseMentionRow.case_id, func.count())
        .where(col(CaseMentionRow.case_id).in_(numbers))
        .group_by(col(CaseMentionRow.case_id))
    )
    return dict(session.exec(statement).all())


def _customers(session: Session, rows: Sequence[CaseRow]) -> dict[int, CustomerRow]:
    wanted = {row.customer_id for row in rows if row.customer_id is not None}
    if not wanted:
        return {}
    found = session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(wanted)))
    return {row.id: row for row in found if row.id is not None}


def _standing(row: CaseRow, size: int, customer: CustomerRow | None, rules: Sla, bursting: bool) -> Standing:
    return Standing(
        severity=Severity(row.severity),
        worth=customer.value if customer else None,
        since=customer.since if customer else None,
        segment=customer.segment if customer else "",
        known=customer is not None,
        reach=row.reach,
        others=max(0, size - 1),
        recent=row.recent,
        repeat_count=rules.repeat_count,
        repeat_days=rules.repeat_within.days,
        bursting=bursting,
    )
