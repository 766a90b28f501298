"""Links decided again for stored mentions: whose customers came later than they did, or whose binding was undone.

Only what the machine decided is decided anew; what people ruled stays. A case without a customer gets the one that is
sure now, and its history says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlmodel import Session, col, select

from listener import deciding
from listener.cases.moves import Move, Moved
from listener.model import CaseState, IdentityLink, Judgement
from listener.steps import Steps
from listener.store import asked, case_moves, rulings
from listener.store.bulk import insert_new
from listener.store.captures import Pending
from listener.store.captures_rows import raw_of
from listener.store.engine import Database
from listener.store.mentions import link_row
from listener.store.tables import CustomerRow, IdentityLinkRow, MentionRow, RawMentionRow

__all__ = ["relink"]

BATCH = 200
_SYSTEM = "listener"


def relink(
    database: Database, steps: Steps, clock: Callable[[], datetime], stop: Callable[[], bool] = lambda: False
) -> int:
    """Decide the links of all marked mentions again; how many mentions were looked at."""
    done = 0
    while not stop():
        with database.read() as session:
            numbers = asked.pending(session, BATCH)
            waiting = _captures(session, numbers)
        if not numbers:
            break
        understood = deciding.understand(steps, waiting)
        with database.write() as session:
            _decide(session, steps, understood, clock())
            asked.settle(session, numbers)
        done += len(numbers)
    return done


def _captures(session: Session, numbers: Sequence[int]) -> list[Pending]:
    statement = (
        select(RawMentionRow)
        .join(MentionRow, col(MentionRow.raw_id) == col(RawMentionRow.id))
        .where(col(MentionRow.id).in_(numbers))
    )
    return [Pending(raw.id or 0, raw_of(raw), False) for raw in session.exec(statement)]


def _decide(session: Session, steps: Steps, understood: Sequence[deciding.Understood], now: datetime) -> None:
    raw = [each.mention.raw_id for each in understood]
    rows = {row.raw_id: row for row in session.exec(select(MentionRow).where(col(MentionRow.raw_id).in_(raw)))}
    present = [each for each in understood if each.mention.raw_id in rows]
    stored = [rows[each.mention.raw_id] for each in present]
    keys, links = deciding.linked(
        session,
        steps,
        [each.mention for each in present],
        [each.analysis for each in present],
        [row.duplicate_of is not None for row in stored],
    )
    ids = {each.mention.key: row.id or 0 for each, row in zip(present, stored, strict=True)}
    asked.keep(session, {each.mention.key: found for each, found in zip(present, keys, strict=True)}, ids)
    for row, found in zip(stored, links, strict=True):
        _write(session, row, found, now)


def _write(session: Session, said: MentionRow, links: Sequence[IdentityLink], now: datetime) -> None:
    """The machine's links of one mention in place of those it made before; a person's word stays."""
    mine = (IdentityLinkRow.mention_id == said.id, IdentityLinkRow.decided_by == "")
    session.execute(delete(IdentityLinkRow).where(*mine))  # type: ignore[arg-type]
    ruled = set(session.exec(select(IdentityLinkRow.customer_id).where(IdentityLinkRow.mention_id == said.id)))
    rows = [link_row(link, said.id or 0, now) for link in links if link.customer_id not in ruled]
    if rows:
        insert_new(session, IdentityLinkRow, rows, ("mention_id", "customer_id"))
    sure = [link for link in links if link.judgement is Judgement.POSITIVE and link.customer_id not in ruled]
    if len(sure) == 1 and not ruled:
        _give(session, said, sure[0], now)


def _give(session: Session, said: MentionRow, link: IdentityLink, now: datetime) -> None:
    customer = session.get(CustomerRow, link.customer_id)
    for case in rulings.open_cases(session, [said.id or 0]):
        if case.customer_id is None and case.state != CaseState.MERGED and customer is not None:
            event = Moved("customer_id", "", customer.external_id, link.reason)
            case_moves.record(session, case, Move({"customer_id": customer.id}, [event]), _SYSTEM, now)
