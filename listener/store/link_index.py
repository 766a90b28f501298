"""The index of linking: who is found under which keyed hash. It lives in the database; nothing of it is kept in memory.

    count the holders of each hash ─▶ those that few hold ─▶ candidates with what the records say of them

One statement a batch, however many mentions and customers there are. ``ensure`` builds the index anew where it is
missing or was made by another version of the keys.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import Any

import sqlalchemy
from sqlalchemy import BigInteger, delete, func
from sqlmodel import Session, col, select

from listener.customers.attributes import Vocabulary, cities, places_of, split_words
from listener.customers.keys import EXACT, NO_CARD, Card, Digest, card, compact, customer_keys
from listener.customers.match import MOST_ALIKE, MOST_HOLDERS, Candidate
from listener.model import IdentityKey, Party
from listener.store import link_weights
from listener.store.bulk import chunks, insert, insert_new, upsert
from listener.store.link_tables import LinkCardRow, LinkKeyRow, LinkWordRow
from listener.store.tables import CustomerRow, FactRow, IdentityRow
from listener.store.vault import Vault

__all__ = ["candidates", "ensure", "forget", "learn_words", "refresh", "vocabulary", "write"]

VERSION = "1"
"""Raised when ``listener.customers.keys`` makes other keys: the index is then built anew."""

FACT = "link_index"

PAGE = 1000
"""Customers that are hashed at a time."""

MOST_WORDS = 5000
"""Products, dealers and places that are known by their frequency, of each kind the most frequent ones."""


def candidates(session: Session, keys: Iterable[IdentityKey]) -> dict[IdentityKey, list[Candidate]]:
    """Who is found under these keys, without those who must not be linked; a key that too many hold is left out."""
    wanted: dict[int, list[IdentityKey]] = {}
    exact: set[int] = set()
    for key in keys:
        digest = compact(key.digest)
        wanted.setdefault(digest, []).append(key)
        if key.kind in EXACT:
            exact.add(digest)
    found: dict[IdentityKey, list[Candidate]] = {}
    people: dict[int, Candidate] = {}
    for row in _holders(session, sorted(wanted)):
        digest, holders, number = row[:3]
        if holders > (MOST_HOLDERS if digest in exact else MOST_ALIKE):
            continue
        candidate = people.get(number)
        if candidate is None:
            candidate = people[number] = _candidate(row)
        for key in wanted[digest]:
            found.setdefault(key, []).append(candidate)
    return found


def _holders(session: Session, digests: Sequence[int]) -> Iterable[Any]:
    """(digest, how many hold it, a holder with what the records say of them) of the hashes that few hold.

    The hashes go as one value, so that the statement is always the same one.
    """
    if not digests:
        return []
    postgres = session.get_bind().dialect.name == "postgresql"
    given = {"digests": list(digests) if postgres else json.dumps(digests)}
    return session.connection().execute(_statement(postgres), given).fetchall()


@cache
def _statement(postgres: bool) -> Any:
    given = (
        "SELECT unnest(CAST(:digests AS bigint[])) AS value" if postgres else "SELECT value FROM json_each(:digests)"
    )
    asked = sqlalchemy.text(given).columns(sqlalchemy.column("value", BigInteger))
    few = (
        sqlalchemy.select(LinkKeyRow.digest, func.count().label("holders"))  # type: ignore[call-overload]
        .where(col(LinkKeyRow.digest).in_(asked))
        .group_by(LinkKeyRow.digest)
        .having(func.count() <= MOST_ALIKE)
        .subquery()
    )
    return (
        sqlalchemy.select(  # type: ignore[call-overload]
            few.c.digest, few.c.holders, CustomerRow.id, CustomerRow.party, CustomerRow.region, CustomerRow.product,
            CustomerRow.dealer, sqlalchemy.type_coerce(CustomerRow.since, sqlalchemy.String), LinkCardRow.name,
            LinkCardRow.sound, LinkCardRow.surname,
        )
        .select_from(few)
        .join(LinkKeyRow, col(LinkKeyRow.digest) == few.c.digest)
        .join(CustomerRow, col(CustomerRow.id) == col(LinkKeyRow.customer_id))
        .outerjoin(LinkCardRow, col(LinkCardRow.customer_id) == col(LinkKeyRow.customer_id))
        .where(col(CustomerRow.do_not_link).is_(False))
        .order_by(few.c.digest, col(CustomerRow.id))
    )  # fmt: skip


def _candidate(row: Sequence[Any]) -> Candidate:
    _, _, number, party, region, product, dealer, since, name, heard, family = row
    hashes = Card(name, heard, family) if name is not None else NO_CARD
    return Candidate(number, _PARTIES[party], hashes, region, product, dealer, _time(since))


_PARTIES = {party.value: party for party in Party}


def _time(stored: Any) -> datetime | None:
    """A time as the driver gives it: a customer is in many rows of an answer, and only one of them is read."""
    if stored is None:
        return None
    at = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def write(session: Session, entries: Mapping[int, tuple[Collection[int], Card]], *, fresh: bool = False) -> None:
    """Put customers into the index: number → (their hashes, their card), in place of what was there.

    ``fresh``: none of them was in it before.
    """
    if not fresh:
        _remove(session, entries)
    rows = sorted((digest, number) for number, (digests, _) in entries.items() for digest in set(digests))
    insert(session, LinkKeyRow, [{"digest": digest, "customer_id": number} for digest, number in rows])
    cards = [
        {"customer_id": number, "name": hashes.name, "sound": hashes.sound, "surname": hashes.surname}
        for number, (_, hashes) in entries.items()
    ]
    if cards:
        upsert(session, LinkCardRow, cards, ("customer_id",))


def _remove(session: Session, customers: Iterable[int]) -> None:
    for part in chunks(customers):
        session.execute(delete(LinkKeyRow).where(col(LinkKeyRow.customer_id).in_(part)))


def forget(session: Session, customers: Collection[int]) -> None:
    """Take customers out of the index."""
    _remove(session, customers)
    for part in chunks(customers):
        session.execute(delete(LinkCardRow).where(col(LinkCardRow.customer_id).in_(part)))


def entry(
    identifiers: Iterable[tuple[str, str]], name: str, columns: Mapping[str, Any], digest: Digest
) -> tuple[set[int], Card]:
    """A customer's hashes and card, from the identifiers, the name and the stored columns."""
    told = {kind: str(columns.get(kind) or "") for kind in ("region", "product", "dealer")}
    hashes = {compact(digest(kind, value)) for kind, value in customer_keys(identifiers, name, **told)}
    return hashes, card(name, digest)


def refresh(session: Session, vault: Vault, customers: Collection[int]) -> None:
    """Make the index of these customers anew from what is stored of them."""
    for part in chunks(customers):
        rows = session.exec(select(CustomerRow).where(col(CustomerRow.id).in_(part))).all()
        write(session, _entries(session, vault, rows))


def _entries(session: Session, vault: Vault, rows: Sequence[CustomerRow]) -> dict[int, tuple[Collection[int], Card]]:
    numbers = [row.id or 0 for row in rows]
    held: dict[int, list[tuple[str, str]]] = {}
    for part in chunks(numbers):
        statement = select(IdentityRow.customer_id, IdentityRow.kind, IdentityRow.cipher)
        for number, kind, cipher in session.exec(statement.where(col(IdentityRow.customer_id).in_(part))):
            held.setdefault(number, []).append((kind, vault.decrypt(cipher)))
    made: dict[int, tuple[Collection[int], Card]] = {}
    for row in rows:
        name = str(json.loads(vault.decrypt(row.cipher)).get("name", ""))
        columns = {"region": row.region, "product": row.product, "dealer": row.dealer}
        made[row.id or 0] = entry(held.get(row.id or 0, ()), name, columns, vault.digest)
    return made


def ensure(session: Session, vault: Vault) -> int:
    """Build the index where it is missing or of another version or key; how many customers were hashed."""
    wanted = f"{VERSION}:{vault.key_id}"
    fact = session.get(FactRow, FACT)
    if fact is not None and fact.value == wanted:
        return 0
    session.execute(delete(LinkKeyRow))
    done = after = 0
    while rows := session.exec(
        select(CustomerRow).where(col(CustomerRow.id) > after).order_by(col(CustomerRow.id)).limit(PAGE)
    ).all():
        write(session, _entries(session, vault, rows), fresh=True)
        done, after = done + len(rows), rows[-1].id or 0
        session.expunge_all()
    learn_words(session)
    upsert(session, FactRow, [{"name": FACT, "value": wanted}], ("name",))
    return done


def learn_words(session: Session) -> None:
    """Count the customers of each region, product and dealer anew; after an import, in one statement each."""
    session.execute(delete(LinkWordRow))
    rows: list[dict[str, Any]] = []
    for kind, column in (
        ("region", CustomerRow.region),
        ("product", CustomerRow.product),
        ("dealer", CustomerRow.dealer),
    ):
        counts: dict[str, int] = {}
        grouped = sqlalchemy.select(column, func.count()).where(col(column) != "").group_by(column)  # type: ignore[call-overload]
        for cell, customers in session.execute(grouped):
            for word in set(cities(places_of(cell)) if kind == "region" else split_words(cell)):
                counts[word] = counts.get(word, 0) + customers
        frequent = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        rows += [{"kind": kind, "word": word, "customers": n} for word, n in islice(frequent, MOST_WORDS)]
    if rows:
        insert_new(session, LinkWordRow, rows, ("kind", "word"))


def vocabulary(session: Session) -> Vocabulary:
    """The words of the records with their frequencies, and how many customers there are."""
    customers = session.exec(select(func.max(CustomerRow.id))).one() or 0
    kinds: dict[str, dict[str, float]] = {}
    for row in session.exec(select(LinkWordRow)):
        kinds.setdefault(row.kind, {})[row.word] = row.customers / max(1, customers)
    return Vocabulary(kinds, max(1000, customers), link_weights.shifts(session))
