"""What rulings on links do to cases: give them their customer, take it away, make them graver, tell their owner."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from listener.alerts import rules
from listener.cases.moves import Move, Moved
from listener.customers.segments import RAISED, raised
from listener.handling import Desk, route_facts
from listener.model import CaseState, Severity
from listener.settings import SegmentSettings
from listener.store import case_moves, outbox, rulings
from listener.store.tables import AnalysisRow, CaseMentionRow, CaseRow, CustomerRow
from listener.store.traits import traits
from listener.text.mask import mask

__all__ = ["By", "calm", "external", "give", "raised_by_machine", "record", "take", "tell"]


@dataclass(frozen=True, slots=True)
class By:
    """Who rules, why, and when."""

    person: str
    note: str
    at: datetime
    segments: SegmentSettings = field(default_factory=SegmentSettings)


def give(session: Session, mentions: list[int], customer: CustomerRow, by: By, followed: dict[str, Any]) -> list[int]:
    """The cases of these mentions are this customer's, where nobody's yet."""
    done = []
    for case in rulings.open_cases(session, mentions):
        if case.customer_id is not None or case.state == CaseState.MERGED:
            continue
        followed["cases"].append([case.id, None, customer.id])
        record(session, case, customer.id, "customer_id", "", customer.external_id, by)
        _grade(session, case, customer, by, followed)
        done.append(case.id or 0)
    return done


def _grade(session: Session, case: CaseRow, customer: CustomerRow, by: By, followed: dict[str, Any]) -> None:
    """What the customer is may make an open case graver, as it would have at its opening."""
    if not CaseState(case.state).open:
        return
    its = traits(session, [customer], by.at, by.segments).get(customer.id or 0)
    if its is None or not by.segments.raise_key:
        return
    severity, why = raised(Severity(case.severity), its.segment, its.history.complaints - 1)
    if why:
        followed["severities"].append([case.id, case.severity, severity.value])
        move = Move({"severity": severity.value}, [Moved("severity", case.severity, severity.value, why)])
        case_moves.record(session, case, move, by.person, by.at)


def calm(session: Session, case: CaseRow, before: str, by: By) -> None:
    """The severity that was not the customer's doing; the clocks that it tightened stay, nobody waits longer for it."""
    move = Move({"severity": before}, [Moved("severity", case.severity, before, by.note)])
    case_moves.record(session, case, move, by.person, by.at)


def take(session: Session, mentions: list[int], customer: CustomerRow, by: By, followed: dict[str, Any]) -> list[int]:
    """The cases of these mentions are not this customer's."""
    done = []
    for case in rulings.open_cases(session, mentions):
        if case.customer_id == customer.id:
            followed["cases"].append([case.id, customer.id, None])
            record(session, case, None, "unlink", customer.external_id, "", by)
            done.append(case.id or 0)
    return done


def record(session: Session, case: CaseRow, customer: int | None, action: str, old: str, new: str, by: By) -> None:
    """Set the customer of a case, with the event that tells of it."""
    move = Move({"customer_id": customer}, [Moved(action, old, new, by.note)])
    case_moves.record(session, case, move, by.person, by.at)


def raised_by_machine(session: Session, cases: list[int]) -> dict[int, tuple[str, str]]:
    """Of cases that were graver from the start because of their customer: (severity without, severity with)."""
    statement = (
        select(CaseMentionRow.case_id, AnalysisRow.severity, AnalysisRow.severity_reason)
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(CaseMentionRow.mention_id))
        .where(col(CaseMentionRow.case_id).in_(cases), CaseMentionRow.joined_as == "opener")
    )
    lower = {"S2": "S3", "S3": "S4"}
    return {
        number: (lower[severity], severity)
        for number, severity, reason in session.exec(statement)
        if severity in lower and any(word in reason for word in RAISED)
    }


def external(session: Session, customer: int | None) -> str:
    """The outside id of a customer; "" for none."""
    row = session.get(CustomerRow, customer) if customer is not None else None
    return row.external_id if row else ""


def tell(session: Session, case: CaseRow, desk: Desk, by: By) -> None:
    """Who works on the case has to know that it is somebody else's."""
    if not CaseState(case.state).open:
        return
    alert = rules.handling_alert(
        case.fingerprint,
        "link_withdrawn",
        Severity(case.severity),
        actor=by.person,
        note=mask(by.note),
        at=by.at,
        facts=route_facts(session, case, desk, by.at),
    )
    outbox.add_alerts(session, [(alert, case.id, None, desk.recipients(alert, case.owner, case.team))], by.at)
