"""Alerts and their deliveries come into the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col

from listener.alerts.rules import alert_key
from listener.model import Alert, DeliveryStatus, Recipient
from listener.store import slots
from listener.store.bulk import insert, insert_new
from listener.store.tables import AlertRow, DeliveryAlertRow, DeliveryRow

Raised = tuple[Alert, int | None, int | None, tuple[Recipient, ...]]
"""An alert, its case's id, its mention's id, and who gets it."""


PENDING = DeliveryStatus.PENDING.value


SENT = DeliveryStatus.SENT.value


FAILED = DeliveryStatus.FAILED.value


SUPPRESSED = DeliveryStatus.SUPPRESSED.value


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
