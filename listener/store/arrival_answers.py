"""What somebody forwarded and waits to be answered: what became of each mention, and that it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from listener.model import CaseState
from listener.store.arrivals import pending_of
from listener.store.bulk import insert
from listener.store.tables import (
    ArrivalEntryRow,
    ArrivalRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    MentionRow,
)

__all__ = ["About", "Waiting", "answer", "answer_of", "waiting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What became of one entry. ``case`` is None where none was opened; ``new`` where it opened its case."""

    title: str
    remark: str = ""
    case: int | None = None
    state: CaseState | None = None
    new: bool = False
    broken: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An arrival whose person was not answered yet, with what became of its entries."""

    arrival_id: int
    kind: str
    person: str
    subject: str
    reply_to: str
    arrived_at: datetime
    about: tuple[About, ...] = field(default=())


def waiting(session: Session, only: int | None = None) -> list[Waiting]:
    """Mails whose writer waits for an answer and whose mentions are all worked through, oldest first.

    With ``only`` that one arrival, whatever its kind: who types a command waits for its answer there.
    """
    which = ArrivalRow.kind == "mail" if only is None else ArrivalRow.id == only
    rows = select(ArrivalRow).where(which, col(ArrivalRow.answered_at).is_(None)).order_by(col(ArrivalRow.id))
    found = session.exec(rows.limit(200)).all()
    return [each for each in (_waiting(session, row) for row in found) if each is not None]


def _waiting(session: Session, row: ArrivalRow) -> Waiting | None:
    entries = session.exec(
        select(ArrivalEntryRow).where(ArrivalEntryRow.arrival_id == row.id).order_by(col(ArrivalEntryRow.id))
    ).all()
    about = [_about(session, entry) for entry in entries]
    if any(each is None for each in about):
        return None
    return Waiting(
        arrival_id=row.id or 0,
        kind=row.kind,
        person=row.person,
        subject=row.subject,
        reply_to=row.reply_to,
        arrived_at=row.arrived_at,
        about=tuple(each for each in about if each is not None),
    )


def _about(session: Session, entry: ArrivalEntryRow) -> About | None:
    """What became of an entry; None while its capture still waits."""
    key = {"platform": entry.platform, "site": entry.site, "native_id": entry.native_id}
    states = session.exec(pending_of(key)).all()
    if any(at is None for at in states):
        return None
    if states:
        return About(title=entry.title, remark=entry.remark, broken=True)
    found: Any = session.exec(
        select(MentionRow, CaseMentionRow, CaseRow)
        .outerjoin(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .outerjoin(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(*(getattr(MentionRow, name) == value for name, value in key.items()))
    ).first()
    if found is None:
        return About(title=entry.title, remark=entry.remark, broken=True)
    _, joined, case = found
    if case is None:
        return About(title=entry.title, remark=entry.remark)
    opened = joined.joined_as == "opener" and not entry.repeated
    number = case.merged_into if case.merged_into is not None else case.id
    return About(title=entry.title, remark=entry.remark, case=number, state=CaseState(case.state), new=opened)


def answer(session: Session, waited: Waiting, given: Mapping[str, Any], now: datetime) -> bool:
    """Mark it as answered and write in each of its cases who forwarded it; False where another process was first."""
    statement = (
        update(ArrivalRow)
        .where(col(ArrivalRow.id) == waited.arrival_id, col(ArrivalRow.answered_at).is_(None))
        .values(answered_at=now, answer=dict(given))
        .execution_options(synchronize_session=False)
    )
    result: Any = session.execute(statement)
    if not result.rowcount:
        return False
    events = [
        {
            "case_id": each.case,
            "at": now,
            "actor": waited.person,
            "action": "forwarded",
            "old": "",
            "new": "",
            "note": "\n".join(part for part in (each.title[:200], each.remark) if part),
        }
        for each in waited.about
        if each.case is not None
    ]
    insert(session, CaseEventRow, events)
    return True


def answer_of(session: Session, number: int) -> dict[str, Any]:
    """What was answered to an arrival; empty before it was."""
    row = session.get(ArrivalRow, number)
    return dict(row.answer or {}) if row is not None else {}
