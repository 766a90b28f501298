"""The index of fingerprints, by which reposts are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlmodel import Session, col, select

from listener.dedupe import Known
from listener.model import MentionKey, Processed
from listener.store.bulk import chunks, insert_new
from listener.store.tables import FingerprintRow, MentionRow


def candidates(session: Session, values: Iterable[str]) -> dict[str, list[Known]]:
    """The stored originals under each fingerprint; one query a batch."""
    found: dict[str, list[Known]] = {}
    for part in chunks(set(values)):
        statement = (
            select(FingerprintRow.value, MentionRow)
            .join(MentionRow, col(MentionRow.id) == col(FingerprintRow.mention_id))
            .where(col(FingerprintRow.value).in_(part))
        )
        for value, row in session.exec(statement):
            found.setdefault(value, []).append(_known(row))
    return found


def _known(row: MentionRow) -> Known:
    text = row.text if not row.title or row.text.startswith(row.title) else f"{row.title}\n{row.text}"
    return Known(
        key=MentionKey(row.platform, row.site, row.native_id),
        mention_id=row.id or 0,
        text=text,
        author=row.author_id or row.author_name,
        happened_at=row.happened_at,
    )


def add(session: Session, batch: Sequence[Processed], ids: Mapping[MentionKey, int]) -> None:
    """Keep the fingerprints of those that are originals; a repost is found through its original."""
    rows = [
        {"mention_id": ids[done.mention.key], "value": value}
        for done in batch
        if done.dedupe.duplicate_of is None
        for value in dict.fromkeys(done.fingerprints)
    ]
    if rows:
        insert_new(session, FingerprintRow, rows, ("mention_id", "value"))
