"""Corrections and spot checks: who said what of which mention, what holds, and what teaches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import func
from sqlmodel import Session, col, select

from listener.corrections import Word, reading_of
from listener.model import MentionKey, RawMention
from listener.store.bulk import among, chunks, insert, insert_new
from listener.store.captures_rows import raw_of
from listener.store.mentions import NATURAL_COLUMNS
from listener.store.tables import AnalysisRow, CorrectionRow, MentionRow, RawMentionRow, SpotCheckRow

__all__ = ["Taught", "add", "draw", "in_force", "latest", "queue", "rows", "spot_checked", "tally", "taught"]

Words = dict[str, Word]


def in_force(session: Session, said: Mapping[MentionKey, str]) -> dict[MentionKey, Words]:
    """People's words on these mentions as they read now (key → full text), by field; the newest of each field."""
    found: dict[MentionKey, Words] = {}
    for part in chunks(said, 3):
        statement = (
            select(MentionRow.platform, MentionRow.site, MentionRow.native_id, CorrectionRow)
            .join(MentionRow, col(MentionRow.id) == col(CorrectionRow.mention_id))
            .where(among(NATURAL_COLUMNS, part), col(CorrectionRow.undone_at).is_(None))
            .order_by(col(CorrectionRow.id))
        )
        for platform, site, native_id, row in session.exec(statement):
            key = MentionKey(platform, site, native_id)
            if row.digest == reading_of(said[key]):
                found.setdefault(key, {})[row.field] = Word(row.new, row.person)
    return found


def latest(session: Session, mention_id: int, digest: str) -> dict[str, CorrectionRow]:
    """The corrections that hold for one reading of a mention, by field."""
    statement = (
        select(CorrectionRow)
        .where(
            CorrectionRow.mention_id == mention_id,
            CorrectionRow.digest == digest,
            col(CorrectionRow.undone_at).is_(None),
        )
        .order_by(col(CorrectionRow.id))
    )
    return {row.field: row for row in session.exec(statement)}


def add(session: Session, made: Sequence[Mapping[str, Any]]) -> None:
    """Keep corrections."""
    insert(session, CorrectionRow, made)


def rows(session: Session, limit: int, *, everything: bool = True) -> list[dict[str, Any]]:
    """The newest corrections; those undone too with ``everything``."""
    statement = (
        select(CorrectionRow, MentionRow)
        .join(MentionRow, col(MentionRow.id) == col(CorrectionRow.mention_id))
        .order_by(col(CorrectionRow.id).desc())
        .limit(limit)
    )
    if not everything:
        statement = statement.where(col(CorrectionRow.undone_at).is_(None))
    names = ("id", "mention_id", "field", "old", "new", "person", "at", "note", "drawn", "undone_at", "undone_by")
    return [
        {name: getattr(row, name) for name in names}
        | {"mention": f"{said.platform}:{said.native_id}", "text": said.title or said.text}
        for row, said in session.exec(statement)
    ]


@dataclass(frozen=True, slots=True)
class Taught:
    """A correction of the sentiment with the capture it was said of."""

    raw_id: int
    raw: RawMention
    new: str


def taught(session: Session, field: str = "sentiment") -> list[Taught]:
    """Every correction of ``field`` not undone, oldest first, with the capture that the person had read."""
    statement = (
        select(CorrectionRow, RawMentionRow)
        .join(RawMentionRow, col(RawMentionRow.id) == col(CorrectionRow.raw_id))
        .where(CorrectionRow.field == field, col(CorrectionRow.undone_at).is_(None))
        .order_by(col(CorrectionRow.id))
    )
    return [Taught(row.raw_id, raw_of(raw), row.new) for row, raw in session.exec(statement)]


def draw(session: Session, since: datetime | None, size: int, person: str, now: datetime) -> int:
    """Draw up to ``size`` mentions at random from those said since, reposts and those drawn before left out; how many.

    The database's own random order: each mention is as likely as any other.
    """
    drawn = select(SpotCheckRow.mention_id)
    choice = (
        select(MentionRow.id)
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(col(MentionRow.duplicate_of).is_(None), col(MentionRow.id).not_in(drawn))
    )
    if since is not None:
        choice = choice.where(MentionRow.happened_at >= since)
    population = session.exec(select(func.count()).select_from(choice.subquery())).one()
    numbers = session.exec(choice.order_by(func.random()).limit(size)).all()
    made = [{"mention_id": number, "drawn_at": now, "drawn_by": person, "population": population} for number in numbers]
    return len(insert_new(session, SpotCheckRow, made, ("mention_id",), [col(SpotCheckRow.mention_id)])) if made else 0


def queue(session: Session, limit: int) -> list[dict[str, Any]]:
    """The drawn mentions that nobody has judged yet, oldest draw first."""
    judged = select(CorrectionRow.mention_id).where(col(CorrectionRow.drawn), col(CorrectionRow.undone_at).is_(None))
    statement = (
        select(MentionRow, AnalysisRow)
        .join(SpotCheckRow, col(SpotCheckRow.mention_id) == col(MentionRow.id))
        .join(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(col(MentionRow.id).not_in(judged))
        .order_by(col(SpotCheckRow.drawn_at), col(MentionRow.id))
        .limit(limit)
    )
    return [
        {
            "mention": said.id,
            "platform": said.platform,
            "url": said.url,
            "text": f"{said.title}\n{said.text}".strip() if not said.text.startswith(said.title) else said.text,
            "sentiment": found.sentiment,
            "complaint": found.complaint,
        }
        for said, found in session.exec(statement)
    ]


def spot_checked(session: Session, mention_id: int) -> bool:
    """Whether the mention was drawn at random."""
    return session.get(SpotCheckRow, mention_id) is not None


def tally(session: Session, start: datetime | None = None, end: datetime | None = None) -> list[Any]:
    """(field, drawn, what the machine said, what the person said, how many) of corrections not undone in a window."""
    counted = [col(CorrectionRow.field), col(CorrectionRow.drawn), col(CorrectionRow.said), col(CorrectionRow.new)]
    statement = (
        sqlalchemy.select(*counted, func.count()).where(col(CorrectionRow.undone_at).is_(None)).group_by(*counted)
    )
    if start is not None:
        statement = statement.where(col(CorrectionRow.at) >= start)
    if end is not None:
        statement = statement.where(col(CorrectionRow.at) < end)
    return list(session.execute(statement).all())


def numbers_of(session: Session, wanted: Iterable[int]) -> dict[int, MentionRow]:
    """Mentions by database id."""
    found: dict[int, MentionRow] = {}
    for part in chunks(wanted):
        found |= {row.id or 0: row for row in session.exec(select(MentionRow).where(col(MentionRow.id).in_(part)))}
    return found
