"""Imported dealings with customers, and everything that happened with one customer as a timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlmodel import Session, col, select

from listener.model import CaseState, IdentityKey, Judgement
from listener.store.bulk import chunks, insert_new, upsert
from listener.store.customer_tables import InteractionRow
from listener.store.tables import (
    AnalysisRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    IdentityLinkRow,
    IdentityRow,
    MentionRow,
)

Rows = list[dict[str, Any]]

_COMPARED = ("customer_id", "kind", "at", "product", "quantity", "amount", "dealer", "result")

TOLD = ("contact", "plan", "reply", "visit", "close", "reopen")
"""What was done to a case that the customer noticed."""


def numbers(session: Session, external_ids: Sequence[str]) -> dict[str, int]:
    """The customers' numbers by outside id."""
    found: dict[str, int] = {}
    for part in chunks(set(external_ids)):
        statement = select(CustomerRow.external_id, CustomerRow.id).where(col(CustomerRow.external_id).in_(part))
        found |= {external_id: number for external_id, number in session.exec(statement) if number is not None}
    return found


def holders(session: Session, keys: Iterable[IdentityKey]) -> dict[IdentityKey, set[int]]:
    """Which customers hold each key."""
    found: dict[IdentityKey, set[int]] = {}
    for part in chunks({key.digest for key in keys}):
        statement = select(IdentityRow.kind, IdentityRow.digest, IdentityRow.customer_id).where(
            col(IdentityRow.digest).in_(part)
        )
        for kind, digest, number in session.exec(statement):
            found.setdefault(IdentityKey(kind, digest), set()).add(number)
    return found


def write(
    session: Session, rows: Rows, identities: Rows, decrypt: Callable[[bytes], str], *, dry_run: bool = False
) -> tuple[int, int, set[int]]:
    """Insert or update dealings by key, and the identifiers they tell of.

    How many were new, how many changed, and which customers got identifiers that they did not have.
    """
    if not rows:
        return 0, 0, set()
    rows = list({row["key"]: row for row in rows}.values())
    stored: dict[str, InteractionRow] = {}
    for part in chunks([row["key"] for row in rows]):
        found = session.exec(select(InteractionRow).where(col(InteractionRow.key).in_(part)))
        stored |= {row.key: row for row in found}
    new = [row for row in rows if row["key"] not in stored]
    changed = [row for row in rows if row["key"] in stored and _differs(stored[row["key"]], row, decrypt)]
    told: set[int] = set()
    if not dry_run:
        if new or changed:
            upsert(session, InteractionRow, [*new, *changed], ("key",))
        unique, whole = ("customer_id", "kind", "digest"), [_whole(row) for row in identities]
        told = {found[0] for found in insert_new(session, IdentityRow, whole, unique, [col(IdentityRow.customer_id)])}
    return len(new), len(changed), told


def _whole(row: dict[str, Any]) -> dict[str, Any]:
    return {"confidence": 1.0, **row}


def _differs(before: InteractionRow, row: dict[str, Any], decrypt: Callable[[bytes], str]) -> bool:
    if any(getattr(before, name) != row[name] for name in _COMPARED):
        return True
    was, now = (decrypt(cipher) if cipher else "" for cipher in (before.cipher, row["cipher"]))
    return was != now


def of_customer(session: Session, number: int) -> list[InteractionRow]:
    """All the dealings of one customer, newest first."""
    statement = select(InteractionRow).where(InteractionRow.customer_id == number)
    return list(session.exec(statement.order_by(col(InteractionRow.at).desc(), col(InteractionRow.id).desc())))


def said(session: Session, number: int, limit: int) -> list[dict[str, Any]]:
    """The newest mentions that are this customer's: linked to them, or in their cases."""
    linked = select(IdentityLinkRow.mention_id).where(
        IdentityLinkRow.customer_id == number, IdentityLinkRow.judgement == Judgement.POSITIVE.value
    )
    joined = (
        select(CaseMentionRow.mention_id)
        .join(CaseRow, col(CaseRow.id) == col(CaseMentionRow.case_id))
        .where(CaseRow.customer_id == number, CaseMentionRow.joined_as != "repost")
    )
    statement = (
        select(MentionRow, AnalysisRow.sentiment, AnalysisRow.complaint)
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .where(col(MentionRow.id).in_(linked.union(joined)))
        .order_by(col(MentionRow.happened_at).desc(), col(MentionRow.id).desc())
        .limit(limit)
    )
    return [
        {
            "at": row.happened_at,
            "platform": row.platform,
            "title": row.title,
            "text": row.text,
            "url": row.url,
            "sentiment": sentiment or "",
            "complaint": complaint or "",
        }
        for row, sentiment, complaint in session.exec(statement)
    ]


def cases(session: Session, number: int) -> list[CaseRow]:
    """The customer's cases, newest first; those merged into another are left out."""
    statement = select(CaseRow).where(CaseRow.customer_id == number, CaseRow.state != CaseState.MERGED.value)
    return list(session.exec(statement.order_by(col(CaseRow.opened_at).desc(), col(CaseRow.id).desc())))


def done(session: Session, number: int, limit: int) -> list[CaseEventRow]:
    """What was answered and done in the customer's cases, newest first."""
    statement = (
        select(CaseEventRow)
        .join(CaseRow, col(CaseRow.id) == col(CaseEventRow.case_id))
        .where(CaseRow.customer_id == number, col(CaseEventRow.action).in_(TOLD))
        .order_by(col(CaseEventRow.at).desc(), col(CaseEventRow.id).desc())
        .limit(limit)
    )
    return list(session.exec(statement))
