"""Evidence: for each capture the answer it was read from; bodies by their hash, for as long as they are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, update
from sqlmodel import Session, col, select

from listener.model import CaseState, Proof, RawMention
from listener.store.bulk import chunks, insert_new
from listener.store.captures_rows import raw_of
from listener.store.evidence_tables import EvidenceRow, PayloadRow
from listener.store.tables import CaseMentionRow, CaseRow, MentionRow, RawMentionRow


@dataclass(frozen=True, slots=True)
class Proven:
    """A capture of a case with its evidence (None for what no crawl brought); ``kept``: its body is still there.

    ``number`` is its mention's, ``raw_id`` the capture's.
    """

    number: int
    raw_id: int
    raw: RawMention
    proof: Proof | None
    kept: bool


def keep(session: Session, proven: Mapping[int, Proof]) -> None:
    """Store the evidence of new captures, by raw id; a body that is there already is kept for longer."""
    if not proven:
        return
    rows = [
        {
            "raw_id": number,
            "url": _storable(one.url),
            "status": one.status,
            "sha256": one.sha256,
            "size": one.size,
            "fetched_at": one.fetched_at,
            "headers": {name: _storable(value) for name, value in one.headers.items()},
        }
        for number, one in proven.items()
    ]
    insert_new(session, EvidenceRow, rows, ("raw_id",))
    for one in {one.sha256: one for one in proven.values() if one.payload}.values():
        row = {"sha256": one.sha256, "body": one.payload, "kept_at": one.fetched_at}
        if not insert_new(session, PayloadRow, [row], ("sha256",), [col(PayloadRow.sha256)]):
            older = (col(PayloadRow.sha256) == one.sha256) & (col(PayloadRow.kept_at) < one.fetched_at)
            session.execute(update(PayloadRow).where(older).values(kept_at=one.fetched_at))


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def prune(session: Session, before: datetime) -> int:
    """Remove the bodies kept since before a moment, and those that no capture is left of; how many.

    What proves a mention of an open case stays until the case is closed.
    """
    proves = select(EvidenceRow.raw_id).where(col(EvidenceRow.sha256) == col(PayloadRow.sha256))
    same = (
        (col(RawMentionRow.platform) == col(MentionRow.platform))
        & (col(RawMentionRow.site) == col(MentionRow.site))
        & (col(RawMentionRow.native_id) == col(MentionRow.native_id))
    )
    needed = (
        proves.join(RawMentionRow, col(RawMentionRow.id) == col(EvidenceRow.raw_id))
        .join(MentionRow, same)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(col(CaseRow.state).in_([state.value for state in CaseState if state.open]))
    )
    old = (col(PayloadRow.kept_at) < before) & ~exists(needed)
    result: Any = session.execute(delete(PayloadRow).where(old | ~exists(proves)))
    return int(result.rowcount)


def forget(session: Session, raw_ids: Sequence[int]) -> int:
    """Erase the evidence of captures, and every body that may show them; how many bodies.

    Those are the bodies of their sources from the first of them on: a page is read again for what is new on it, and its
    body, kept for that, shows the old words too. Hashes of others' evidence stay.
    """
    count = 0
    for part in chunks(raw_ids):
        first = (
            select(RawMentionRow.source, func.min(EvidenceRow.fetched_at))
            .join(EvidenceRow, col(EvidenceRow.raw_id) == col(RawMentionRow.id))
            .where(col(RawMentionRow.id).in_(part))
            .group_by(col(RawMentionRow.source))
        )
        for source, since in session.exec(first).all():
            shown = (
                select(EvidenceRow.sha256)
                .join(RawMentionRow, col(RawMentionRow.id) == col(EvidenceRow.raw_id))
                .where(col(EvidenceRow.fetched_at) >= since, RawMentionRow.source == source)
            )
            result: Any = session.execute(delete(PayloadRow).where(col(PayloadRow.sha256).in_(shown)))
            count += int(result.rowcount)
        session.execute(delete(EvidenceRow).where(col(EvidenceRow.raw_id).in_(part)))
    return count


def of_case(session: Session, number: int) -> list[Proven]:
    """Every capture of every mention of a case, oldest first: what was said, and what was said after an edit."""
    same = (
        (col(RawMentionRow.platform) == col(MentionRow.platform))
        & (col(RawMentionRow.site) == col(MentionRow.site))
        & (col(RawMentionRow.native_id) == col(MentionRow.native_id))
    )
    statement = (
        select(MentionRow.id, RawMentionRow, EvidenceRow, PayloadRow.sha256)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .join(RawMentionRow, same)
        .outerjoin(EvidenceRow, col(EvidenceRow.raw_id) == col(RawMentionRow.id))
        .outerjoin(PayloadRow, col(PayloadRow.sha256) == col(EvidenceRow.sha256))
        .where(CaseMentionRow.case_id == number)
        .order_by(col(MentionRow.happened_at), col(MentionRow.id), col(RawMentionRow.id))
    )
    return [
        Proven(mention or 0, raw.id or 0, raw_of(raw), _proof(found), bool(kept))
        for mention, raw, found, kept in session.exec(statement)
    ]


def _proof(row: EvidenceRow | None) -> Proof | None:
    if row is None:
        return None
    return Proof(
        url=row.url,
        status=row.status,
        sha256=row.sha256,
        size=row.size,
        fetched_at=row.fetched_at,
        headers=row.headers or {},
    )


def payloads(session: Session, digests: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """The compressed bodies that are still kept, one at a time."""
    for digest in digests:
        row = session.get(PayloadRow, digest)
        if row is not None:
            yield digest, row.body
            session.expunge(row)


def size(session: Session) -> tuple[int, int]:
    """How many bodies are kept, and their compressed bytes."""
    count, total = session.exec(
        select(func.count(), func.coalesce(func.sum(func.length(PayloadRow.body)), 0)).select_from(PayloadRow)
    ).one()
    return int(count), int(total)
