"""What the outbox tells of itself: what was sent, to whom, when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as pick
from sqlmodel import Session, col, select

from listener.alerts.throttle import HOUR, Sent
from listener.model import AlertKind, DeliveryStatus, receiver_key
from listener.store.bulk import chunks
from listener.store.outbox.adding import (
    PENDING,
    SENT,
)
from listener.store.outbox.claiming import (
    Claimed,
)
from listener.store.tables import AlertRow, DeliveryAlertRow, DeliveryRow


def told(session: Session, claimed: Sequence[Claimed]) -> dict[tuple[str, int], datetime]:
    """When each receiver last got a mail of their own about each case of these deliveries."""
    wanted = {each.case_id for each in claimed if each.case_id is not None}
    found: dict[tuple[str, int], datetime] = {}
    for part in chunks(wanted):
        statement = (
            select(DeliveryRow.receiver, DeliveryRow.notifier, DeliveryRow.case_id, func.max(DeliveryRow.sent_at))
            .where(col(DeliveryRow.case_id).in_(part), DeliveryRow.status == SENT)
            .group_by(col(DeliveryRow.receiver), col(DeliveryRow.notifier), col(DeliveryRow.case_id))
        )
        for receiver, notifier, case_id, at in session.exec(statement):
            if case_id is not None and at is not None:
                found[(receiver_key(receiver, notifier), case_id)] = at
    return found


def outages_told(session: Session, since: datetime) -> dict[tuple[str, str, str], datetime]:
    """When each receiver was last told that a source went blind, or sees again, by (receiver, kind, source)."""
    told_of = (col(DeliveryRow.receiver), col(DeliveryRow.notifier), col(AlertRow.kind), col(AlertRow.subject))
    statement = (
        pick(*told_of, func.max(DeliveryRow.sent_at))
        .join(DeliveryAlertRow, col(DeliveryAlertRow.delivery_id) == col(DeliveryRow.id))
        .join(AlertRow, col(AlertRow.id) == col(DeliveryAlertRow.alert_id))
        .where(col(DeliveryRow.status) == SENT, col(DeliveryRow.sent_at) > since, col(AlertRow.kind).in_(OUTAGES))
        .group_by(*told_of)
    )
    found = session.execute(statement)
    return {(receiver_key(name, by), kind, subject): at for name, by, kind, subject, at in found if at is not None}


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


def last_of_case(session: Session, number: int) -> AlertRow | None:
    """The newest alert that a case was told by: its opening, else anything of it; None where there is none."""
    rows = list(session.exec(select(AlertRow).where(AlertRow.case_id == number).order_by(col(AlertRow.id).desc())))
    opened = [row for row in rows if row.kind == AlertKind.CASE_OPENED.value]
    return next(iter(opened or rows), None)


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
        select(DeliveryRow.receiver, DeliveryRow.notifier, func.count(), func.min(DeliveryRow.sent_at))
        .where(DeliveryRow.status == SENT, col(DeliveryRow.sent_at) > now - window)
        .group_by(col(DeliveryRow.receiver), col(DeliveryRow.notifier))
    )
    found = session.exec(statement)
    return {receiver_key(name, by): Sent(number, first_at) for name, by, number, first_at in found if first_at}
