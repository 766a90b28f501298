"""Cases as people move them: read for a decision under a lock, written with their events in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from listener.alerts.clocks import Clocks
from listener.cases.moves import CaseNow, Move
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CaseState, Judgement, Severity
from listener.store.bulk import insert
from listener.store.tables import CaseEventRow, CaseMentionRow, CaseRow, IdentityLinkRow, MentionRow

__all__ = ["attend", "clocks_of", "due", "locked", "move_mentions", "now_of", "record", "reject_link", "split"]


def locked(session: Session, number: int) -> CaseRow:
    """The case, held until the transaction ends so that of two people who move it one is second; ``BadInput`` if none.

    SQLite has one writer at a time and needs no lock.
    """
    row = session.exec(select(CaseRow).where(CaseRow.id == number).with_for_update()).first()
    if row is None:
        what = say(f"没有工单 #{number}", f"no case #{number}")
        raise BadInput(Mistake(say("工单", "case"), what, "listener cases list"))
    return row


def now_of(row: CaseRow) -> CaseNow:
    """The case as a decision needs it."""
    return CaseNow(
        number=row.id or 0,
        state=CaseState(row.state),
        severity=Severity(row.severity),
        owner=row.owner,
        team=row.team,
        customer_id=row.customer_id,
        first_contact_at=row.first_contact_at,
        planned_at=row.planned_at,
        satisfaction=row.satisfaction,
        cause=row.cause,
        countermeasure=row.countermeasure,
        remedy=row.remedy,
        outside_name=row.outside_name,
        outside_number=row.outside_number,
        outside_by=row.outside_by,
    )


def clocks_of(row: CaseRow) -> Clocks:
    """The case's clocks."""
    return Clocks(
        state=CaseState(row.state),
        severity=Severity(row.severity),
        started_at=row.clocks_from or row.opened_at,
        first_contact_by=row.first_contact_by,
        first_contact_at=row.first_contact_at,
        plan_by=row.plan_by,
        planned_at=row.planned_at,
        close_by=row.close_by,
        outside_by=row.outside_by,
        paused_since=row.paused_since,
        escalated=row.escalated or {},
    )


def record(session: Session, row: CaseRow, move: Move, actor: str, at: datetime) -> None:
    """Write what a move changes, and its events."""
    for name, value in move.changes.items():
        setattr(row, name, value)
    row.updated_at = at
    session.add(row)
    session.flush()
    insert(
        session,
        CaseEventRow,
        [
            {
                "case_id": row.id,
                "at": at,
                "actor": actor,
                "action": event.action,
                "old": event.old,
                "new": event.new,
                "note": event.note,
            }
            for event in move.events
        ],
    )


def attend(session: Session, row: CaseRow, when: datetime | None) -> None:
    """When the case's clocks are to be looked at next."""
    row.next_escalation_at = when
    session.add(row)


def due(session: Session, now: datetime, limit: int) -> list[int]:
    """Numbers of the cases whose clocks are to be looked at now, those that waited longest first."""
    statement = (
        select(CaseRow.id)
        .where(col(CaseRow.next_escalation_at) <= now)
        .order_by(col(CaseRow.next_escalation_at), col(CaseRow.id))
        .limit(limit)
    )
    return [number for number in session.exec(statement) if number is not None]


def move_mentions(session: Session, from_case: int, to_case: int, at: datetime) -> int:
    """All mentions of one case join another as 并单; how many."""
    statement = (
        update(CaseMentionRow)
        .where(col(CaseMentionRow.case_id) == from_case)
        .values(case_id=to_case, joined_at=at)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]


def split(session: Session, row: CaseRow, native_ids: Sequence[str], at: datetime, values: Mapping[str, Any]) -> int:
    """Take mentions out of a case into a new one of the same matter; the new case's number.

    ``BadInput`` where a mention is not in the case, or where nothing would be left in it.
    """
    found = session.exec(
        select(CaseMentionRow, MentionRow)
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .where(CaseMentionRow.case_id == row.id)
        .order_by(col(MentionRow.happened_at), col(MentionRow.id))
    ).all()
    chosen = [(joined, said) for joined, said in found if said.native_id in set(native_ids)]
    _check_split(row, native_ids, [said.native_id for _, said in found], [said.native_id for _, said in chosen])
    first = chosen[0][1]
    made = CaseRow(
        **{**values, "title": (first.title or first.text).strip().split("\n", 1)[0][:60]},
        spoken_at=max(said.happened_at for _, said in chosen),
        opened_at=at,
        updated_at=at,
    )
    session.add(made)
    session.flush()
    for place, (joined, _) in enumerate(chosen):
        joined.case_id, joined.joined_at = made.id or 0, at
        joined.joined_as = "opener" if place == 0 else joined.joined_as
        session.add(joined)
    session.flush()
    return made.id or 0


def _check_split(row: CaseRow, wanted: Sequence[str], present: Sequence[str], chosen: Sequence[str]) -> None:
    where = say(f"工单 #{row.id}", f"case #{row.id}")
    strange = [one for one in wanted if one not in present]
    if strange or not wanted:
        what = say(f"其中没有信息 {'、'.join(strange)}", f"holds no mention {', '.join(strange)}")
        raise BadInput(Mistake(where, what, "、".join(present[:20])))
    if len(chosen) == len(present):
        what = say("不能把全部信息拆出", "nothing would be left in it")
        raise BadInput(Mistake(where, what, say("至少留下一条", "leave at least one")))


def reject_link(session: Session, case_id: int, customer_id: int, actor: str, reason: str, at: datetime) -> int:
    """The customer is not who speaks in this case: the links of its mentions become negative; how many."""
    mentions = select(CaseMentionRow.mention_id).where(CaseMentionRow.case_id == case_id)
    statement = (
        update(IdentityLinkRow)
        .where(col(IdentityLinkRow.mention_id).in_(mentions), col(IdentityLinkRow.customer_id) == customer_id)
        .values(judgement=Judgement.NEGATIVE.value, decided_by=actor, decided_at=at, reason=reason)
        .execution_options(synchronize_session=False)
    )
    return int(session.execute(statement).rowcount)  # type: ignore[attr-defined]
