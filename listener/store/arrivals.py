"""What arrived by itself, each once, and the mentions it is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, cast, delete, func, tuple_, update
from sqlmodel import Session, col, select

from listener.model import CaseState, MentionKey, Origin, RawMention
from listener.store import captures
from listener.store.bulk import chunks, insert, insert_new
from listener.store.captures import storable
from listener.store.captures_rows import raw_of
from listener.store.tables import (
    ArrivalEntryRow,
    ArrivalKeyRow,
    ArrivalRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    MentionRow,
    PendingCaptureRow,
    RawMentionRow,
)

__all__ = [
    "About",
    "Arrival",
    "Entry",
    "Waiting",
    "answer",
    "answer_of",
    "files_of",
    "find",
    "forget",
    "forget_mentions",
    "keep",
    "recent",
    "register",
    "still_named",
    "waiting",
]


_TOLD = ("forwarded_by", "forwarded", "remark", "evidence", "code")
"""What a forwarding adds to a mention that was captured before."""

_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One thing that arrived. ``name`` is what makes it the same when it comes again."""

    source: str
    name: str
    kind: str
    digest: str = ""
    person: str = ""
    subject: str = ""
    reply_to: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A mention that is forwarded: its capture, the hashes by which it is known again, and what the person adds."""

    capture: RawMention
    keys: tuple[str, ...] = ()
    remark: str = ""


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


def find(session: Session, source: str, name: str) -> ArrivalRow | None:
    """The arrival of that name, or None."""
    return session.exec(select(ArrivalRow).where(ArrivalRow.source == source, ArrivalRow.name == name)).first()


def keep(session: Session, arrival: Arrival, now: datetime, given: Mapping[str, Any] | None = None) -> int | None:
    """Keep that it arrived; its id, or None where it was there already (also where another process was first)."""
    row = {
        "source": arrival.source,
        "name": storable(arrival.name),
        "kind": arrival.kind,
        "digest": arrival.digest,
        "person": arrival.person,
        "subject": storable(arrival.subject[:500]),
        "reply_to": storable(arrival.reply_to[:300]),
        "refused": arrival.refused,
        "answer": dict(given) if given is not None else None,
        "arrived_at": now,
        "answered_at": None if arrival.person and not arrival.refused else now,
    }
    new = insert_new(session, ArrivalRow, [row], ("source", "name"), [col(ArrivalRow.id)])
    return int(new[0].id) if new else None


def register(session: Session, arrival: Arrival, entries: Sequence[Entry], now: datetime) -> int | None:
    """Keep what somebody forwarded, with a capture for each mention that is new; None where it came before."""
    number = keep(session, arrival, now)
    if number is None:
        return None
    known = _known(session, entries)
    quiet = _without_case(session, [key for key in known if key is not None])
    rows, fresh = [], []
    for entry, before in zip(entries, known, strict=True):
        key = before or entry.capture.key
        if before in quiet:  # it was captured and held for no complaint: a colleague thinks otherwise
            entry, before = replace(entry, capture=_forwarded(quiet[before], entry)), None
        rows.append(
            {
                "arrival_id": number,
                **key._asdict(),
                "title": storable(entry.capture.title or entry.capture.content[:200]),
                "remark": storable(entry.remark),
                "repeated": before is not None,
            }
        )
        if before is None:
            fresh.append(entry)
    insert(session, ArrivalEntryRow, rows)
    captures.save(session, [entry.capture for entry in fresh])
    keys = [{"value": value, **entry.capture.key._asdict()} for entry in fresh for value in dict.fromkeys(entry.keys)]
    if keys:
        insert_new(session, ArrivalKeyRow, list({row["value"]: row for row in keys}.values()), ("value",))
    return number


def _forwarded(stored: RawMention, entry: Entry) -> RawMention:
    """What is stored of a mention, as somebody's who forwards it: its words stay as they were captured."""
    told = {name: entry.capture.fields[name] for name in _TOLD if name in entry.capture.fields}
    return replace(
        stored, origin=Origin.INTAKE, captured_at=entry.capture.captured_at, fields={**stored.fields, **told}
    )


def _without_case(session: Session, keys: Collection[MentionKey]) -> dict[MentionKey, RawMention]:
    """Of mentions that are worked through and are in no case, the newest capture."""
    found = {}
    for key in set(keys):
        same = [getattr(MentionRow, name) == value for name, value in key._asdict().items()]
        joined = col(CaseMentionRow.mention_id) == col(MentionRow.id)
        if session.exec(select(CaseMentionRow.case_id).join(MentionRow, joined).where(*same)).first() is not None:
            continue
        if session.exec(_pending(key._asdict())).all():
            continue
        raws = [getattr(RawMentionRow, name) == value for name, value in key._asdict().items()]
        row = session.exec(select(RawMentionRow).where(*raws).order_by(col(RawMentionRow.id).desc())).first()
        if row is not None:
            found[key] = raw_of(row)
    return found


def _known(session: Session, entries: Sequence[Entry]) -> list[MentionKey | None]:
    """For each entry the mention that it is, where that was forwarded or captured before."""
    by_value: dict[str, MentionKey] = {}
    for part in chunks({value for entry in entries for value in entry.keys}):
        for row in session.exec(select(ArrivalKeyRow).where(col(ArrivalKeyRow.value).in_(part))):
            by_value[row.value] = MentionKey(row.platform, row.site, row.native_id)
    natural = tuple_(col(RawMentionRow.platform), col(RawMentionRow.site), col(RawMentionRow.native_id))
    wanted = [tuple(entry.capture.key) for entry in entries]
    columns = (RawMentionRow.platform, RawMentionRow.site, RawMentionRow.native_id)
    stored = {
        MentionKey(*row)
        for part in chunks(wanted, 3)
        for row in session.exec(select(*columns).where(natural.in_(part)))
    }
    found: list[MentionKey | None] = []
    for entry in entries:
        own = entry.capture.key
        found.append(own if own in stored else next((by_value[v] for v in entry.keys if v in by_value), None))
    return found


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
    states = session.exec(_pending(key)).all()
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


def _pending(key: Mapping[str, str]) -> Any:
    same = [getattr(RawMentionRow, name) == value for name, value in key.items()]
    return (
        select(PendingCaptureRow.set_aside_at)
        .join(RawMentionRow, col(RawMentionRow.id) == col(PendingCaptureRow.raw_id))
        .where(*same)
    )


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


def recent(session: Session, since: datetime) -> list[dict[str, Any]]:
    """What arrived since then, by source and kind: how often, how many were refused, and when the last one came."""
    refused = func.sum(cast(col(ArrivalRow.refused) != "", Integer))
    statement: Any = (
        select(col(ArrivalRow.source), col(ArrivalRow.kind), func.count(), refused, func.max(ArrivalRow.arrived_at))  # type: ignore[call-overload]
        .where(col(ArrivalRow.arrived_at) >= since)
        .group_by(col(ArrivalRow.source), col(ArrivalRow.kind))
        .order_by(col(ArrivalRow.source))
    )
    names = ("source", "kind", "arrived", "refused", "last_at")
    return [dict(zip(names, row, strict=True)) for row in session.exec(statement)]


def forget_mentions(session: Session, keys: Sequence[MentionKey], erased: Callable[[MentionKey], str]) -> None:
    """Empty what arrived about erased mentions: titles, remarks, subjects, answers, and what they are known again by.

    ``erased`` is what stands in place of a mention's number.
    """
    for key in keys:
        same = key._asdict()
        session.execute(delete(ArrivalKeyRow).where(*(getattr(ArrivalKeyRow, n) == v for n, v in same.items())))
        entries = session.exec(
            select(ArrivalEntryRow).where(*(getattr(ArrivalEntryRow, name) == value for name, value in same.items()))
        ).all()
        for entry in entries:
            entry.title, entry.remark, entry.native_id = "", "", erased(key)
            arrival = session.get(ArrivalRow, entry.arrival_id)
            if arrival is not None:
                arrival.subject, arrival.answer = "", None
    session.flush()


def files_of(session: Session, mentions: Collection[int]) -> set[str]:
    """The SHA-256 of every file that came with these mentions."""
    found: set[str] = set()
    for part in chunks(mentions):
        for fields in session.exec(select(MentionRow.fields).where(col(MentionRow.id).in_(part))):
            found |= set(_DIGEST.findall((fields or {}).get("evidence", "")))
    return found


def still_named(session: Session, digests: Collection[str]) -> set[str]:
    """Those of the files that a capture still names."""
    if not digests:
        return set()
    rows = session.exec(select(RawMentionRow.fields).where(RawMentionRow.source == "intake"))
    return {digest for fields in rows for digest in _DIGEST.findall((fields or {}).get("evidence", ""))} & set(digests)


def forget(session: Session, now: datetime, after: timedelta) -> int:
    """Remove machines' arrivals older than ``after``, which nobody sends again; how many. People's are kept."""
    old = delete(ArrivalRow).where(
        col(ArrivalRow.kind) == "push", col(ArrivalRow.arrived_at) < now - after, col(ArrivalRow.person) == ""
    )
    result: Any = session.execute(old)
    return int(result.rowcount)
