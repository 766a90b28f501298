"""Cases: what joining needs to know, and writing what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from listener.alerts.priority import SEVERITIES
from listener.cases.matters import CaseKeys, FoundCases, KnownCase
from listener.errors import Retry
from listener.language import say
from listener.model import CaseDecision, CaseState, MentionKey, Processed, Satisfaction, Severity
from listener.store import outside
from listener.store.bulk import among, chunks, insert, insert_new
from listener.store.mentions import NATURAL_COLUMNS, THREAD_COLUMNS
from listener.store.tables import CaseEventRow, CaseMentionRow, CaseRow, MentionRow

SYSTEM = "listener"
"""The actor of what no person did."""


def found(session: Session, keys: CaseKeys) -> FoundCases:
    """The cases that ``listener.cases.joining.decide`` needs for one batch; a fixed number of statements."""
    cases = FoundCases()
    for matters in chunks(keys.matters):
        rows = session.exec(select(CaseRow).where(col(CaseRow.matter).in_(matters)).order_by(col(CaseRow.id)))
        for row in rows:
            cases.by_matter.setdefault(row.matter, []).append(_known(row))
    _follow_merges(session, cases)
    _by_mention(session, keys, cases)
    _by_thread(session, keys, cases)
    _by_place(session, keys, cases)
    _complained(session, keys, cases)
    return cases


def _follow_merges(session: Session, cases: FoundCases) -> None:
    """What was merged into another case goes on there: the case that stays stands last in its matter too."""
    ids = {known.merged_into for each in cases.by_matter.values() for known in each if known.merged_into is not None}
    into: dict[int, KnownCase] = {}
    for part in chunks(ids):
        for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(part))):
            into[row.id or 0] = _known(row)
    for known in cases.by_matter.values():
        known += [into[each.merged_into] for each in list(known) if each.merged_into in into]


def _by_mention(session: Session, keys: CaseKeys, cases: FoundCases) -> None:
    for part in chunks(keys.mentions, 3):
        statement = (
            select(MentionRow.platform, MentionRow.site, MentionRow.native_id, CaseRow)
            .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
            .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
            .where(among(NATURAL_COLUMNS, part))
        )
        for platform, site, native_id, row in session.exec(statement):
            cases.by_mention[MentionKey(platform, site, native_id)] = _known(row)


def _by_thread(session: Session, keys: CaseKeys, cases: FoundCases) -> None:
    for part in chunks({thread[:3] for thread in keys.threads}, 3):
        statement = (
            select(MentionRow, CaseRow)
            .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
            .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
            .where(among(THREAD_COLUMNS, part), col(CaseMentionRow.joined_as).not_in(("repost", "witness")))
            .order_by(col(CaseRow.id))
        )
        for said, row in session.exec(statement):
            thread = (said.platform, said.site, said.thread_id, said.author_id or said.author_name)
            if thread in keys.threads:
                cases.by_thread[thread] = _known(row)


def _by_place(session: Session, keys: CaseKeys, cases: FoundCases) -> None:
    closed = [state for state in CaseState if not state.open]
    for part in chunks(keys.places, 3):
        statement = (
            select(MentionRow.platform, MentionRow.site, MentionRow.thread_id, CaseRow)
            .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
            .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
            .where(among(THREAD_COLUMNS, part), CaseMentionRow.joined_as == "opener", col(CaseRow.state).not_in(closed))
            .order_by(col(CaseRow.id))
        )
        for platform, site, thread, row in session.exec(statement):
            cases.by_place.setdefault((platform, site, thread), []).append(_known(row))


def _complained(session: Session, keys: CaseKeys, cases: FoundCases) -> None:
    """When each speaker's complaints were said that became cases."""
    author = func.coalesce(func.nullif(MentionRow.author_id, ""), MentionRow.author_name)
    columns = (CaseRow.customer_id, MentionRow.platform, MentionRow.site, author, MentionRow.happened_at)
    counted = col(CaseRow.state).not_in((CaseState.MERGED.value, CaseState.NOT_COMPLAINT.value))
    opened: Any = (
        sqlalchemy.select(*columns)  # type: ignore[call-overload]
        .join(CaseMentionRow, col(CaseMentionRow.case_id) == col(CaseRow.id))
        .join(MentionRow, col(MentionRow.id) == col(CaseMentionRow.mention_id))
        .where(counted, CaseMentionRow.joined_as == "opener")
    )
    customers = [int(speaker[1]) for speaker in keys.speakers if speaker[0] == "customer"]
    for numbers in chunks(customers):
        for number, *_, at in session.execute(opened.where(col(CaseRow.customer_id).in_(numbers))):
            cases.complained.setdefault(("customer", str(number)), []).append(at)
    authors = [speaker[1:] for speaker in keys.speakers if speaker[0] == "author"]
    by_id = (MentionRow.platform, MentionRow.site, MentionRow.author_id)
    for names in chunks(authors, 7):  # an author is known by number, or where there is none by name
        nameless = [(platform, site, "", name) for platform, site, name in names]
        asked = or_(among(by_id, names), among((*by_id, MentionRow.author_name), nameless))
        for _, platform, site, name, at in session.execute(opened.where(asked)):
            cases.complained.setdefault(("author", platform, site, name), []).append(at)


def _known(row: CaseRow) -> KnownCase:
    return KnownCase(
        fingerprint=row.fingerprint,
        matter=row.matter,
        state=CaseState(row.state),
        severity=Severity(row.severity),
        problem=row.problem,
        spoken_at=row.spoken_at,
        case_id=row.id,
        title=row.title,
        topic=row.topic,
        customer_id=row.customer_id,
        closed_at=row.closed_at,
        satisfaction=row.satisfaction,
        merged_into=row.merged_into,
    )


def write(session: Session, batch: Sequence[Processed], ids: Mapping[MentionKey, int], now: datetime) -> dict[str, int]:
    """Write the batch's case decisions; fingerprint to case id.

    ``Retry`` where another worker opened one of these cases first: the batch has to be decided again.
    """
    decided = [done for done in batch if done.case.action != "none"]
    opened = {done.case.fingerprint: done for done in decided if done.case.action == "open"}
    numbers = _open(session, opened, now)
    joined = {done.case.fingerprint for done in decided} - numbers.keys()
    rows = _rows(session, joined | numbers.keys())
    numbers = {fingerprint: row.id or 0 for fingerprint, row in rows.items()}
    joining = [done for done in decided if done.case.action == "join"]
    insert(
        session, CaseEventRow, [event for done in joining for event in _update(rows[done.case.fingerprint], done, now)]
    )
    links = [_mention_row(done, ids, numbers, now) for done in decided]
    if links:
        insert_new(session, CaseMentionRow, links, ("mention_id",))
    return numbers


def _open(session: Session, opened: Mapping[str, Processed], now: datetime) -> dict[str, int]:
    if not opened:
        return {}
    rows = [_case_row(done.case, done, now) for done in opened.values()]
    new = insert_new(session, CaseRow, rows, ("fingerprint",), [col(CaseRow.id), col(CaseRow.fingerprint)])
    if len(new) != len(rows):
        raise Retry(say("其中一个工单已由另一个进程立案", "another worker opened one of these cases first"))
    numbers = {row.fingerprint: row.id for row in new}
    events = [
        _event(numbers[print_], now, "opened", "", done.case.state.value, done.case.reason)
        for print_, done in opened.items()
    ]
    insert(session, CaseEventRow, events)
    return numbers


def _rows(session: Session, fingerprints: set[str]) -> dict[str, CaseRow]:
    rows: dict[str, CaseRow] = {}
    for part in chunks(fingerprints):
        # held until the end, so that what a person does at the same moment is not written over
        statement = select(CaseRow).where(col(CaseRow.fingerprint).in_(part)).order_by(col(CaseRow.id))
        for row in session.exec(statement.with_for_update()):
            rows[row.fingerprint] = row
    return rows


def _case_row(decision: CaseDecision, done: Processed, now: datetime) -> dict[str, Any]:
    return {
        "fingerprint": decision.fingerprint,
        "matter": decision.fingerprint.rpartition("-")[0],
        "state": decision.state.value,
        "severity": decision.severity.value,
        "title": decision.title,
        "topic": decision.topic,
        "problem": decision.problem,
        "reason": decision.reason,
        "customer_id": decision.customer_id,
        "owner": decision.owner,
        "team": decision.team,
        "opened_at": now,
        "spoken_at": done.mention.happened_at,
        "updated_at": now,
        "clocks_from": now,
        "first_contact_by": decision.first_contact_by,
        "plan_by": decision.plan_by,
        "close_by": decision.close_by,
        "next_escalation_at": decision.attend_at,
        "recent": decision.recent,
        "reach": _reach(done),
        "wanted": done.analysis.remedy,
        "outside_name": decision.outside_name,
        "outside_number": decision.outside_number,
        "outside_by": decision.outside_by,
        "priority": SEVERITIES[decision.severity],
        **outside.quietly(done, now),
    }


def _reach(done: Processed) -> int:
    """How many people one mention reaches: who follows its author, or has read it."""
    metrics = done.mention.metrics
    return max(0, min(max(metrics.get("followers", 0), metrics.get("views", 0)), 2_000_000_000))


def _update(row: CaseRow, done: Processed, now: datetime) -> list[dict[str, Any]]:
    """Bring the case up to what the joining mention says; the events of all that changed."""
    decision = done.case
    assert row.id is not None
    events = [_event(row.id, now, "joined", "", decision.joined_as, decision.reason)]
    changes = {
        "severity": min(row.severity, decision.severity.value),
        "state": decision.state.value if row.state in _MOVED_BY_MENTIONS else row.state,
        "problem": row.problem or decision.problem,
        "customer_id": row.customer_id if row.customer_id is not None else decision.customer_id,
    }
    for name, value in changes.items():
        before = getattr(row, name)
        if value != before:
            events.append(_event(row.id, now, name, str(before or ""), str(value), decision.reason))
            setattr(row, name, value)
    events += _further(row, decision, now)
    outside.bring(row, done, now)
    row.spoken_at, row.updated_at = max(row.spoken_at, done.mention.happened_at), now
    row.title = (
        decision.title or row.title
    )  # no event keeps the old one: the words are the customer's, and erased with it
    row.reach, row.wanted = max(row.reach, _reach(done)), row.wanted or done.analysis.remedy
    return events


_MOVED_BY_MENTIONS = frozenset(
    {CaseState.TO_VERIFY, CaseState.WAITING_CUSTOMER, CaseState.ANSWERED, CaseState.FOLLOW_UP, CaseState.CLOSED}
)
"""States that what a customer says can change; the others change by what people do."""


def _further(row: CaseRow, decision: CaseDecision, now: datetime) -> list[dict[str, Any]]:
    """What a joining mention does to the clocks and to the customer's word on the case; the events of it."""
    assert row.id is not None
    if row.state == CaseState.REOPENED:
        row.closed_at = row.answered_at = row.first_contact_at = row.planned_at = None
        row.satisfaction, row.satisfaction_judged, row.escalated, row.clocks_from = "", False, {}, now
    if decision.first_contact_by is not None:
        for name in ("first_contact_by", "plan_by", "close_by"):
            setattr(row, name, _sooner(row, name, getattr(decision, name)))
    tightened = decision.first_contact_by is not None and row.next_escalation_at is not None
    if decision.attend_at is not None or row.paused_since is not None or tightened:
        row.next_escalation_at = now  # the clocks are looked at, and a pause ends, with the next tick
    if not decision.satisfied:
        return []
    row.satisfaction, row.satisfaction_judged = Satisfaction.SATISFIED.value, True
    return [_event(row.id, now, "satisfaction", "", Satisfaction.SATISFIED.value, "根据客户后续发言判断")]


def _sooner(row: CaseRow, name: str, by: datetime | None) -> datetime | None:
    """A graver complaint never gives more time; a reopened case gets its time anew."""
    before = getattr(row, name)
    return by if row.state == CaseState.REOPENED or before is None or by is None else min(before, by)


def _event(case_id: int, now: datetime, action: str, old: str, new: str, note: str) -> dict[str, Any]:
    return {"case_id": case_id, "at": now, "actor": SYSTEM, "action": action, "old": old, "new": new, "note": note}


def _mention_row(
    done: Processed, ids: Mapping[MentionKey, int], numbers: Mapping[str, int], now: datetime
) -> dict[str, Any]:
    return {
        "mention_id": ids[done.mention.key],
        "case_id": numbers[done.case.fingerprint],
        "joined_as": done.case.joined_as or "opener",
        "reason": done.case.reason,
        "joined_at": now,
    }


def loads(session: Session) -> dict[str, int]:
    """How many open cases each owner has."""
    open_states = [state.value for state in CaseState if state.open]
    statement = (
        select(CaseRow.owner, func.count())
        .where(col(CaseRow.state).in_(open_states), CaseRow.owner != "")
        .group_by(col(CaseRow.owner))
    )
    return dict(session.exec(statement).all())


def of_customer(session: Session, customer_ids: Sequence[int]) -> dict[int, int]:
    """How many cases each customer ever had."""
    counts: dict[int, int] = {}
    for part in chunks(set(customer_ids)):
        statement = (
            select(CaseRow.customer_id, func.count())
            .where(col(CaseRow.customer_id).in_(part), CaseRow.state != CaseState.MERGED)
            .group_by(col(CaseRow.customer_id))
        )
        counts |= {customer: number for customer, number in session.exec(statement) if customer is not None}
    return counts
