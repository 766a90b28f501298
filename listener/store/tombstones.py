"""What was taken away for good: keyed hashes that keep it from coming back. Nothing can be read from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from listener.store.bulk import chunks, insert_new
from listener.store.customer_tables import TombstoneRow
from listener.store.vault import Vault


def known(session: Session, vault: Vault, kind: str, values: Sequence[str]) -> set[str]:
    """Those of the ``values`` that were taken away, whichever index secret was in force then."""
    if session.exec(select(TombstoneRow.kind).where(TombstoneRow.kind == kind).limit(1)).first() is None:
        return set()
    digests = {digest: value for value in values for digest in vault.digests(f"tombstone:{kind}", value)}
    found: set[str] = set()
    for part in chunks(digests):
        statement = select(TombstoneRow.digest).where(TombstoneRow.kind == kind, col(TombstoneRow.digest).in_(part))
        found |= {digests[digest] for digest in session.exec(statement)}
    return found


def add(session: Session, vault: Vault, kind: str, values: Iterable[str], now: datetime, reason: str) -> None:
    """Remember that these were taken away."""
    rows = [
        {"kind": kind, "digest": vault.digest(f"tombstone:{kind}", value), "at": now, "reason": reason}
        for value in dict.fromkeys(values)
    ]
    if rows:
        insert_new(session, TombstoneRow, rows, ("kind", "digest"))
