"""What an outside judge said, by the digest of the text, and what asking cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from listener.store.bulk import chunks, upsert
from listener.store.tables import VerdictRow

__all__ = ["keep", "known", "spent"]


def known(session: Session, digests: Iterable[str]) -> dict[str, dict[str, Any] | None]:
    """The answers kept for these texts; None where asking had failed."""
    found: dict[str, dict[str, Any] | None] = {}
    for part in chunks(set(digests)):
        rows = session.exec(select(VerdictRow).where(col(VerdictRow.digest).in_(part)))
        found |= {row.digest: row.answer for row in rows}
    return found


def keep(session: Session, made: Mapping[str, Any]) -> None:
    """Keep one answer."""
    upsert(session, VerdictRow, [made], ("digest",))


def spent(session: Session, since: datetime) -> int:
    """Tokens used since a moment."""
    used = session.exec(select(func.sum(VerdictRow.tokens)).where(VerdictRow.at >= since)).one()
    return int(used or 0)
