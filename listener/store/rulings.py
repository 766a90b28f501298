"""What people ruled about links, and the rows that a ruling changes; they are remembered, so that undoing is exact."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from listener.model import Evidence, Judgement
from listener.store.bulk import chunks
from listener.store.link_tables import LinkCardRow, LinkRulingRow
from listener.store.tables import (
    AnalysisRow,
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    IdentityLinkRow,
    IdentityRow,
    MentionRow,
)

__all__ = ["in_force", "link_of", "of_author", "open_cases", "put_back", "queue", "rejected", "snapshot"]

Rejected = dict[str, dict[int, frozenset[str]]]


def told(evidence: Sequence[Any]) -> list[str]:
    """The evidence for a link as a ruling remembers it: kind and masked detail."""
    return sorted({f"{kind}:{detail}" for kind, detail, supports in evidence if supports})


def rejected(session: Session, digests: Collection[str]) -> Rejected:
    """Of these authors: customer → the evidence on which people said no."""
    found: Rejected = {}
    for part in chunks(sorted(digests)):
        statement = select(LinkRulingRow).where(
            col(LinkRulingRow.digest).in_(part),
            LinkRulingRow.judgement == Judgement.NEGATIVE.value,
            col(LinkRulingRow.undone_at).is_(None),
        )
        for row in session.exec(statement):
            own = found.setdefault(row.digest, {})
            own[row.customer_id] = own.get(row.customer_id, frozenset()) | frozenset(row.evidence or ())
    return found


def in_force(session: Session, mention_id: int, customer_id: int) -> LinkRulingRow | None:
    """The newest ruling on a mention and a customer that nobody undid."""
    statement = (
        select(LinkRulingRow)
        .where(
            LinkRulingRow.mention_id == mention_id,
            LinkRulingRow.customer_id == customer_id,
            col(LinkRulingRow.undone_at).is_(None),
        )
        .order_by(col(LinkRulingRow.id).desc())
    )
    return session.exec(statement).first()


def linked_in_case(session: Session, number: int, customer_id: int) -> list[int]:
    """The mentions of a case that are linked to the customer, sure or not, oldest first; where none is, its opener."""
    own = select(CaseMentionRow.mention_id).where(CaseMentionRow.case_id == number)
    statement = own.order_by(col(CaseMentionRow.joined_at), col(CaseMentionRow.mention_id))
    linked = select(IdentityLinkRow.mention_id).where(
        IdentityLinkRow.customer_id == customer_id, IdentityLinkRow.judgement != Judgement.NEGATIVE.value
    )
    found = list(session.exec(statement.where(col(CaseMentionRow.mention_id).in_(linked))))
    return found or list(session.exec(statement.where(CaseMentionRow.joined_as == "opener").limit(1)))


def link_of(session: Session, mention_id: int, customer_id: int) -> IdentityLinkRow | None:
    """The link between the two, locked where the database locks rows."""
    statement = select(IdentityLinkRow).where(
        IdentityLinkRow.mention_id == mention_id, IdentityLinkRow.customer_id == customer_id
    )
    return session.exec(statement.with_for_update()).first()


def of_author(session: Session, platform: str, author_id: str) -> list[MentionRow]:
    """All mentions of a platform account, oldest first."""
    if not author_id:
        return []
    statement = select(MentionRow).where(MentionRow.platform == platform, MentionRow.author_id == author_id)
    return list(session.exec(statement.order_by(col(MentionRow.id))))


def open_cases(session: Session, mentions: Collection[int]) -> list[CaseRow]:
    """The cases in which these mentions speak for themselves (no repost, no witness), locked."""
    found: dict[int, CaseRow] = {}
    for part in chunks(mentions):
        statement = (
            select(CaseRow)
            .join(CaseMentionRow, col(CaseMentionRow.case_id) == col(CaseRow.id))
            .where(
                col(CaseMentionRow.mention_id).in_(part), col(CaseMentionRow.joined_as).not_in(("repost", "witness"))
            )
            .order_by(col(CaseRow.id))
            .with_for_update()
        )
        found |= {row.id or 0: row for row in session.exec(statement)}
    return list(found.values())


_KEPT = ("judgement", "score", "evidence", "reason", "decided_by")


def snapshot(row: IdentityLinkRow | None) -> dict[str, Any] | None:
    """A link as plain JSON; None where there was none."""
    if row is None:
        return None
    return {name: getattr(row, name) for name in _KEPT} | {"decided_at": row.decided_at.isoformat()}


def put_back(session: Session, mention_id: int, customer_id: int, before: Mapping[str, Any] | None) -> None:
    """The link as it was before a ruling."""
    row = link_of(session, mention_id, customer_id)
    if before is None:
        if row is not None:
            session.execute(delete(IdentityLinkRow).where(col(IdentityLinkRow.id) == row.id))
        return
    row = row or IdentityLinkRow(mention_id=mention_id, customer_id=customer_id, judgement="", score=0)
    for name in _KEPT:
        setattr(row, name, before[name])
    row.decided_at = datetime.fromisoformat(before["decided_at"])
    session.add(row)
    session.flush()


def bound_account(session: Session, digest: str) -> IdentityRow | None:
    """The account as somebody's identifier, where it is bound."""
    statement = select(IdentityRow).where(IdentityRow.kind == "account", IdentityRow.digest == digest)
    return session.exec(statement).first()


def queue(session: Session, limit: int, mention_id: int | None = None) -> list[dict[str, Any]]:
    """Mentions with unsure links that nobody ruled on, complaints and the surest first, with all their candidates."""
    sure = select(IdentityLinkRow.mention_id).where(IdentityLinkRow.judgement == Judgement.POSITIVE.value)
    statement = (
        select(MentionRow, AnalysisRow.complaint, CaseMentionRow.case_id)
        .join(IdentityLinkRow, col(IdentityLinkRow.mention_id) == col(MentionRow.id))
        .outerjoin(AnalysisRow, col(AnalysisRow.mention_id) == col(MentionRow.id))
        .outerjoin(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .where(IdentityLinkRow.judgement == Judgement.UNSURE.value, col(MentionRow.id).not_in(sure))
        .distinct()
        .order_by(col(AnalysisRow.complaint).desc(), col(MentionRow.id).desc())
        .limit(limit)
    )
    if mention_id is not None:
        statement = statement.where(col(MentionRow.id) == mention_id)
    rows = session.exec(statement).all()
    return [
        {"mention": said, "case": case_id, "complaint": complaint, "candidates": _candidates(session, said.id or 0)}
        for said, complaint, case_id in rows
    ]


def _candidates(session: Session, mention_id: int) -> list[tuple[IdentityLinkRow, CustomerRow]]:
    statement = (
        select(IdentityLinkRow, CustomerRow)
        .join(CustomerRow, col(CustomerRow.id) == col(IdentityLinkRow.customer_id))
        .where(IdentityLinkRow.mention_id == mention_id, IdentityLinkRow.judgement == Judgement.UNSURE.value)
        .order_by(col(IdentityLinkRow.score).desc(), col(IdentityLinkRow.customer_id))
    )
    return list(session.exec(statement).all())


def evidence_of(row: IdentityLinkRow) -> list[Evidence]:
    """The evidence of a stored link."""
    return [Evidence(*each) for each in row.evidence or ()]


def known_customer(session: Session, external_id: str) -> CustomerRow | None:
    """The customer of an outside id."""
    return session.exec(select(CustomerRow).where(CustomerRow.external_id == external_id)).first()


def forget_customer(session: Session, customer_id: int) -> None:
    """Take away what rulings and cards know of an erased customer."""
    session.execute(delete(LinkRulingRow).where(col(LinkRulingRow.customer_id) == customer_id))
    session.execute(delete(LinkCardRow).where(col(LinkCardRow.customer_id) == customer_id))
