"""What arrived by itself, each once, and the mentions it is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, cast, func, tuple_
from sqlmodel import Session, col, select

from listener.model import MentionKey, Origin, RawMention
from listener.store import captures
from listener.store.bulk import chunks, insert, insert_new
from listener.store.captures import storable
from listener.store.captures_rows import raw_of
from listener.store.tables import (
    ArrivalEntryRow,
    ArrivalKeyRow,
    ArrivalRow,
    CaseMentionRow,
    MentionRow,
    PendingCaptureRow,
    RawMentionRow,
)

__all__ = ["Arrival", "Entry", "find", "keep", "pending_of", "recent", "register"]


_TOLD = ("forwarded_by", "forwarded", "remark", "evidence", "code")
"""What a forwarding adds to a mention that was captured before."""


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
        if session.exec(pending_of(key._asdict())).all():
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


def pending_of(key: Mapping[str, str]) -> Any:
    """The query for the captures of a mention that still wait: when each was set aside, or None."""
    same = [getattr(RawMentionRow, name) == value for name, value in key.items()]
    return (
        select(PendingCaptureRow.set_aside_at)
        .join(RawMentionRow, col(RawMentionRow.id) == col(PendingCaptureRow.raw_id))
        .where(*same)
    )
