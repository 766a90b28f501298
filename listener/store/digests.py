"""What is gathered instead of sent one by one: digest entries, what an hour had no room for, and the backlog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import case, or_, update
from sqlmodel import Session, col, select

from listener.model import AlertKind, CaseState, DeliveryStatus
from listener.store.bulk import chunks, insert
from listener.store.tables import AlertRow, CaseMentionRow, CaseRow, DeliveryAlertRow, DeliveryRow, MentionRow
from listener.text.mask import mask

__all__ = ["GATHERED", "backlog", "digest_due"]

GATHERED = "digest:"
"""Keys of deliveries that gather digest entries begin so."""

_REASONS = 3
_LISTED = 20


def digest_due(session: Session, now: datetime, *, overflow_only: bool = False) -> int:
    """Gather the waiting digest entries into one delivery for each receiver; how many deliveries were made.

    With ``overflow_only`` only what an hour's limit put there, for receivers of whom some of it is due.
    """
    entries = _entries(session, now, overflow_only)
    groups: dict[tuple[str, ...], list[DeliveryRow]] = {}
    for row in entries:
        groups.setdefault((row.receiver, row.notifier, row.address, row.language), []).append(row)
    for rows in groups.values():
        _gather(session, rows, now)
    return len(groups)


def _entries(session: Session, now: datetime, overflow_only: bool) -> list[DeliveryRow]:
    free = or_(col(DeliveryRow.hold_until).is_(None), col(DeliveryRow.hold_until) <= now)
    waits = (col(DeliveryRow.status) == DeliveryStatus.PENDING.value, col(DeliveryRow.digest).is_(True), free)
    statement = select(DeliveryRow).where(*waits)
    if overflow_only:
        overflow = (*waits, col(DeliveryRow.held) != "")
        due = select(DeliveryRow.receiver).where(*overflow, col(DeliveryRow.next_at) <= now)
        statement = select(DeliveryRow).where(*overflow, col(DeliveryRow.receiver).in_(due))
    return list(session.exec(statement.order_by(col(DeliveryRow.id)).with_for_update(skip_locked=True)))


def _gather(session: Session, rows: Sequence[DeliveryRow], now: datetime) -> None:
    """One new delivery carries the alerts of all ``rows``, which stay as what was held back, and why."""
    first = rows[0]
    reasons = list(dict.fromkeys(row.reason for row in rows))
    more = f"；另有 {len(reasons) - _REASONS} 种理由" if len(reasons) > _REASONS else ""
    gathered = DeliveryRow(
        key=f"{GATHERED}{first.id}",
        receiver=first.receiver,
        notifier=first.notifier,
        address=first.address,
        language=first.language,
        severity=min(row.severity for row in rows),
        reason="；".join(reasons[:_REASONS]) + more,
        next_at=now,
        created_at=now,
    )
    session.add(gathered)
    session.flush()
    ids = [row.id for row in rows if row.id is not None]
    carried: set[int] = set()
    for part in chunks(ids):
        mine = col(DeliveryAlertRow.delivery_id).in_(part)
        carried |= set(session.exec(select(DeliveryAlertRow.alert_id).where(mine)))
        session.execute(
            update(DeliveryRow)
            .where(col(DeliveryRow.id).in_(part))
            .values(status=DeliveryStatus.SUPPRESSED.value, digest=False, held=_gathered_reason(gathered.id or 0))
            .execution_options(synchronize_session=False)
        )
    insert(session, DeliveryAlertRow, [{"delivery_id": gathered.id, "alert_id": each} for each in sorted(carried)])


def _gathered_reason(number: int) -> Any:
    """Why it was held back, and which digest carries it."""
    before = case((col(DeliveryRow.held) == "", PLAIN), else_=col(DeliveryRow.held))
    return before.concat(f"；已随汇总 #{number} 发送")


PLAIN = "紧急程度低，随汇总发送"
"""Why a digest entry waits that nothing else held back."""


def backlog(session: Session) -> tuple[dict[str, object], str] | None:
    """Open cases that no alert ever told of, since the last summary: what ``rules.backlog_summary`` takes.

    Cases and their alerts are written in one transaction, so a case without one came of an old or imported mention.
    None where there is none.
    """
    told = select(AlertRow.case_id).where(col(AlertRow.case_id).is_not(None))
    statement: Any = (
        sqlalchemy.select(CaseRow.id, CaseRow.severity, CaseRow.title, CaseRow.state, MentionRow.source)  # type: ignore[call-overload]
        .join(CaseMentionRow, col(CaseMentionRow.case_id) == col(CaseRow.id))
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .where(
            col(CaseRow.id) > _last_told(session), col(CaseRow.id).not_in(told), CaseMentionRow.joined_as == "opener"
        )
        .order_by(col(CaseRow.severity), col(CaseRow.id))
    )
    found = [row for row in session.execute(statement) if CaseState(row.state).open]
    if not found:
        return None
    last = max(row.id for row in found)
    facts = {
        "cases": len(found),
        "severities": Counter(row.severity for row in found),
        "sources": Counter(row.source for row in found),
        "listed": [{"number": row.id, "severity": row.severity, "title": mask(row.title)} for row in found[:_LISTED]],
        "last": last,
    }
    return facts, str(last)


def _last_told(session: Session) -> int:
    statement = (
        select(AlertRow.facts)
        .where(AlertRow.kind == AlertKind.BACKLOG_SUMMARY.value)
        .order_by(col(AlertRow.id).desc())
        .limit(1)
    )
    facts = session.exec(statement).first() or {}
    return int(facts.get("last", 0))
