"""What single commands and pages show: the newest cases, one case whole, deliveries, links, one customer.

Plain dictionaries of stored values; masking and wording belong to those who show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_
from sqlmodel import Session, col, select

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CaseState
from listener.store.digests import PLAIN
from listener.store.tables import (
    AnalysisRow,
    AuditRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    DeliveryRow,
    FactRow,
    IdentityLinkRow,
    MentionCheckRow,
    MentionRow,
)

Facts = dict[str, Any]


def case_rows(session: Session, state: str, limit: int) -> list[Facts]:
    """The cases of the highest priority, the newest of equal ones first; of one ``state`` where given.

    ``BadInput`` for an unknown state.
    """
    if state and state not in [known.value for known in CaseState]:
        known = ", ".join(known.value for known in CaseState)
        raise BadInput(Mistake("--state", say(f"没有状态 {state}", f"no state {state}"), known))
    size = select(func.count()).where(CaseMentionRow.case_id == CaseRow.id).scalar_subquery()
    statement = select(CaseRow, CustomerRow.external_id, size).outerjoin(
        CustomerRow, col(CustomerRow.id) == col(CaseRow.customer_id)
    )
    if state:
        statement = statement.where(CaseRow.state == state)
    ordered = statement.order_by(col(CaseRow.priority).desc(), col(CaseRow.severity), col(CaseRow.id).desc()).limit(
        limit
    )
    return [
        _case(row) | {"customer": customer, "mentions": mentions} for row, customer, mentions in session.exec(ordered)
    ]


def _case(row: CaseRow) -> Facts:
    names = (
        "severity", "state", "problem", "title", "topic", "reason", "owner", "team", "opened_at", "first_contact_by",
        "first_contact_at", "plan_by", "planned_at", "close_by", "answered_at", "closed_at", "paused_since", "cause",
        "countermeasure", "remedy", "satisfaction", "satisfaction_judged", "closed_reason", "merged_into",
        "supervised_by", "outside_name", "outside_number", "outside_by", "priority", "factors", "reach", "recent",
        "wanted",
    )  # fmt: skip
    return {"number": row.id} | {name: getattr(row, name) for name in names}


def case_detail(session: Session, number: int) -> Facts | None:
    """One case with its mentions (oldest first), links and events; None where there is none of that number."""
    row = session.get(CaseRow, number)
    if row is None:
        return None
    holder = session.get(CustomerRow, row.customer_id) if row.customer_id is not None else None
    return _case(row) | {
        "customer": holder.external_id if holder else None,
        "mentions": _case_mentions(session, number),
        "events": _events(session, number),
    }


def _case_mentions(session: Session, number: int) -> list[Facts]:
    statement = (
        select(CaseMentionRow, MentionRow, AnalysisRow, MentionCheckRow)
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .outerjoin(MentionCheckRow, col(MentionCheckRow.mention_id) == col(MentionRow.id))
        .where(CaseMentionRow.case_id == number)
        .order_by(col(MentionRow.happened_at), col(MentionRow.id))
    )
    return [
        {
            "number": said.id,
            "joined_as": joined.joined_as,
            "said_at": said.happened_at,
            "platform": said.platform,
            "source": said.source,
            "author": said.author_name,
            "author_id": said.author_id,
            "original": said.duplicate_of,
            "repost_reason": said.duplicate_reason,
            "title": said.title,
            "text": said.text,
            "url": said.url,
            "company_reply": (said.fields or {}).get("company_reply", ""),
            "checked_at": checked.checked_at if checked else None,
            "gone_at": checked.gone_at if checked else None,
            "sentiment": found.sentiment if found else "",
            "words": found.words if found else [],
            "complaint_reason": found.complaint_reason if found else "",
        }
        for joined, said, found, checked in session.exec(statement)
    ]


def _events(session: Session, number: int) -> list[Facts]:
    rows = session.exec(select(CaseEventRow).where(CaseEventRow.case_id == number).order_by(col(CaseEventRow.id)))
    names = ("at", "actor", "action", "old", "new", "note")
    return [{name: getattr(row, name) for name in names} for row in rows]


HELD = "held"
"""Asks for every delivery that was held back: those that wait (digest, silence, full hour) and those that are over."""


def delivery_rows(session: Session, status: str, limit: int, case: int | None = None) -> list[Facts]:
    """The newest deliveries, of one status and of one case where given; ``held`` are those held back."""
    statement = select(DeliveryRow).order_by(col(DeliveryRow.id).desc()).limit(limit)
    if case is not None:
        statement = statement.where(DeliveryRow.case_id == case)
    waits = (col(DeliveryRow.digest).is_(True), col(DeliveryRow.status) == "pending")
    if status == HELD:
        statement = statement.where(or_(col(DeliveryRow.held) != "", and_(*waits)))
    elif status:
        statement = statement.where(DeliveryRow.status == status)
    names = ("id", "status", "receiver", "subject", "reason", "held", "attempts", "last_error", "sent_at", "case_id")
    rows = session.exec(statement).all()
    found = [{name: getattr(row, name) for name in names} for row in rows]
    return [
        facts | ({"held": facts["held"] or PLAIN} if row.digest and row.status == "pending" else {})
        for facts, row in zip(found, rows, strict=True)
    ]


def link_rows(session: Session, limit: int, judgement: str = "") -> list[Facts]:
    """The links of the newest mentions, the surest of each first, with their evidence; of one judgement where given."""
    statement = (
        select(IdentityLinkRow, MentionRow, CustomerRow.external_id)
        .join(MentionRow, col(MentionRow.id) == col(IdentityLinkRow.mention_id))
        .join(CustomerRow, col(CustomerRow.id) == col(IdentityLinkRow.customer_id))
        .order_by(col(MentionRow.id).desc(), col(IdentityLinkRow.score).desc(), col(IdentityLinkRow.customer_id))
        .limit(limit)
    )
    if judgement:
        statement = statement.where(IdentityLinkRow.judgement == judgement)
    return [
        {
            "mention": f"{said.platform}:{said.native_id}",
            "native_id": said.native_id,
            "customer": external_id,
            "decided_by": link.decided_by,
            "judgement": link.judgement,
            "score": round(link.score, 4),
            "evidence": link.evidence or [],
            "reason": link.reason,
        }
        for link, said, external_id in session.exec(statement)
    ]


def case_of(session: Session, customer_ids: Sequence[int]) -> list[int]:
    """Numbers of all cases of these customers."""
    rows = session.exec(select(CaseRow.id).where(col(CaseRow.customer_id).in_(customer_ids)))
    return [number for number in rows if number is not None]


def audit(session: Session, person: str, action: str, subject: str, now: datetime, note: str = "") -> None:
    """Keep who saw or changed something personal."""
    session.add(AuditRow(at=now, person=person, action=action, subject=subject, note=note))


def audited(session: Session, action: str, note: str) -> bool:
    """True where the audit holds such an entry."""
    found = select(AuditRow.id).where(AuditRow.action == action, AuditRow.note == note).limit(1)
    return session.exec(found).first() is not None


def fact(session: Session, name: str) -> str:
    """A single fact about the installation; "" where it is not set."""
    row = session.get(FactRow, name)
    return row.value if row else ""


def set_fact(session: Session, name: str, value: str) -> None:
    """Set a single fact about the installation."""
    row = session.get(FactRow, name) or FactRow(name=name)
    row.value = value
    session.add(row)
