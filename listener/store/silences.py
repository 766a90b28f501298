"""Silences as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from listener.alerts.silences import Silence
from listener.store.tables import SilenceRow

__all__ = ["active", "add", "end", "rows"]


def add(
    session: Session, wanted: Mapping[str, list[str]], author: str, reason: str, start: datetime, end: datetime
) -> int:
    """Keep a silence; its number."""
    row = SilenceRow(matcher=dict(wanted), author=author, reason=reason, starts_at=start, ends_at=end)
    session.add(row)
    session.flush()
    return row.id or 0


def end(session: Session, number: int, now: datetime) -> bool:
    """End a silence that still holds; False where there is none such."""
    row = session.get(SilenceRow, number)
    if row is None or row.ended_at is not None or row.ends_at <= now:
        return False
    row.ended_at = row.ends_at = now
    session.add(row)
    return True


def active(session: Session, now: datetime) -> list[Silence]:
    """The silences that hold now."""
    holding = select(SilenceRow).where(col(SilenceRow.starts_at) <= now, col(SilenceRow.ends_at) > now)
    return [_silence(row) for row in session.exec(holding.order_by(col(SilenceRow.id)))]


def _silence(row: SilenceRow) -> Silence:
    return Silence(
        number=row.id or 0,
        author=row.author,
        reason=row.reason,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        wanted=row.matcher or {},
    )


def rows(session: Session) -> list[dict[str, Any]]:
    """Every silence, the newest first."""
    found = session.exec(select(SilenceRow).order_by(col(SilenceRow.id).desc()))
    names = ("id", "matcher", "author", "reason", "starts_at", "ends_at", "ended_at")
    return [{name: getattr(row, name) for name in names} for row in found]
