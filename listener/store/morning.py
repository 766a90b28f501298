"""The open cases as the morning list needs them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from listener.alerts.clocks import running
from listener.alerts.morning import OpenCase
from listener.model import AlertKind, CaseState, Severity
from listener.store.bulk import chunks
from listener.store.case_moves import clocks_of
from listener.store.tables import AlertRow, CaseRow, DeliveryAlertRow, DeliveryRow

__all__ = ["last_list", "open_cases"]

_OPEN = [state.value for state in CaseState if state.open]


def open_cases(session: Session) -> list[OpenCase]:
    """Every open case whose clocks run or that somebody has; what is old or imported and untouched is left out."""
    statement = select(CaseRow).where(
        col(CaseRow.state).in_(_OPEN), (col(CaseRow.next_escalation_at).is_not(None)) | (col(CaseRow.owner) != "")
    )
    rows = session.exec(statement.order_by(col(CaseRow.id))).all()
    receivers = _receivers(session, [row.id or 0 for row in rows])
    return [_open_case(row, receivers.get(row.id or 0, frozenset())) for row in rows]


def _open_case(row: CaseRow, receivers: frozenset[str]) -> OpenCase:
    ends = running(clocks_of(row)).values()
    return OpenCase(
        number=row.id or 0,
        severity=Severity(row.severity),
        state=CaseState(row.state),
        title=row.title,
        owner=row.owner,
        team=row.team,
        priority=row.priority,
        by=min(ends, default=None),
        opened_at=row.opened_at,
        receivers=receivers,
    )


def _receivers(session: Session, numbers: Sequence[int]) -> dict[int, frozenset[str]]:
    """Who was alerted of each case, whatever became of the delivery."""
    found: dict[int, set[str]] = {}
    for part in chunks(numbers):
        statement = (
            select(AlertRow.case_id, DeliveryRow.receiver)
            .join(DeliveryAlertRow, col(DeliveryAlertRow.alert_id) == col(AlertRow.id))
            .join(DeliveryRow, col(DeliveryRow.id) == col(DeliveryAlertRow.delivery_id))
            .where(col(AlertRow.case_id).in_(part))
            .distinct()
        )
        for number, receiver in session.exec(statement):
            found.setdefault(number or 0, set()).add(receiver)
    return {number: frozenset(names) for number, names in found.items()}


def last_list(session: Session, before: datetime) -> datetime | None:
    """When the last morning list before ``before`` was made; None where there was none."""
    made = select(func.max(AlertRow.created_at)).where(
        AlertRow.kind == AlertKind.MORNING_LIST.value, col(AlertRow.created_at) < before
    )
    return session.exec(made).first()
