"""What is read again: threads by their schedule, mentions behind open cases, and what became of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from listener.model import CaseState, Mention, MentionKey, RawMention, Severity
from listener.revisits import CONFIRMED_AFTER, Belief, Change, Thread, changes_of, is_confirmed, next_check, next_visit
from listener.store.bulk import among, chunks, insert, upsert
from listener.store.mentions import NATURAL_COLUMNS, THREAD_COLUMNS
from listener.store.tables import CaseEventRow, CaseMentionRow, CaseRow, MentionCheckRow, MentionRow, ThreadRow
from listener.text.mask import mask

__all__ = [
    "CaseChange",
    "Due",
    "answered_by_company",
    "changed",
    "check",
    "due_mentions",
    "due_threads",
    "note_threads",
    "record",
    "visited",
]

SYSTEM = "listener"
LONGEST_QUOTED = 2000
"""Characters of an edited text that an event quotes; the whole of it is in the captures."""

_OPEN = [state.value for state in CaseState if state.open]


@dataclass(frozen=True, slots=True)
class Due:
    """A mention that is to be read again."""

    mention_id: int
    native_id: str
    url: str
    thread_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """Something changed behind an open case: what, on which mention, and of the case what an alert needs."""

    change: Change
    mention_id: int
    mention: MentionKey
    source: str
    case_id: int
    fingerprint: str
    severity: Severity
    state: str
    topic: str
    problem: str
    title: str
    owner: str
    team: str


# threads


def note_threads(session: Session, source: str, captures: Iterable[RawMention], now: datetime) -> None:
    """Keep when each thread of these captures was spoken in, and when it is to be opened again."""
    said: dict[str, list[datetime]] = {}
    for raw in captures:
        if raw.thread_id:
            said.setdefault(raw.thread_id, []).append(min(raw.published_at or now, now))
    for part in chunks(said, 6):
        known = {row.thread_id: row for row in _threads(session, source, part)}
        rows = []
        for thread_id in part:
            before, times = known.get(thread_id), said[thread_id]
            first = min([*times, before.first_at] if before else times)
            rows.append(
                _thread_row(source, thread_id, first, max([*times, before.spoken_at] if before else times), now)
            )
        upsert(session, ThreadRow, rows, ("source", "thread_id"))


def _threads(session: Session, source: str, ids: Sequence[str]) -> Sequence[ThreadRow]:
    wanted = select(ThreadRow).where(ThreadRow.source == source, col(ThreadRow.thread_id).in_(ids))
    return session.exec(wanted).all()


def _thread_row(source: str, thread_id: str, first: datetime, spoken: datetime, now: datetime) -> dict[str, Any]:
    return {
        "source": source,
        "thread_id": thread_id,
        "first_at": first,
        "spoken_at": spoken,
        "visited_at": now,
        "next_at": next_visit(Thread(first, spoken, now)),
    }


def due_threads(session: Session, source: str, now: datetime, limit: int) -> list[str]:
    """The threads of a source that are to be opened again, the longest overdue first."""
    statement = (
        select(ThreadRow.thread_id)
        .where(ThreadRow.source == source, col(ThreadRow.next_at) <= now)
        .order_by(col(ThreadRow.next_at), col(ThreadRow.thread_id))
        .limit(limit)
    )
    return list(session.exec(statement))


def visited(session: Session, source: str, thread_ids: Sequence[str], now: datetime) -> None:
    """These threads were asked for, whatever came of it: none may stand in the others' way."""
    for part in chunks(thread_ids, 6):
        rows = [
            _thread_row(source, row.thread_id, row.first_at, row.spoken_at, now)
            for row in _threads(session, source, part)
        ]
        if rows:
            upsert(session, ThreadRow, rows, ("source", "thread_id"))


# mentions behind open cases


def due_mentions(session: Session, source: str, now: datetime, limit: int) -> list[Due]:
    """The mentions of a source behind open cases that are to be read again, the gravest cases' first."""
    at = col(MentionCheckRow.next_at)
    statement = (
        select(MentionRow.id, MentionRow.native_id, MentionRow.url, MentionRow.thread_id)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .outerjoin(MentionCheckRow, col(MentionCheckRow.mention_id) == col(MentionRow.id))
        .where(MentionRow.source == source, MentionRow.origin == "crawl", col(CaseRow.state).in_(_OPEN))
        .where(or_(at.is_(None), at <= now))
        .order_by(col(CaseRow.severity), at.is_not(None), at, col(MentionRow.id).desc())
        .limit(limit)
    )
    return [
        Due(number or 0, native_id, url, thread_id) for number, native_id, url, thread_id in session.exec(statement)
    ]


def check(session: Session, source: str, asked: Collection[str], belief: Belief, now: datetime) -> list[CaseChange]:
    """Keep what a crawl told of mentions behind cases; what is new about them: deleted, or there again.

    ``asked`` are the native ids of those that were to be read again.
    """
    found: list[CaseChange] = []
    for part in chunks({*asked, *belief.gone, *_known_gone(session, source, belief.there)}):
        for said, before, case in _checked(session, source, part):
            after = _after(said, before, belief, now)
            if case is not None and case.state in _OPEN:
                found += [_change(Change(what), said, case) for what in _what(before, after)]
            upsert(session, MentionCheckRow, [after], ("mention_id",))
    record(session, found, now)
    return found


def _known_gone(session: Session, source: str, there: Iterable[str]) -> set[str]:
    """Of the mentions that are there, those that were missed before."""
    missed = or_(col(MentionCheckRow.gone_at).is_not(None), col(MentionCheckRow.missed_since).is_not(None))
    statement = (
        select(MentionRow.native_id)
        .join(MentionCheckRow, col(MentionCheckRow.mention_id) == col(MentionRow.id))
        .where(MentionRow.source == source, missed)
    )
    return set(session.exec(statement)) & set(there)


def _checked(session: Session, source: str, native_ids: Sequence[str]) -> Sequence[Any]:
    statement = (
        select(MentionRow, MentionCheckRow, CaseRow)
        .outerjoin(MentionCheckRow, col(MentionCheckRow.mention_id) == col(MentionRow.id))
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(MentionRow.source == source, col(MentionRow.native_id).in_(native_ids))
        .order_by(col(MentionRow.id))
    )
    return session.exec(statement).all()


def _after(said: MentionRow, before: MentionCheckRow | None, belief: Belief, now: datetime) -> dict[str, Any]:
    missed, gone = (before.missed_since, before.gone_at) if before else (None, None)
    next_at = next_check(said.happened_at, now)
    if said.native_id in belief.there:
        missed = gone = None
    elif said.native_id in belief.gone and gone is None:
        gone = now if is_confirmed(missed, now) else None
        missed = missed or now
        next_at = next_at if gone else now + CONFIRMED_AFTER
    return {
        "mention_id": said.id,
        "checked_at": now,
        "next_at": next_at,
        "missed_since": missed,
        "gone_at": gone,
    }


def _what(before: MentionCheckRow | None, after: dict[str, Any]) -> list[str]:
    was = before.gone_at if before else None
    if (was is None) == (after["gone_at"] is None):
        return []
    return ["deleted" if was is None else "reappeared"]


# what changed in what is captured again


def changed(session: Session, batch: Sequence[Mention]) -> list[CaseChange]:
    """What these mentions say otherwise than what is stored behind open cases; asked before they are written over."""
    new = {mention.key: mention for mention in batch}
    found = []
    for part in chunks(new, 3):
        statement = _behind_cases().where(among(NATURAL_COLUMNS, part))
        for said, case in session.exec(statement):
            fresh = new[MentionKey(said.platform, said.site, said.native_id)]
            old = ("\n".join(filter(None, (said.title, said.text))), said.fields or {})
            now = ("\n".join(filter(None, (fresh.title, fresh.text))), fresh.fields)
            found += [_change(change, said, case) for change in changes_of(*old, *now)]
    return found


def _behind_cases() -> Any:
    return (
        select(MentionRow, CaseRow)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(col(CaseRow.state).in_(_OPEN))
        .order_by(col(MentionRow.id))
    )


def answered_by_company(session: Session, batch: Sequence[Mention]) -> list[CaseChange]:
    """The open cases in whose threads the company itself spoke (``batch``), once for each of its mentions."""
    own = {mention.key: mention for mention in batch if mention.thread_id}
    for keys in chunks(list(own), 3):
        for row in session.exec(select(MentionRow).where(among(NATURAL_COLUMNS, keys))):
            own.pop(MentionKey(row.platform, row.site, row.native_id), None)  # it was told of when it was first seen
    threads: dict[tuple[str, str, str], list[Mention]] = {}
    for mention in own.values():
        threads.setdefault((mention.platform, mention.site, mention.thread_id), []).append(mention)
    found: dict[tuple[int, MentionKey], CaseChange] = {}
    for part in chunks(threads, 3):
        for said, case in session.exec(_behind_cases().where(among(THREAD_COLUMNS, part))):
            for answer in threads[(said.platform, said.site, said.thread_id)]:
                change = Change("company_replied", "", answer.full_text)
                found[(case.id, answer.key)] = _change(change, said, case)
    return list(found.values())


def _change(change: Change, said: MentionRow, case: CaseRow) -> CaseChange:
    return CaseChange(
        change=change,
        mention_id=said.id or 0,
        mention=MentionKey(said.platform, said.site, said.native_id),
        source=said.source,
        case_id=case.id or 0,
        fingerprint=case.fingerprint,
        severity=Severity(case.severity),
        state=case.state,
        topic=case.topic,
        problem=case.problem,
        title=case.title,
        owner=case.owner,
        team=case.team,
    )


def record(session: Session, found: Sequence[CaseChange], now: datetime) -> None:
    """Write each change as an event of its case. What is quoted is masked: events are shown to everybody."""
    rows = [
        {
            "case_id": each.case_id,
            "at": now,
            "actor": SYSTEM,
            "action": each.change.what,
            "old": mask(each.change.old)[:LONGEST_QUOTED],
            "new": mask(each.change.new)[:LONGEST_QUOTED],
            "note": f"{each.mention.platform}:{each.mention.native_id}",
        }
        for each in found
    ]
    insert(session, CaseEventRow, rows)
    _move_deadlines(session, {e.case_id: e.change.new for e in found if e.change.what == "deadline_changed"}, now)


def _move_deadlines(session: Session, moved: dict[int, str], now: datetime) -> None:
    """The outside deadline as it is said now; its clock is looked at with the next tick and tells anew."""
    for part in chunks(moved):
        for row in session.exec(select(CaseRow).where(col(CaseRow.id).in_(part)).with_for_update()):
            try:
                row.outside_by = datetime.fromisoformat(moved[row.id or 0]).astimezone(UTC)
            except ValueError:  # not of an import
                continue
            row.escalated = {clock: level for clock, level in (row.escalated or {}).items() if clock != "outside"}
            row.next_escalation_at = now
