"""The bursts that hold now, and the cases that one takes in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from listener.alerts.bursts import Burst, of_alert
from listener.model import AlertKind, DeliveryStatus, receiver_key
from listener.store.tables import AlertRow, CaseRow, DeliveryAlertRow, DeliveryRow
from listener.text.mask import mask

__all__ = ["cases_of", "running"]

LONGEST = timedelta(days=7)
"""No burst holds single alerts back for longer: by then it is how things are."""

MOST = 200
_SPEAKS = (DeliveryStatus.PENDING.value, DeliveryStatus.SENT.value)


def running(session: Session, now: datetime) -> list[Burst]:
    """The bursts that last at ``now``, each with those who were told of it, or are about to be."""
    alerts = session.exec(
        select(AlertRow).where(AlertRow.kind == AlertKind.BURST.value, col(AlertRow.created_at) >= now - LONGEST)
    ).all()
    if not alerts:
        return []
    told: dict[int, set[str]] = {}
    statement = (
        select(DeliveryAlertRow.alert_id, DeliveryRow.receiver, DeliveryRow.notifier)
        .join(DeliveryRow, col(DeliveryRow.id) == col(DeliveryAlertRow.delivery_id))
        .where(col(DeliveryAlertRow.alert_id).in_([row.id for row in alerts]), col(DeliveryRow.status).in_(_SPEAKS))
    )
    for alert_id, receiver, notifier in session.exec(statement):
        told.setdefault(alert_id, set()).add(receiver_key(receiver, notifier))
    found = [of_alert(row.id or 0, row.facts or {}, row.created_at, told.get(row.id or 0, ())) for row in alerts]
    return [burst for burst in found if burst.since <= now < burst.until]


def cases_of(session: Session, bursts: Sequence[Burst]) -> dict[int, list[dict[str, object]]]:
    """The cases that each burst takes in, by its alert, the most pressing first; at most ``MOST`` of each."""
    found: dict[int, list[dict[str, object]]] = {}
    for burst in bursts:
        opened = select(CaseRow).where(col(CaseRow.opened_at) >= burst.since, col(CaseRow.opened_at) < burst.until)
        if burst.topics:
            opened = opened.where(col(CaseRow.topic).in_(burst.topics))
        rows = session.exec(opened.order_by(col(CaseRow.priority).desc(), col(CaseRow.id)).limit(MOST * 5))
        listed = [row for row in rows if burst.takes(row.topic, row.problem)][:MOST]
        found[burst.alert_id] = [
            {
                "number": row.id,
                "severity": row.severity,
                "title": mask(row.title)[:80],
                "state": row.state,
                "owner": row.owner,
            }
            for row in listed
        ]
    return found
