"""Captures: append-only raw mentions, and the pending rows that are the truth about what is left to do."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, update
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from listener.model import MentionKey, Proof, RawMention
from listener.store import evidence, tombstones
from listener.store.bulk import among, chunks, insert_new
from listener.store.captures_rows import raw_of
from listener.store.tables import MentionRow, PendingCaptureRow, RawMentionRow

MAX_TRIES = 3
"""A capture that broke its batch so often is set aside."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A stored capture that waits; ``alert`` is true where the operator asked for alerts whatever its age."""

    raw_id: int
    raw: RawMention
    alert: bool = False


def digest_of(raw: RawMention) -> str:
    """SHA-256 (hex) of what was said. Counts that move by themselves (likes, views) are left out."""
    said = [raw.title, raw.content, raw.author_name, sorted(raw.fields.items())]
    return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()


def save(session: Session, captures: Sequence[RawMention], *, alert: bool = False) -> int:
    """Append the captures that are not stored yet, with their evidence, and make each pending; how many were new.

    What was erased does not come back.
    """
    given, captures = captures, tombstones.allowed(session, captures)
    rows = list({(*raw.key, digest_of(raw)): _row(raw) for raw in captures}.values())
    unique = ("platform", "site", "native_id", "digest")
    wanted = [col(RawMentionRow.id), *(getattr(RawMentionRow, name) for name in unique)]
    new = insert_new(session, RawMentionRow, rows, unique, wanted) if rows else []
    pending = [{"raw_id": found.id, "alert": alert, "attempts": 0, "error": ""} for found in new]
    if pending:
        insert_new(session, PendingCaptureRow, pending, ("raw_id",))
        proofs = {(*raw.key, digest_of(raw)): proof for raw, proof in _proofs(given, captures)}
        evidence.keep(session, {found[0]: proof for found in new if (proof := proofs.get(tuple(found[1:])))})
    return len(new)


def _proofs(given: Sequence[RawMention], allowed: Sequence[RawMention]) -> Iterator[tuple[RawMention, Proof]]:
    """The captures with their evidence; the body of a page that shows what was erased is not kept for the others."""
    as_given = {id(raw) for raw in allowed}
    erased = {raw.proof.sha256 for raw in given if raw.proof and id(raw) not in as_given}
    for raw in allowed:
        if raw.proof:
            yield raw, replace(raw.proof, payload=b"") if raw.proof.sha256 in erased else raw.proof


def newest(session: Session, captures: Sequence[RawMention]) -> dict[MentionKey, str]:
    """What was said last, by the digest, of those of these mentions that are stored: what waits for the pipeline, else
    what the mention shows."""
    raw, said = RawMentionRow, MentionRow
    same = and_(raw.platform == said.platform, raw.site == said.site, raw.native_id == said.native_id)  # type: ignore[arg-type]
    natural = (col(raw.platform), col(raw.site), col(raw.native_id))
    columns = (raw.platform, raw.site, raw.native_id, raw.digest, raw.id, said.raw_id, PendingCaptureRow.raw_id)
    found: dict[MentionKey, str] = {}
    waiting: set[MentionKey] = set()
    for part in chunks({one.key for one in captures}, 3):
        statement = (
            select(*columns)  # type: ignore[call-overload]
            .outerjoin(said, same)
            .outerjoin(PendingCaptureRow, col(PendingCaptureRow.raw_id) == col(raw.id))
            .where(among(natural, part))
            .order_by(col(raw.id))
        )
        for platform, site, native_id, digest, number, shown, waits in session.exec(statement):
            key = MentionKey(platform, site, native_id)
            if waits is not None:
                waiting.add(key)
            if waits is not None or (key not in waiting and shown in (None, number)):
                found[key] = digest
            found.setdefault(key, digest)
    return found


def take_up_again(session: Session, captures: Sequence[RawMention]) -> int:
    """Make those pending anew that say what they once said, and something else in between; how many.

    ``save`` stores nothing then, since the words are stored already; still they are what the mention says now.
    """
    if not captures:
        return 0
    raw, said = RawMentionRow, MentionRow
    same = and_(raw.platform == said.platform, raw.site == said.site, raw.native_id == said.native_id)  # type: ignore[arg-type]
    natural = (col(raw.platform), col(raw.site), col(raw.native_id))
    words = {(*one.key, digest_of(one)) for one in captures}
    found: list[int] = []
    for part in chunks({key[:3] for key in words}, 3):
        statement = select(raw).join(said, same).where(among(natural, part), col(said.raw_id) != col(raw.id))
        known = session.exec(statement.options(load_only(raw.id, *natural, raw.digest)))  # type: ignore[arg-type]
        found += [row.id or 0 for row in known if (row.platform, row.site, row.native_id, row.digest) in words]
    if not found:
        return 0
    rows = [{"raw_id": number, "alert": False, "attempts": 0, "error": ""} for number in found]
    return len(insert_new(session, PendingCaptureRow, rows, ("raw_id",), [col(PendingCaptureRow.raw_id)]))


def _row(raw: RawMention) -> dict[str, Any]:
    return {
        "source": raw.source,
        "platform": raw.platform,
        "site": raw.site,
        "native_id": raw.native_id,
        "digest": digest_of(raw),
        "url": storable(raw.url),
        "title": storable(raw.title),
        "content": storable(raw.content),
        "content_type": raw.content_type,
        "author_id": storable(raw.author_id),
        "author_name": storable(raw.author_name),
        "published_at": raw.published_at,
        "published_raw": storable(raw.published_raw)[:200],
        "thread_id": raw.thread_id,
        "origin": raw.origin.value,
        "metrics": dict(raw.metrics),
        "fields": {key: storable(value) for key, value in raw.fields.items()},
        "captured_at": raw.captured_at,
    }


def storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor lone surrogates in text."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def pending(session: Session, limit: int, *, after: int = 0) -> list[Pending]:
    """Up to ``limit`` captures that wait, oldest first, from raw id ``after`` on; those set aside are left out."""
    statement = (
        select(PendingCaptureRow, RawMentionRow)
        .join(RawMentionRow, col(RawMentionRow.id) == col(PendingCaptureRow.raw_id))
        .where(col(PendingCaptureRow.set_aside_at).is_(None), col(PendingCaptureRow.raw_id) > after)
        .order_by(col(PendingCaptureRow.raw_id))
        .limit(limit)
    )
    return [Pending(wait.raw_id, raw_of(row), wait.alert) for wait, row in session.exec(statement)]


def again(session: Session, raw_ids: Sequence[int]) -> None:
    """Let stored captures go through the pipeline once more; those that wait already stay as they are."""
    if raw_ids:
        rows = [{"raw_id": number, "alert": False, "attempts": 0, "error": ""} for number in raw_ids]
        insert_new(session, PendingCaptureRow, rows, ("raw_id",))


def take(session: Session, raw_ids: Sequence[int]) -> bool:
    """Remove the pending rows; False where another process was first, and then the transaction must be dropped.

    This is what makes effects exactly once: the row is deleted in the transaction that writes its effects.
    """
    taken = 0
    for part in chunks(raw_ids):
        result: Any = session.execute(delete(PendingCaptureRow).where(col(PendingCaptureRow.raw_id).in_(part)))
        taken += result.rowcount
    return taken == len(raw_ids)


def record_failure(session: Session, raw_id: int, error: str, now: datetime) -> bool:
    """Count a failed try; True when that was the last one and the capture is now set aside."""
    row = session.get(PendingCaptureRow, raw_id)
    if row is None:
        return False
    row.attempts += 1
    row.error = error[:1000]
    if row.attempts >= MAX_TRIES:
        row.set_aside_at = now
    return row.set_aside_at is not None


def backlog(session: Session) -> tuple[int, int]:
    """How many captures wait, and how many were set aside."""
    aside = col(PendingCaptureRow.set_aside_at)
    statement = select(func.count(), func.count(aside)).select_from(PendingCaptureRow)
    total, set_aside = session.exec(statement).one()
    return total - set_aside, set_aside


def retry_set_aside(session: Session) -> int:
    """Put what was set aside back in line (after a mended rule or a new version); how many."""
    aside = col(PendingCaptureRow.set_aside_at)
    result: Any = session.execute(
        update(PendingCaptureRow).where(aside.is_not(None)).values(set_aside_at=None, attempts=0)
    )
    count: int = result.rowcount
    return count
