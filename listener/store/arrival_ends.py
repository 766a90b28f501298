"""Arrivals and their files at their end: erased with their mention, or old enough to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from listener.model import MentionKey
from listener.store.bulk import chunks
from listener.store.tables import (
    ArrivalEntryRow,
    ArrivalKeyRow,
    ArrivalRow,
    MentionRow,
    RawMentionRow,
)

__all__ = ["files_of", "forget", "forget_mentions", "still_named"]


_DIGEST = re.compile(r"sha256:([0-9a-f]{64})")


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
