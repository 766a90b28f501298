"""Customers and their identifiers: bulk import, and the look-up by keyed hash."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col, select

from listener.customers.match import Candidate
from listener.model import IdentityKey
from listener.settings import SegmentSettings
from listener.store import link_index
from listener.store.bulk import chunks, insert_new, upsert
from listener.store.customer_tables import RelationRow
from listener.store.tables import CustomerRow, IdentityRow
from listener.store.traits import DEFAULT, traits


def identities(session: Session, keys: Iterable[IdentityKey]) -> dict[IdentityKey, list[Candidate]]:
    """Who is found under these keys, without those who must not be linked; one statement a batch."""
    return link_index.candidates(session, keys)


def route_facts(
    session: Session, numbers: Collection[int], now: datetime, how: SegmentSettings = DEFAULT
) -> dict[int, dict[str, object]]:
    """Region, product, dealer, segment and stage of these customers, for routing; ``traits`` whole beside them."""
    found: dict[int, dict[str, object]] = {}
    for part in chunks(numbers):
        rows = session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(part))).all()
        known = traits(session, rows, now, how)
        for row in rows:
            its = known[row.id or 0]
            words = [row.segment or its.segment.words(), its.lifecycle.words()]
            facts = {"region": row.region, "product": row.product, "dealer": row.dealer, "traits": its}
            found[row.id or 0] = facts | {"segment": " · ".join(word for word in words if word)}
    return found


def external_ids(session: Session, wanted: Sequence[str]) -> dict[str, CustomerRow]:
    """The stored customers of these outside ids."""
    found: dict[str, CustomerRow] = {}
    for part in chunks(wanted):
        for row in session.exec(select(CustomerRow).where(col(CustomerRow.external_id).in_(part))):
            found[row.external_id] = row
    return found


Rows = list[dict[str, Any]]


def write(
    session: Session,
    customers: Sequence[dict[str, Any]],
    identifiers: dict[str, Rows],
    relations: dict[str, Rows] | None = None,
) -> dict[str, int]:
    """Insert or update customers by outside id; their numbers.

    ``identifiers`` and ``relations`` are all the rows of each, by that id.

    What a customer no longer has is deleted, what stays keeps its row, its provenance and its time.
    """
    numbers = _upsert(session, customers)
    rows = _of_customers(numbers, identifiers)
    _forget(session, numbers.values(), {(row["customer_id"], row["kind"], row["digest"]) for row in rows})
    if rows:
        insert_new(session, IdentityRow, rows, ("customer_id", "kind", "digest"))
    for part in chunks(numbers.values()):
        session.execute(delete(RelationRow).where(col(RelationRow.customer_id).in_(part)))
    if related := _of_customers(numbers, relations or {}):
        insert_new(session, RelationRow, related, ("customer_id", "kind", "other"))
    return numbers


def _of_customers(numbers: dict[str, int], rows: dict[str, Rows]) -> Rows:
    return [{**row, "customer_id": numbers[external_id]} for external_id, own in rows.items() for row in own]


def _upsert(session: Session, customers: Sequence[dict[str, Any]]) -> dict[str, int]:
    """The customers' numbers by outside id; the segment is not the file's to say."""
    returned = upsert(
        session,
        CustomerRow,
        customers,
        ("external_id",),
        keep=("segment",),
        returning=[col(CustomerRow.id), col(CustomerRow.external_id)],
    )
    return {row.external_id: row.id for row in returned}


def _forget(session: Session, customers: Iterable[int], kept: Collection[tuple[int, str, str]]) -> None:
    """Delete the identifiers of these customers that a table brought and that are not among the ``kept`` ones."""
    for part in chunks(customers):
        statement = select(IdentityRow.id, IdentityRow.customer_id, IdentityRow.kind, IdentityRow.digest).where(
            col(IdentityRow.customer_id).in_(part), IdentityRow.origin == "import"
        )
        gone = [number for number, *identity in session.exec(statement) if tuple(identity) not in kept]
        for numbers in chunks(gone):
            session.execute(delete(IdentityRow).where(col(IdentityRow.id).in_(numbers)))
