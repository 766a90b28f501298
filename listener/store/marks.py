"""What people mark on a customer: flags with evidence, and that no mention may be linked to them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from listener.model import CaseState
from listener.store import link_index
from listener.store.customer_tables import FlagRow
from listener.store.tables import CaseRow, CustomerRow

LEAST_EVIDENCE = 8
"""Characters of evidence that a flag needs: a word is no evidence."""

_ENDED = tuple(state.value for state in CaseState if not state.open)


def number_of(session: Session, external_id: str) -> int | None:
    """The customer's number; None where there is none."""
    return session.exec(select(CustomerRow.id).where(CustomerRow.external_id == external_id)).first()


def owns_case_of(session: Session, person: str, external_id: str) -> bool:
    """True where the person has an open case of this customer in hand."""
    statement = (
        select(CaseRow.id)
        .join(CustomerRow, col(CustomerRow.id) == col(CaseRow.customer_id))
        .where(CustomerRow.external_id == external_id, CaseRow.owner == person, col(CaseRow.state).not_in(_ENDED))
        .limit(1)
    )
    return session.exec(statement).first() is not None


def flag(session: Session, number: int, name: str, cipher: bytes, person: str, now: datetime) -> None:
    """Mark the customer; an earlier mark of that name is ended by it."""
    unflag(session, number, name, person, now)
    session.add(FlagRow(customer_id=number, flag=name, cipher=cipher, set_by=person, set_at=now))


def unflag(session: Session, number: int, name: str, person: str, now: datetime) -> bool:
    """End the mark; False where there is none."""
    statement = select(FlagRow).where(
        FlagRow.customer_id == number, FlagRow.flag == name, col(FlagRow.ended_at).is_(None)
    )
    rows = session.exec(statement).all()
    for row in rows:
        row.ended_at, row.ended_by = now, person
    return bool(rows)


def do_not_link(session: Session, number: int, wanted: bool) -> None:
    """Say whether mentions may be linked to the customer."""
    row = session.get(CustomerRow, number)
    if row is not None:
        row.do_not_link = wanted
        link_index.forbid(session, number, wanted)
