"""Versions of the learnt weights of linking, and the ruled links that they are learnt from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from listener.store.captures import Pending
from listener.store.captures_rows import raw_of
from listener.store.link_tables import LinkRulingRow, LinkWeightsRow
from listener.store.tables import MentionRow, RawMentionRow

__all__ = ["in_force", "keep", "ruled", "shifts", "versions", "withdraw"]

MOST_RULINGS = 20_000
"""The newest rulings are learnt from."""


def in_force(session: Session) -> LinkWeightsRow | None:
    """The version in force; None where the shipped weights are."""
    statement = select(LinkWeightsRow).where(col(LinkWeightsRow.withdrawn_at).is_(None))
    return session.exec(statement.order_by(col(LinkWeightsRow.id).desc())).first()


def shifts(session: Session) -> dict[str, float]:
    """Bits by kind of evidence of the version in force."""
    row = in_force(session)
    return dict(row.shifts or {}) if row else {}


def keep(session: Session, found: Mapping[str, float], figures: Mapping[str, Any], person: str, at: datetime) -> int:
    """Put a new version in force; its number."""
    row = LinkWeightsRow(shifts=dict(found), figures=dict(figures), made_by=person, made_at=at)
    session.add(row)
    session.flush()
    return row.id or 0


def withdraw(session: Session, person: str, at: datetime) -> LinkWeightsRow | None:
    """Take the version in force back: the one before it is then; None where there is none."""
    row = in_force(session)
    if row is not None:
        row.withdrawn_at, row.withdrawn_by = at, person
        session.add(row)
        session.flush()
    return row


def versions(session: Session) -> list[LinkWeightsRow]:
    """All versions, the newest first."""
    return list(session.exec(select(LinkWeightsRow).order_by(col(LinkWeightsRow.id).desc())))


def ruled(session: Session) -> list[tuple[Pending, LinkRulingRow]]:
    """The captures of ruled mentions with their rulings in force, the newest first; what retention took is left out."""
    statement = (
        select(RawMentionRow, LinkRulingRow)
        .join(MentionRow, col(MentionRow.raw_id) == col(RawMentionRow.id))
        .join(LinkRulingRow, col(LinkRulingRow.mention_id) == col(MentionRow.id))
        .where(col(LinkRulingRow.undone_at).is_(None))
        .order_by(col(LinkRulingRow.id).desc())
        .limit(MOST_RULINGS)
    )
    return [(Pending(raw.id or 0, raw_of(raw), False), row) for raw, row in session.exec(statement)]
