"""What was taken away for good: keyed hashes that keep it from coming back. Nothing can be read from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from listener.errors import NeedsOperator
from listener.language import say
from listener.model import MentionKey, RawMention
from listener.store.bulk import among, chunks, insert_new
from listener.store.customer_tables import TombstoneRow
from listener.store.engine import Digests
from listener.store.tables import RawMentionRow
from listener.store.vault import Vault

HASHED = "hashed:"
"""How the id of an author begins who is known as a keyed hash only."""

ERASED = "erased:"
"""How the id of a mention begins that was erased."""


def natural(key: MentionKey) -> str:
    """A mention's natural key as one value."""
    return "\x1f".join(key)


def known(session: Session, digests: Digests, kind: str, values: Sequence[str]) -> set[str]:
    """Those of the ``values`` that were taken away, whichever index secret was in force then."""
    if not _any(session, kind):
        return set()
    wanted = {digest: value for value in values for digest in digests(f"tombstone:{kind}", value)}
    found: set[str] = set()
    for part in chunks(wanted):
        statement = select(TombstoneRow.digest).where(TombstoneRow.kind == kind, col(TombstoneRow.digest).in_(part))
        found |= {wanted[digest] for digest in session.exec(statement)}
    return found


def _any(session: Session, kind: str) -> bool:
    return session.exec(select(TombstoneRow.kind).where(TombstoneRow.kind == kind).limit(1)).first() is not None


def add(session: Session, vault: Vault, kind: str, values: Iterable[str], now: datetime, reason: str) -> None:
    """Remember that these were taken away."""
    rows = [
        {"kind": kind, "digest": vault.digest(f"tombstone:{kind}", value), "at": now, "reason": reason}
        for value in dict.fromkeys(values)
    ]
    if rows:
        insert_new(session, TombstoneRow, rows, ("kind", "digest"))


def allowed(session: Session, captures: Sequence[RawMention]) -> list[RawMention]:
    """The captures that may be stored: none of an erased mention, and without the names that were given up.

    ``NeedsOperator`` where something was erased and the key file that tells what is not at hand.
    """
    if not captures:
        return []
    kept = list(captures)
    if _any(session, "mention"):
        digests: Digests | None = session.info.get("digests")
        if digests is None:
            raise NeedsOperator(say("需要密钥文件才能识别已删除的内容", "the key file is needed: something was erased"))
        gone = known(session, digests, "mention", [natural(raw.key) for raw in kept])
        kept = [raw for raw in kept if natural(raw.key) not in gone]
    return _without_names(session, kept)


def _without_names(session: Session, captures: Sequence[RawMention]) -> list[RawMention]:
    """The captures; of a mention whose author was reduced to a hash, with the hash in the name's place."""
    reduced: dict[MentionKey, str] = {}
    columns = (col(RawMentionRow.platform), col(RawMentionRow.site), col(RawMentionRow.native_id))
    for part in chunks({tuple(raw.key) for raw in captures}, 3):
        statement = select(*columns, RawMentionRow.author_id).where(
            among(columns, part), col(RawMentionRow.author_id).startswith(HASHED)
        )
        reduced |= {
            MentionKey(platform, site, native_id): who for platform, site, native_id, who in session.exec(statement)
        }
    return [nameless(raw, reduced[raw.key]) if raw.key in reduced else raw for raw in captures]


def nameless(raw: RawMention, hashed: str) -> RawMention:
    """The capture with ``hashed`` in place of its author."""
    return replace(raw, author_id=hashed, author_name="", fields=nameless_fields(raw.fields))


def nameless_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """A capture's further facts without those that name a person."""
    return {name: value for name, value in fields.items() if not any(word in name for word in ("author", "user"))}
