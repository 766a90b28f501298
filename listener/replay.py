"""Stored captures understood anew, with the model, topics, dictionary and rules of now.

What a replay may change: analyses, topics, complaint decisions, links that were not there. Corrections stay; they are
people's, not the machine's. Cases: a mention that is a complaint now and stands in no case opens or joins one, quietly
unless alerts are asked for. A case whose mentions are none any more is never closed and never deleted: it gets an event
that says so, and a person decides. Nothing is written unless asked; the difference is shown first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from listener import deciding
from listener.cases.moves import Move, Moved
from listener.corrections import FIELDS, answers_of
from listener.language import say
from listener.model import CaseState, MentionKey, Processed, Tier
from listener.steps import Steps
from listener.store import case_moves as stored_moves
from listener.store.captures import Pending
from listener.store.captures_rows import raw_of
from listener.store.engine import Database
from listener.store.tables import AnalysisRow, CaseMentionRow, CaseRow, MentionRow, RawMentionRow, TopicMatchRow
from listener.store.tombstones import ERASED

__all__ = ["Change", "Difference", "Scope", "replay"]

BATCH = 200
SHOWN = 200
"""Changed mentions that are told one by one; the counts are of all."""
_SYSTEM = "listener"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which mentions (said since, of a topic before or after), whether it is written, whether it may alert."""

    since: datetime | None = None
    topic: str = ""
    write: bool = False
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One mention whose answers differ: (field, before, after)."""

    mention_id: int
    text: str
    fields: tuple[tuple[str, str, str], ...]


@dataclass(slots=True)
class Difference:
    """What differs: how many mentions were read and changed, the moves by field, cases opened and in doubt."""

    read: int = 0
    changed: int = 0
    written: bool = False
    moves: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    opened: int = 0
    joined: int = 0
    alerts: int = 0
    doubted: set[int] = field(default_factory=set)
    shown: list[Change] = field(default_factory=list)


def replay(
    database: Database,
    steps: Steps,
    scope: Scope,
    clock: Callable[[], datetime],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Difference:
    """Go through the stored mentions, oldest number first, in batches of one transaction each."""
    found = Difference(written=scope.write)
    steps = steps if scope.alert else replace(steps, quiet=True)
    total, after = _count(database, scope), 0
    while batch := _batch(database, scope, after):
        after = batch[-1][0]
        _one(database, steps, scope, [waiting for _, waiting in batch], clock(), found)
        progress(found.read, total)
    return found


def _one(
    database: Database, steps: Steps, scope: Scope, waiting: Sequence[Pending], now: datetime, found: Difference
) -> None:
    understood = deciding.understand(steps, waiting)
    with database.write() if scope.write else database.read() as session:
        before = _before(session, understood)
        decided = deciding.decide(session, steps, understood, now)
        wanted = [done for done in decided if _within(done, before.get(done.mention.key), scope)]
        found.read += len(wanted)
        changed = [done for done in wanted if _note(done, before[done.mention.key], found)]
        if scope.write:
            found.alerts += deciding.write(session, changed, now)
        doubted = _doubted(session, changed, before)
        for number in doubted if scope.write else ():
            _doubt(session, number, now)
        found.doubted |= doubted


@dataclass(frozen=True, slots=True)
class _Before:
    """What is stored of a mention."""

    mention_id: int
    answers: Mapping[str, str]
    topics: frozenset[str]
    case: int | None


def _selected(scope: Scope) -> list[object]:
    """What is gone through: not what was erased, of which there is nothing left to understand."""
    there: list[object] = [~col(MentionRow.native_id).startswith(ERASED)]
    return [*there, col(MentionRow.happened_at) >= scope.since] if scope.since else there


def _count(database: Database, scope: Scope) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(MentionRow).where(*_selected(scope))).one()  # type: ignore[arg-type]


def _batch(database: Database, scope: Scope, after: int) -> list[tuple[int, Pending]]:
    statement = (
        select(MentionRow.id, RawMentionRow)
        .join(RawMentionRow, col(RawMentionRow.id) == col(MentionRow.raw_id))
        .where(col(MentionRow.id) > after, *_selected(scope))  # type: ignore[arg-type]
        .order_by(col(MentionRow.id))
        .limit(BATCH)
    )
    with database.read() as session:
        rows = session.exec(statement).all()
        return [(number or 0, Pending(raw.id or 0, raw_of(raw), scope.alert)) for number, raw in rows]


def _before(session: Session, understood: Sequence[deciding.Understood]) -> dict[MentionKey, _Before]:
    """What is stored of these mentions; nothing of one that was captured anew meanwhile: it is left alone."""
    by_raw = {each.mention.raw_id: each.mention.key for each in understood}
    known = session.exec(
        select(MentionRow.id, MentionRow.raw_id, AnalysisRow, CaseMentionRow.case_id)
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .outerjoin(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .where(col(MentionRow.raw_id).in_(list(by_raw)))
    ).all()
    topics: dict[int, set[str]] = {}
    numbers = [number for number, _, _, _ in known]
    for row in session.exec(select(TopicMatchRow).where(col(TopicMatchRow.mention_id).in_(numbers))):
        topics.setdefault(row.mention_id, set()).add(row.topic)
    return {
        by_raw[raw_id]: _Before(number or 0, _answers(found), frozenset(topics.get(number or 0, ())), case)
        for number, raw_id, found, case in known
    }


def _answers(found: AnalysisRow | None) -> dict[str, str]:
    return {name: str(getattr(found, name)) if found else "" for name in FIELDS}


def _within(done: Processed, before: _Before | None, scope: Scope) -> bool:
    if before is None:
        return False
    return not scope.topic or scope.topic in before.topics or scope.topic in {match.topic for match in done.topics}


def _note(done: Processed, before: _Before, found: Difference) -> bool:
    """Count what differs; whether anything does, the model's version and the weights of words left aside."""
    after = answers_of(done.analysis, done.complaint)
    fields = [(name, before.answers[name], after[name]) for name in FIELDS if before.answers[name] != after[name]]
    topics = frozenset(match.topic for match in done.topics)
    if topics != before.topics:
        fields.append(("topic", "、".join(sorted(before.topics)), "、".join(sorted(topics))))
    found.opened += done.case.action == "open"
    found.joined += done.case.action == "join"
    if not fields and done.case.action == "none":
        return False
    found.changed += 1
    found.moves.update(fields)
    if len(found.shown) < SHOWN:
        found.shown.append(Change(before.mention_id, done.mention.full_text, tuple(fields)))
    return True


def _doubted(session: Session, changed: Sequence[Processed], before: Mapping[MentionKey, _Before]) -> set[int]:
    """Open cases none of whose mentions is a complaint as the machine sees it now."""
    now = {before[done.mention.key].mention_id: done.complaint.tier for done in changed}
    touched = {
        before[done.mention.key].case
        for done in changed
        if done.complaint.tier is Tier.NO and before[done.mention.key].answers["complaint"] != Tier.NO
    } - {None}
    statement = (
        select(CaseMentionRow.case_id, CaseMentionRow.mention_id, AnalysisRow.complaint, CaseRow.state)
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(CaseMentionRow.mention_id))
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(col(CaseMentionRow.case_id).in_(touched), col(CaseMentionRow.joined_as).not_in(("repost", "witness")))
    )
    doubted = {number for number in touched if number is not None}
    for number, mention_id, tier, state in session.exec(statement).all() if touched else ():
        if now.get(mention_id, tier) != Tier.NO or not CaseState(state).open:
            doubted.discard(number)
    return doubted


def _doubt(session: Session, number: int, now: datetime) -> None:
    note = say(
        "重新分析后，其中没有信息再被判为投诉；请人工核实",
        "understood anew, none of its mentions is a complaint; look at it",
    )
    row = stored_moves.locked(session, number)
    stored_moves.record(session, row, Move(events=[Moved("replayed", "", "", note)]), _SYSTEM, now)
