"""Addresses whose mail came back: marked, listed, cleared."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from listener.store.bulk import chunks
from listener.store.tables import BouncedRow, DeliveryRow

__all__ = ["clear", "mark", "marked", "rows", "sent_by_us"]


def sent_by_us(session: Session, address: str, message_ids: Collection[str]) -> bool:
    """True where one of these mails is ours and went to that address."""
    for part in chunks(message_ids):
        ours = select(DeliveryRow.id).where(
            col(DeliveryRow.message_id).in_(part), func.lower(DeliveryRow.address) == address.lower()
        )
        if session.exec(ours).first() is not None:
            return True
    return False


def mark(session: Session, address: str, reason: str, at: datetime) -> bool:
    """Keep that mail to the address comes back; True the first time."""
    row = session.get(BouncedRow, address.lower())
    if row is None:
        session.add(BouncedRow(address=address.lower(), at=at, reason=reason))
        session.flush()
        return True
    row.at, row.reason, row.times = at, reason, row.times + 1
    session.add(row)
    session.flush()
    return False


def marked(session: Session, addresses: Collection[str]) -> dict[str, str]:
    """Of these addresses those that are marked, with what the server said."""
    found: dict[str, str] = {}
    for part in chunks({address.lower() for address in addresses}):
        found |= {
            row.address: row.reason for row in session.exec(select(BouncedRow).where(col(BouncedRow.address).in_(part)))
        }
    return found


def rows(session: Session) -> list[dict[str, Any]]:
    """Every marked address, the newest first."""
    found = session.exec(select(BouncedRow).order_by(col(BouncedRow.at).desc()))
    return [{"address": row.address, "at": row.at, "reason": row.reason, "times": row.times} for row in found]


def clear(session: Session, address: str) -> bool:
    """The address works again; False where it was not marked."""
    result: Any = session.execute(delete(BouncedRow).where(col(BouncedRow.address) == address.lower()))
    return bool(result.rowcount)
