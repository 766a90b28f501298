"""The outbox: alerts and deliveries, written with what caused them, claimed with a lease, marked when done.

    add_alerts ─▶ pending ─claim─▶ leased ─▶ sent | pending again | failed | suppressed
                  digest entries wait, until digest_due gathers them into one delivery a receiver

A claim is a guarded UPDATE; what it leased nobody else sends. A lease that ran out is claimed again. What is
rendered is loaded by ``listener.store.messages``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, update
from sqlmodel import Session, col, select

from listener.alerts.facts import MessageFacts
from listener.alerts.rules import alert_key
from listener.alerts.throttle import HOUR, Sent
from listener.model import Alert, AlertKind, DeliveryStatus, Receiver, Recipient, Severity
from listener.settings import SegmentSettings
from listener.store import messages, slots
from listener.store.bulk import chunks, insert, insert_new
from listener.store.digests import GATHERED, backlog, digest_due
from listener.store.tables import AlertRow, DeliveryAlertRow, DeliveryRow
from listener.store.traits import DEFAULT

__all__ = [
    "Claimed",
    "add_alerts",
    "answered",
    "backlog",
    "bundle",
    "claim",
    "counts",
    "digest_due",
    "domain_of",
    "facts_for",
    "hold",
    "last_raised",
    "mark_failed",
    "mark_sent",
    "mark_suppressed",
    "merge",
    "mute",
    "outages_told",
    "postpone",
    "raised_since",
    "retry",
    "sent_since",
    "sent_to_domains",
    "store_rendered",
    "told",
    "waiting",
]

Raised = tuple[Alert, int | None, int | None, tuple[Recipient, ...]]
"""An alert, its case's id, its mention's id, and who gets it."""

PENDING, SENT = DeliveryStatus.PENDING.value, DeliveryStatus.SENT.value
FAILED, SUPPRESSED = DeliveryStatus.FAILED.value, DeliveryStatus.SUPPRESSED.value


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


def add_alerts(session: Session, raised: Sequence[Raised], now: datetime) -> int:
    """Write the alerts that are new, each with a delivery for every recipient; how many alerts were new.

    An alert whose key is stored already fires no more. A held recipient's delivery is kept as suppressed.
    """
    by_key = {alert_key(each[0]): each for each in raised}
    if not by_key:
        return 0
    rows = [_alert_row(key, each, now) for key, each in by_key.items()]
    new = insert_new(session, AlertRow, rows, ("key",), [col(AlertRow.id), col(AlertRow.key)])
    wanted = {
        _delivery_key(row.key, recipient): (row.id, _delivery_row(row.key, by_key[row.key], recipient, now))
        for row in new
        for recipient in by_key[row.key][3]
    }
    _insert_deliveries(session, wanted)
    if new:
        slots.poke(session, "deliver", now)
    return len(new)


def _insert_deliveries(session: Session, wanted: dict[str, tuple[int, dict[str, Any]]]) -> None:
    rows = [row for _, row in wanted.values()]
    if not rows:
        return
    made = insert_new(session, DeliveryRow, rows, ("key",), [col(DeliveryRow.id), col(DeliveryRow.key)])
    insert(session, DeliveryAlertRow, [{"delivery_id": row.id, "alert_id": wanted[row.key][0]} for row in made])


def _alert_row(key: str, raised: Raised, now: datetime) -> dict[str, Any]:
    alert, case_id, mention_id, _ = raised
    return {
        "key": key,
        "kind": alert.kind.value,
        "subject": alert.subject,
        "case_id": case_id,
        "mention_id": mention_id,
        "severity": alert.severity.value,
        "digest": alert.digest,
        "reason": alert.reason,
        "facts": dict(alert.facts),
        "created_at": now,
    }


def _delivery_key(key: str, recipient: Recipient) -> str:
    return f"{key}>{recipient.receiver.notifier}:{recipient.receiver.name}"


def _delivery_row(key: str, raised: Raised, recipient: Recipient, now: datetime) -> dict[str, Any]:
    alert, case_id, _, _ = raised
    receiver = recipient.receiver
    return {
        "key": _delivery_key(key, recipient),
        "receiver": receiver.name,
        "notifier": receiver.notifier,
        "address": receiver.address,
        "language": receiver.language,
        "status": SUPPRESSED if recipient.held else PENDING,
        "digest": alert.digest,
        "case_id": case_id,
        "severity": alert.severity.value,
        "reason": recipient.reason,
        "held": recipient.held,
        # a provisional one, so that what is never rendered can be told apart in a list
        "subject": str(alert.facts.get("title") or alert.subject),
        "message_id": "",
        "attempts": 0,
        "next_at": now,
        "last_error": "",
        "created_at": now,
    }


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


def told(session: Session, claimed: Sequence[Claimed]) -> dict[tuple[str, int], datetime]:
    """When each receiver last got a mail of their own about each case of these deliveries."""
    wanted = {each.case_id for each in claimed if each.case_id is not None}
    found: dict[tuple[str, int], datetime] = {}
    for part in chunks(wanted):
        statement = (
            select(DeliveryRow.receiver, DeliveryRow.case_id, func.max(DeliveryRow.sent_at))
            .where(col(DeliveryRow.case_id).in_(part), DeliveryRow.status == SENT)
            .group_by(col(DeliveryRow.receiver), col(DeliveryRow.case_id))
        )
        for receiver, case_id, at in session.exec(statement):
            if case_id is not None and at is not None:
                found[(receiver, case_id)] = at
    return found


def outages_told(session: Session, since: datetime) -> dict[tuple[str, str, str], datetime]:
    """When each receiver was last told that a source went blind, or sees again, by (receiver, kind, source)."""
    statement = (
        select(DeliveryRow.receiver, AlertRow.kind, AlertRow.subject, func.max(DeliveryRow.sent_at))
        .join(DeliveryAlertRow, col(DeliveryAlertRow.delivery_id) == col(DeliveryRow.id))
        .join(AlertRow, col(AlertRow.id) == col(DeliveryAlertRow.alert_id))
        .where(DeliveryRow.status == SENT, col(DeliveryRow.sent_at) > since, col(AlertRow.kind).in_(OUTAGES))
        .group_by(col(DeliveryRow.receiver), col(AlertRow.kind), col(AlertRow.subject))
    )
    found = session.exec(statement)
    return {(receiver, kind, subject): at for receiver, kind, subject, at in found if at is not None}


OUTAGES = (AlertKind.SOURCE_BAD.value, AlertKind.SOURCE_RECOVERED.value)


def last_raised(session: Session, kind: AlertKind, subject: str) -> datetime | None:
    """When the newest alert of this kind about ``subject`` was raised; None where there is none."""
    statement = select(func.max(AlertRow.created_at)).where(AlertRow.kind == kind.value, AlertRow.subject == subject)
    return session.exec(statement).first()


def sent_to_domains(session: Session, now: datetime, window: timedelta) -> dict[str, Sent]:
    """What went to each mail domain within ``window`` before ``now``."""
    statement = (
        select(DeliveryRow.address, func.count(), func.min(DeliveryRow.sent_at))
        .where(DeliveryRow.status == SENT, DeliveryRow.notifier == "email", col(DeliveryRow.sent_at) > now - window)
        .group_by(col(DeliveryRow.address))
    )
    found: dict[str, Sent] = {}
    for address, count, first_at in session.exec(statement):
        if first_at is None:
            continue
        domain = domain_of(address)
        before = found.get(domain, Sent(0, first_at))
        found[domain] = Sent(before.count + count, min(before.first_at, first_at))
    return found


def domain_of(address: str) -> str:
    """The domain of a mail address, in small letters."""
    return address.rpartition("@")[2].lower()


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


def answered(session: Session, message_ids: Sequence[str], address: str) -> tuple[str, int | None] | None:
    """Whose mail an answer from ``address`` belongs to: (receiver, case or None); None where we sent it no such mail.

    A Message-ID of ours holds a token that only its receiver saw; the sender's address alone proves nothing. The root
    that all mails of a case name counts too.
    """
    for message_id in message_ids:
        sent = select(DeliveryRow).where(DeliveryRow.message_id == message_id)
        row = session.exec(sent.where(func.lower(DeliveryRow.address) == address.lower())).first()
        if row is not None:
            return row.receiver, row.case_id
    return None


def raised_since(session: Session, since: datetime) -> list[tuple[AlertRow, frozenset[str]]]:
    """The alerts raised since then, oldest first, each with who got it or was to get it."""
    rows = session.exec(select(AlertRow).where(col(AlertRow.created_at) >= since).order_by(col(AlertRow.id))).all()
    who: dict[int, set[str]] = {}
    for part in chunks([row.id or 0 for row in rows]):
        statement = (
            select(DeliveryAlertRow.alert_id, DeliveryRow.receiver)
            .join(DeliveryRow, col(DeliveryRow.id) == col(DeliveryAlertRow.delivery_id))
            .where(col(DeliveryAlertRow.alert_id).in_(part), DeliveryRow.receiver != "")
        )
        for alert_id, receiver in session.exec(statement):
            who.setdefault(alert_id, set()).add(receiver)
    return [(row, frozenset(who.get(row.id or 0, ()))) for row in rows]


def counts(session: Session) -> dict[str, int]:
    """How many deliveries there are by status; ``digest`` are those that wait for a digest, not in ``pending``."""
    statement = select(DeliveryRow.status, DeliveryRow.digest, func.count()).group_by(
        col(DeliveryRow.status), col(DeliveryRow.digest)
    )
    found = {status.value: 0 for status in DeliveryStatus} | {"digest": 0}
    for status, digest, number in session.exec(statement):
        found["digest" if digest and status == PENDING else status] += number
    return found


def waiting(session: Session) -> int:
    """How many deliveries are still to be sent, digest entries not counted."""
    statement = select(func.count()).where(DeliveryRow.status == PENDING, col(DeliveryRow.digest).is_(False))
    return session.exec(statement).one()


def sent_since(session: Session, now: datetime, window: timedelta = HOUR) -> dict[str, Sent]:
    """What each receiver got within ``window`` before ``now``."""
    statement = (
        select(DeliveryRow.receiver, func.count(), func.min(DeliveryRow.sent_at))
        .where(DeliveryRow.status == SENT, col(DeliveryRow.sent_at) > now - window)
        .group_by(col(DeliveryRow.receiver))
    )
    found = session.exec(statement)
    return {receiver: Sent(number, first_at) for receiver, number, first_at in found if first_at is not None}
