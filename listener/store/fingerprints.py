"""The index of fingerprints, by which reposts are found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from listener.dedupe import Known, likely
from listener.model import MentionKey, Processed
from listener.store.bulk import chunks, insert_new
from listener.store.tables import FingerprintRow, MentionRow
from listener.text.nobody import author_of


@dataclass(frozen=True, slots=True)
class Found:
    """What is stored under some fingerprints: ``originals`` worth comparing, and how many mentions each ``held``."""

    originals: Mapping[int, Sequence[Known]]
    held: Mapping[int, int]


def found(session: Session, looked_up: Sequence[Sequence[int]]) -> Found:
    """What is kept under the prints of a batch: two statements, however large the index; texts of the likely only."""
    holders = _holders(session, {value for own in looked_up for value in own})
    chosen = {number for own in looked_up for number in likely(own, holders)}
    known = _known_by_id(session, chosen)
    originals = {value: [known[number] for number in numbers if number in known] for value, numbers in holders.items()}
    return Found(originals, {value: len(numbers) for value, numbers in holders.items()})


def _holders(session: Session, values: Collection[int]) -> dict[int, list[int]]:
    """The ids of the mentions kept under each print, the first ones first."""
    holders: dict[int, list[int]] = {}
    for part in chunks(values):
        statement = select(FingerprintRow.value, FingerprintRow.mention_id).where(col(FingerprintRow.value).in_(part))
        for value, mention_id in session.exec(statement):
            holders.setdefault(value, []).append(mention_id)
    return {value: sorted(numbers) for value, numbers in holders.items()}


def _known_by_id(session: Session, ids: Collection[int]) -> dict[int, Known]:
    columns = (
        MentionRow.id, MentionRow.platform, MentionRow.site, MentionRow.native_id, MentionRow.title, MentionRow.text,
        MentionRow.author_id, MentionRow.author_name, MentionRow.happened_at,
    )  # fmt: skip
    known: dict[int, Known] = {}
    for part in chunks(ids):
        rows = session.execute(select(*columns).where(col(MentionRow.id).in_(part)))  # type: ignore[call-overload]
        for number, platform, site, native_id, title, text, author_id, author_name, happened_at in rows:
            whole = text if not title or text.startswith(title) else f"{title}\n{text}"
            known[number] = Known(
                key=MentionKey(platform, site, native_id),
                mention_id=number,
                text=whole,
                author=author_of(author_id, author_name),
                happened_at=happened_at,
            )
    return known


def add(session: Session, batch: Sequence[Processed], ids: Mapping[MentionKey, int]) -> None:
    """Keep the fingerprints that were chosen to be kept (``listener.dedupe.kept``)."""
    rows = [
        {"value": value, "mention_id": ids[done.mention.key]} for done in batch for value in sorted(done.fingerprints)
    ]
    if rows:
        rows.sort(key=lambda row: row["value"])
        insert_new(session, FingerprintRow, rows, ("value", "mention_id"))
