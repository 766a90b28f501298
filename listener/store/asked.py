"""By what mentions asked, so that the order in which customers and mentions come does not matter.

A customer who comes later marks the mentions that asked for one of their hashes; processing decides those again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy
from sqlalchemy import delete
from sqlmodel import Session, col, select

from listener.customers.keys import place
from listener.model import IdentityKey, MentionKey
from listener.store.bulk import chunks, insert_new
from listener.store.link_tables import LinkAskedRow, LinkKeyRow, LinkPendingRow

__all__ = ["keep", "mark", "mark_mentions", "pending", "settle"]


def keep(session: Session, asked: Mapping[MentionKey, Sequence[IdentityKey]], ids: Mapping[MentionKey, int]) -> None:
    """Remember by which hashes these mentions asked."""
    rows = sorted({(place(key), ids[mention]) for mention, keys in asked.items() for key in keys})
    if rows:
        made = [{"digest": digest, "mention_id": mention} for digest, mention in rows]
        insert_new(session, LinkAskedRow, made, ("digest", "mention_id"))


def mark(session: Session, customers: Collection[int]) -> None:
    """Mark the mentions that asked for a hash of these customers."""
    if session.exec(select(LinkAskedRow.mention_id).limit(1)).first() is None:
        return
    for part in chunks(customers):
        found = (
            sqlalchemy.select(LinkAskedRow.mention_id)  # type: ignore[call-overload]
            .join(LinkKeyRow, col(LinkKeyRow.digest) == col(LinkAskedRow.digest))
            .where(col(LinkKeyRow.customer_id).in_(part))
            .distinct()
        )
        mark_mentions(session, [number for (number,) in session.execute(found)])


def mark_mentions(session: Session, mentions: Iterable[int]) -> None:
    """Mark these mentions."""
    rows = [{"mention_id": number} for number in sorted(set(mentions))]
    if rows:
        insert_new(session, LinkPendingRow, rows, ("mention_id",))


def pending(session: Session, limit: int) -> list[int]:
    """Mentions whose links are to be decided again."""
    return list(session.exec(select(LinkPendingRow.mention_id).order_by(col(LinkPendingRow.mention_id)).limit(limit)))


def settle(session: Session, mentions: Collection[int]) -> None:
    """These are decided."""
    for part in chunks(mentions):
        session.execute(delete(LinkPendingRow).where(col(LinkPendingRow.mention_id).in_(part)))
