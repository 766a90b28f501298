"""Which ticket of another system is which case's, and what state it was last in.

A ticket is made by one process at a time: whoever inserts its row, or finds a reservation that lapsed, makes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from listener.cases.moves import Move, Moved
from listener.model import CaseState
from listener.store import case_moves
from listener.store.bulk import insert_new
from listener.store.engine import Database
from listener.store.tables import CaseRow, OutsideTicketRow

__all__ = ["OutsideTicket", "StoredTicketBook", "followed", "heard", "rows"]

RESERVED = timedelta(minutes=2)
"""So long a ticket may take to be made before another process looks for it and makes it."""

MADE = "outside_ticket"
"""The event of a case for which a ticket was made."""


@dataclass(frozen=True, slots=True)
class OutsideTicket:
    """A ticket of an open case."""

    external: str
    ticket: str
    state: str
    case_id: int


class StoredTicketBook:
    """The book of the tickets; each call is a transaction of its own, since the other system is asked in between."""

    def __init__(self, database: Callable[[], Database], clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def known(self, notifier: str, external: str) -> str:
        """The ticket's number, "" where none is known."""
        with self._database().read() as session:
            return session.exec(select(OutsideTicketRow.ticket).where(*_one(notifier, external))).first() or ""

    def reserve(self, notifier: str, external: str, case: int | None) -> bool:
        """True where this process alone may make the ticket until the reservation lapses."""
        now = self._clock()
        row: dict[str, Any] = {"notifier": notifier, "external": external, "case_id": case, "ticket": "", "state": ""}
        with self._database().write() as session:
            row["case_id"] = case if case is not None and session.get(CaseRow, case) is not None else None
            row |= {"making_until": now + RESERVED, "created_at": now}
            primary = (col(OutsideTicketRow.notifier), col(OutsideTicketRow.external))
            if insert_new(session, OutsideTicketRow, [row], ("notifier", "external"), primary):
                return True
            lapsed = (col(OutsideTicketRow.making_until) <= now, col(OutsideTicketRow.ticket) == "")
            taken: Any = session.execute(
                update(OutsideTicketRow)
                .where(*_one(notifier, external), *lapsed)
                .values(making_until=now + RESERVED)
                .execution_options(synchronize_session=False)
            )
            return bool(taken.rowcount)

    def keep(self, notifier: str, external: str, ticket: str, case: int | None) -> None:
        """Remember the ticket; the case's history tells of it."""
        now = self._clock()
        with self._database().write() as session:
            session.execute(
                update(OutsideTicketRow)
                .where(*_one(notifier, external))
                .values(ticket=ticket, making_until=None)
                .execution_options(synchronize_session=False)
            )
            row = session.get(CaseRow, case) if case is not None else None
            if row is not None:
                told = Move(events=[Moved(MADE, "", f"{notifier} {ticket}", external)])
                case_moves.record(session, row, told, notifier, now)

    def forget(self, notifier: str, external: str) -> None:
        """It was deleted there, or could not be made."""
        with self._database().write() as session:
            session.execute(delete(OutsideTicketRow).where(*_one(notifier, external)))


def _one(notifier: str, external: str) -> tuple[Any, Any]:
    return (col(OutsideTicketRow.notifier) == notifier, col(OutsideTicketRow.external) == external)


_OPEN = [state.value for state in CaseState if state.open]


def followed(session: Session, notifier: str, gone: str) -> list[OutsideTicket]:
    """The tickets of open cases in one system, those left out whose state is ``gone``."""
    statement = (
        select(OutsideTicketRow)
        .join(CaseRow, col(CaseRow.id) == col(OutsideTicketRow.case_id))
        .where(OutsideTicketRow.notifier == notifier, OutsideTicketRow.ticket != "", OutsideTicketRow.state != gone)
        .where(col(CaseRow.state).in_(_OPEN))
        .order_by(col(OutsideTicketRow.case_id))
    )
    return [OutsideTicket(row.external, row.ticket, row.state, row.case_id or 0) for row in session.exec(statement)]


def heard(session: Session, notifier: str, ticket: OutsideTicket, state: str, now: datetime) -> bool:
    """Keep the state; True where it changed from what ``ticket`` says and nobody else has kept it since."""
    changed: Any = session.execute(
        update(OutsideTicketRow)
        .where(*_one(notifier, ticket.external), col(OutsideTicketRow.state) == ticket.state)
        .values(state=state, asked_at=now, **({} if state == ticket.state else {"changed_at": now}))
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount) and state != ticket.state


def rows(session: Session) -> list[Mapping[str, Any]]:
    """Every ticket with its case's state, the newest first."""
    statement = (
        select(OutsideTicketRow, CaseRow.state)
        .join(CaseRow, col(CaseRow.id) == col(OutsideTicketRow.case_id), isouter=True)
        .order_by(col(OutsideTicketRow.created_at).desc(), col(OutsideTicketRow.external))
    )
    return [{**row.model_dump(), "case_state": state or ""} for row, state in session.exec(statement)]
