"""A delivery is claimed, rendered, and marked with what became of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, update
from sqlmodel import Session, col, select

from listener.alerts.facts import MessageFacts
from listener.model import Receiver, Severity
from listener.settings import SegmentSettings
from listener.store import messages
from listener.store.bulk import insert_new
from listener.store.digests import GATHERED
from listener.store.outbox.adding import (
    FAILED,
    PENDING,
    SENT,
    SUPPRESSED,
)
from listener.store.tables import DeliveryAlertRow, DeliveryRow
from listener.store.traits import DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that this process alone may send until ``lease_until``; ``content`` is None until it is rendered.

    ``attempts`` counts this one.
    """

    delivery_id: int
    key: str
    receiver: Receiver
    reason: str
    severity: Severity
    lease_until: datetime
    created_at: datetime
    case_id: int | None = None
    attempts: int = 1
    message_id: str = ""
    content: bytes | None = None

    @property
    def bundle(self) -> bool:
        """True where it gathers alerts that had waited for a digest."""
        return self.key.startswith(GATHERED)


def claim(session: Session, now: datetime, lease: timedelta, limit: int, notifiers: Collection[str]) -> list[Claimed]:
    """Lease deliveries of these notifiers that are due, gravest first, then oldest.

    About ``limit`` of them: whatever else waits for the same receiver about the same case comes along, also what
    would have come in the next digest, so that it can be one mail.
    """
    free = (
        col(DeliveryRow.status) == PENDING,
        or_(col(DeliveryRow.lease_until).is_(None), col(DeliveryRow.lease_until) <= now),
        col(DeliveryRow.notifier).in_(notifiers),
    )
    order = (col(DeliveryRow.severity), col(DeliveryRow.id))
    # two workers on PostgreSQL pass each other by; SQLite has one writer at a time and ignores this
    waiting_rows = select(DeliveryRow).where(*free).order_by(*order).with_for_update(skip_locked=True)
    leased = (
        update(DeliveryRow)
        .where(col(DeliveryRow.id).in_(_with_company(session, waiting_rows, now, limit)), *free)
        .values(lease_until=now + lease, attempts=col(DeliveryRow.attempts) + 1, digest=False)
        .returning(col(DeliveryRow.id))
        .execution_options(synchronize_session=False)
    )
    ids = [row.id for row in session.execute(leased)]
    session.expire_all()
    claimed = session.exec(select(DeliveryRow).where(col(DeliveryRow.id).in_(ids)).order_by(*order)).all()
    return [_claimed(row) for row in claimed]


def _with_company(session: Session, waiting_rows: Any, now: datetime, limit: int) -> set[int]:
    """The ids of what is due, and of what waits for the same receivers about the same cases."""
    due = col(DeliveryRow.next_at) <= now
    first = session.exec(waiting_rows.where(due, col(DeliveryRow.digest).is_(False)).limit(limit)).all()
    matters = {(row.receiver, row.case_id) for row in first if row.case_id is not None}
    if not matters:
        return {row.id for row in first}
    cases = {case_id for _, case_id in matters}
    free = or_(col(DeliveryRow.hold_until).is_(None), col(DeliveryRow.hold_until) <= now)
    entry = and_(or_(col(DeliveryRow.digest).is_(True), col(DeliveryRow.held) != ""), free)
    same = waiting_rows.where(col(DeliveryRow.case_id).in_(cases), or_(due, entry))
    along = [row for row in session.exec(same) if (row.receiver, row.case_id) in matters]
    return {row.id for row in (*first, *along)}


def _claimed(row: DeliveryRow) -> Claimed:
    assert row.id is not None and row.lease_until is not None
    receiver = Receiver(name=row.receiver, notifier=row.notifier, address=row.address, language=row.language)
    return Claimed(
        delivery_id=row.id,
        key=row.key,
        receiver=receiver,
        reason=row.reason,
        severity=Severity(row.severity),
        lease_until=row.lease_until,
        created_at=row.created_at,
        case_id=row.case_id,
        attempts=row.attempts,
        message_id=row.message_id,
        content=row.content,
    )


def facts_for(
    session: Session,
    claimed: Sequence[Claimed],
    decrypt: Callable[[bytes], str],
    now: datetime | None = None,
    segments: SegmentSettings = DEFAULT,
) -> dict[int, MessageFacts]:
    """What each claimed delivery has to say, by delivery id; a fixed number of statements.

    With ``now`` it says of each customer what kind they are on that day.
    """
    alerts = messages.alerts_of(session, [each.delivery_id for each in claimed], decrypt, now, segments)
    return {
        each.delivery_id: MessageFacts(
            receiver=each.receiver,
            reason=each.reason,
            alerts=tuple(alerts.get(each.delivery_id, ())),
            bundle=each.bundle,
        )
        for each in claimed
    }


def _mine(session: Session, claimed: Claimed, **values: Any) -> bool:
    """Change a delivery that is still leased to us; False where the lease ran out and another took it."""
    statement = (
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == claimed.delivery_id,
            col(DeliveryRow.status) == PENDING,
            col(DeliveryRow.lease_until) == claimed.lease_until,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount)


def store_rendered(session: Session, claimed: Claimed, *, subject: str, message_id: str, content: bytes) -> bool:
    """Keep the bytes that will be sent, once and for all; nothing of them was sent yet."""
    return _mine(session, claimed, subject=subject, message_id=message_id, content=content, parts=0)


def mark_sent(session: Session, claimed: Claimed, now: datetime) -> bool:
    """The other side has accepted it. Whoever holds the lease by now, it was sent."""
    statement = (
        update(DeliveryRow)
        .where(col(DeliveryRow.id) == claimed.delivery_id, col(DeliveryRow.status) != SENT)
        .values(status=SENT, sent_at=now, lease_until=None, last_error="", held="")
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount)


def postpone(session: Session, claimed: Claimed, next_at: datetime, error: str, *, counted: bool = True) -> bool:
    """Try again from ``next_at`` on; with ``counted`` false the try does not count (nothing was tried)."""
    attempts = claimed.attempts if counted else claimed.attempts - 1
    return _mine(session, claimed, next_at=next_at, lease_until=None, last_error=error[:1000], attempts=attempts)


def mark_failed(session: Session, claimed: Claimed, error: str) -> bool:
    """It will not be tried again by itself; ``retry`` puts it back in line."""
    return _mine(session, claimed, status=FAILED, lease_until=None, last_error=error[:1000])


def mark_suppressed(session: Session, claimed: Claimed, reason: str) -> bool:
    """It is not sent, and ``reason`` says why."""
    return _mine(session, claimed, status=SUPPRESSED, lease_until=None, held=reason)


def bundle(session: Session, claimed: Claimed, reason: str, until: datetime) -> bool:
    """Too much for this hour: it waits as a digest entry, at the longest until ``until``."""
    values = {"digest": True, "held": reason, "next_at": until, "lease_until": None, "attempts": claimed.attempts - 1}
    return _mine(session, claimed, **values)


def mute(session: Session, claimed: Claimed, reason: str, until: datetime) -> bool:
    """A silence mutes it: it waits as a digest entry that no digest takes before ``until``."""
    values = {"digest": True, "held": reason, "next_at": until, "hold_until": until}
    return _mine(session, claimed, **values, lease_until=None, attempts=claimed.attempts - 1)


def hold(session: Session, claimed: Claimed, reason: str, until: datetime) -> bool:
    """It waits for company, or for room: the same delivery, tried again from ``until`` on."""
    values = {"held": reason, "next_at": until, "lease_until": None, "attempts": claimed.attempts - 1}
    return _mine(session, claimed, **values)


def merge(session: Session, claimed: Claimed, into: int, reason: str) -> None:
    """Let the delivery ``into`` carry the alerts of this one too."""
    if not mark_suppressed(session, claimed, reason):
        return
    carried = session.exec(select(DeliveryAlertRow.alert_id).where(DeliveryAlertRow.delivery_id == claimed.delivery_id))
    rows = [{"delivery_id": into, "alert_id": alert_id} for alert_id in carried]
    if rows:
        insert_new(session, DeliveryAlertRow, rows, ("delivery_id", "alert_id"))


def retry(session: Session, delivery_id: int, now: datetime) -> bool:
    """Put a failed or suppressed delivery back in line, with the same bytes; False where there is none such."""
    statement = (
        update(DeliveryRow)
        .where(
            col(DeliveryRow.id) == delivery_id,
            col(DeliveryRow.status).in_((FAILED, SUPPRESSED)),
            col(DeliveryRow.address) != "",
        )
        .values(status=PENDING, digest=False, next_at=now, lease_until=None, attempts=0, held="", last_error="")
    )
    result: Any = session.execute(statement)
    return bool(result.rowcount)
