"""What is kept no longer than it is needed: names of authors, stored mails, dealings, single fields of customers.

Each step works through a page and says how many it changed, so that housekeeping holds no lock for long.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, update
from sqlmodel import Session, col, select

from listener.model import DeliveryStatus, MentionKey
from listener.store import link_index, tombstones
from listener.store.bulk import among
from listener.store.captures import digest_of
from listener.store.captures_rows import raw_of
from listener.store.customer_tables import InteractionRow
from listener.store.tables import (
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    DeliveryRow,
    IdentityRow,
    MentionRow,
    RawMentionRow,
)
from listener.store.vault import Vault

PAGE = 500

Author = tuple[str, str, str]
"""Platform, id, name."""


def authors_in_cases(session: Session) -> set[Author]:
    """Everybody who wrote something that is part of a case: they are still needed by name."""
    statement = (
        select(MentionRow.platform, MentionRow.author_id, MentionRow.author_name)
        .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(MentionRow.id))
        .distinct()
    )
    found = {tuple(row) for row in session.exec(statement)}
    return {(platform, number, "" if number else name) for platform, number, name in found}


def reduce_authors(
    session: Session, vault: Vault, before: datetime, needed: Collection[Author], own: Collection[str], after: int
) -> tuple[int, int]:
    """Reduce the authors of a page of mentions captured ``before`` to keyed hashes; how many, and the last number seen.

    ``needed`` and the company's ``own`` accounts ("platform:id or name") keep their names. 0 seen: nothing is left.
    """
    statement = (
        select(MentionRow)
        .where(
            col(MentionRow.id) > after,
            col(MentionRow.captured_at) < before,
            or_(col(MentionRow.author_id) != "", col(MentionRow.author_name) != ""),
            ~col(MentionRow.author_id).startswith(tombstones.HASHED),
        )
        .order_by(col(MentionRow.id))
        .limit(PAGE)
    )
    rows = session.exec(statement).all()
    chosen = [row for row in rows if not _is_needed(row, needed, own)]
    hashed = {MentionKey(row.platform, row.site, row.native_id): _hashed(vault, row) for row in chosen}
    for row in chosen:
        row.author_id, row.author_name = hashed[MentionKey(row.platform, row.site, row.native_id)], ""
        row.fields = tombstones.nameless_fields(row.fields or {})
    _reduce_captures(session, hashed)
    return len(chosen), rows[-1].id or 0 if rows else 0


def _is_needed(row: MentionRow, needed: Collection[Author], own: Collection[str]) -> bool:
    if (row.platform, row.author_id, "" if row.author_id else row.author_name) in needed:
        return True
    return any(f"{row.platform}:{name}" in own for name in (row.author_id, row.author_name) if name)


def _hashed(vault: Vault, row: MentionRow) -> str:
    return tombstones.HASHED + vault.digest("author", f"{row.platform}:{row.author_id or row.author_name}")[:32]


def _reduce_captures(session: Session, hashed: dict[MentionKey, str]) -> None:
    """The same for every capture of these mentions; its digest is that of what it says now."""
    if not hashed:
        return
    columns = (col(RawMentionRow.platform), col(RawMentionRow.site), col(RawMentionRow.native_id))
    seen: set[tuple[MentionKey, str]] = set()
    for row in session.exec(select(RawMentionRow).where(among(columns, hashed)).order_by(col(RawMentionRow.id))):
        key = MentionKey(row.platform, row.site, row.native_id)
        raw = tombstones.nameless(raw_of(row), hashed[key])
        digest = digest_of(raw)
        row.digest = f"{digest}:{row.id}" if (key, digest) in seen else digest  # the name was all that differed
        seen.add((key, digest))
        row.author_id, row.author_name, row.fields = raw.author_id, "", dict(raw.fields)
    session.flush()


def forget_mails(session: Session, before: datetime) -> int:
    """Empty the stored mails made before then that are not to be sent any more; how many."""
    done = col(DeliveryRow.status) != DeliveryStatus.PENDING.value
    old = (done, col(DeliveryRow.created_at) < before, col(DeliveryRow.content).is_not(None))
    result: Any = session.execute(update(DeliveryRow).where(*old).values(content=None))
    count: int = result.rowcount
    return count


def forget_interactions(session: Session, before: datetime) -> int:
    """Delete the dealings with customers from before then; how many."""
    result: Any = session.execute(delete(InteractionRow).where(col(InteractionRow.at) < before))
    count: int = result.rowcount
    return count


def forget_field(
    session: Session, vault: Vault, field: str, kind: str, before: datetime, after: int
) -> tuple[int, int]:
    """Forget one field of the customers of a page who had nothing to do with us since then; how many, last number seen.

    ``field`` is its key in the profile, ``kind`` that of the identifiers it holds ("" for none). A field that was
    verified since is kept.
    """
    rows = session.exec(_silent_since(before, after)).all()
    chosen = [row for row in rows if _is_old(row, field, before)]
    for row in chosen:
        profile = json.loads(vault.decrypt(row.cipher))
        profile[field] = [] if isinstance(profile.get(field), list) else ""
        row.cipher = vault.encrypt(json.dumps(profile, ensure_ascii=False, sort_keys=True))
        facts = dict(row.facts or {})
        facts["fields"] = {name: told for name, told in facts.get("fields", {}).items() if name != field}
        row.facts = facts
    numbers = [row.id for row in chosen if row.id is not None]
    _delete_identities(session, numbers, kind)
    session.flush()
    link_index.refresh(session, vault, numbers)
    return len(chosen), rows[-1].id or 0 if rows else 0


def _silent_since(before: datetime, after: int) -> Any:
    """Customers of whom nothing was imported, and with whom nothing happened, since then."""
    dealt = exists().where(col(InteractionRow.customer_id) == col(CustomerRow.id), col(InteractionRow.at) >= before)
    case = exists().where(col(CaseRow.customer_id) == col(CustomerRow.id), col(CaseRow.opened_at) >= before)
    silent = (col(CustomerRow.id) > after, col(CustomerRow.imported_at) < before, ~dealt, ~case)
    return select(CustomerRow).where(*silent).order_by(col(CustomerRow.id)).limit(PAGE)


def _is_old(row: CustomerRow, field: str, before: datetime) -> bool:
    told = (row.facts or {}).get("fields", {}).get(field)
    return bool(told) and (not told[2] or told[2] < before.date().isoformat())


def _delete_identities(session: Session, customers: Sequence[int], kind: str) -> None:
    if kind and customers:
        theirs = (col(IdentityRow.customer_id).in_(customers), col(IdentityRow.kind) == kind)
        session.execute(delete(IdentityRow).where(*theirs))
