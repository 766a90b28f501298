"""The index of linking: who is found under which keyed hash. It lives in the database; nothing of it is kept in memory.

    the hashes in their order ─▶ those that few hold ─▶ the holders' cards, which say all that a decision needs

One statement a batch, however many mentions and customers there are. ``ensure`` builds the index anew where it is
missing or was made by another version of the keys.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import delete, exists, func, update
from sqlmodel import Session, col, select

from listener.customers.attributes import Vocabulary, cities, places_of, split_words
from listener.customers.comparing import Candidate
from listener.customers.keys import (
    EXACT,
    MOST_ALIKE,
    MOST_HOLDERS,
    NO_CARD,
    Card,
    Digest,
    card,
    customer_keys,
    hashed,
    place,
)
from listener.model import IdentityKey, Party
from listener.store import link_weights
from listener.store.bulk import chunks, insert, insert_new, upsert
from listener.store.link_tables import LinkAskedRow, LinkCardRow, LinkKeyRow, LinkPendingRow, LinkWordRow
from listener.store.tables import CustomerRow, FactRow, IdentityRow
from listener.store.vault import Vault

__all__ = [
    "Entry",
    "candidates",
    "ensure",
    "entry",
    "forbid",
    "forget",
    "learn_words",
    "refresh",
    "vocabulary",
    "write",
]

VERSION = "2"
"""Raised when ``listener.customers.keys`` makes other keys, or the cards tell more: the index is then built anew."""

FACT = "link_index"

PAGE = 1000
"""Customers that are hashed at a time."""

MOST_WORDS = 5000
"""Products, dealers and places that are known by their frequency, of each kind the most frequent ones."""


def candidates(session: Session, keys: Iterable[IdentityKey]) -> dict[IdentityKey, list[Candidate]]:
    """Who is found under these keys, without those who must not be linked; a key that too many hold is left out."""
    wanted: dict[int, list[IdentityKey]] = {}
    for key in keys:
        if key.kind != "code":  # nobody is found by one: ``listener.links.inviting``
            wanted.setdefault(place(key), []).append(key)
    found: dict[IdentityKey, list[Candidate]] = {}
    people: dict[int, Candidate] = {}
    for row in _holders(session, sorted(wanted)):
        number = row[1]
        candidate = people.get(number)
        if candidate is None:
            candidate = people[number] = _candidate(row)
        for key in wanted[row[0]]:
            found.setdefault(key, []).append(candidate)
    many = [key for key, held in found.items() if len(held) > MOST_HOLDERS and key.kind in EXACT]
    for key in many:
        del found[key]
    return found


def _holders(session: Session, digests: Sequence[int]) -> Iterable[Any]:
    """(digest, a holder with what the records say of them) of the hashes that few hold, in this order.

    The hashes go as one value, so that the statement is always the same one; in their order, so that pages that lie
    together are read together.
    """
    if not digests:
        return []
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(_POSTGRESQL, ([*digests],)).fetchall()
    else:
        found = connection.exec_driver_sql(_SQLITE, (f"[{','.join(map(str, digests))}]",)).fetchall()
    return sorted(found, key=_ORDER)


_ORDER = itemgetter(0, 1)
_HELD = """
SELECT k.digest, c.customer_id, c.party, c.region, c.product, c.dealer, c.since, c.name, c.sound, c.surname
FROM {asked} AS asked
CROSS JOIN link_key AS k
CROSS JOIN link_card AS c
WHERE k.digest = asked.value AND c.customer_id = k.customer_id AND NOT c.do_not_link
AND NOT EXISTS (SELECT 1 FROM link_key AS n WHERE n.digest = asked.value LIMIT 1 OFFSET {most})
"""
"""SQLite joins in the order in which CROSS JOIN is written (https://www.sqlite.org/optoverview.html); of a hash that
many hold no more are counted than are too many."""
_SQLITE = _HELD.format(asked="json_each(?)", most=MOST_ALIKE)
_POSTGRESQL = _HELD.format(asked="(SELECT unnest(CAST(%s AS bigint[])) AS value)", most=MOST_ALIKE)


def _candidate(row: Sequence[Any]) -> Candidate:
    _, number, party, region, product, dealer, since, name, heard, family = row
    hashes = Card(name, heard, family) if name else NO_CARD
    at = None if since is None else datetime.fromtimestamp(since, UTC)
    return Candidate(number, _PARTIES[party], hashes, region, product, dealer, at)


_PARTIES = {party.value: party for party in Party}


class Entry(NamedTuple):
    """A customer in the index: the hashes they are found under, and what their card says."""

    hashes: Collection[int]
    card: Mapping[str, Any]


def write(session: Session, entries: Mapping[int, Entry], *, fresh: bool = False) -> None:
    """Put customers into the index by their numbers, in place of what was there.

    ``fresh``: none of them was in it before.
    """
    if not fresh:
        _remove(session, entries)
    rows = sorted((digest, number) for number, one in entries.items() for digest in one.hashes)
    insert(session, LinkKeyRow, [{"digest": digest, "customer_id": number} for digest, number in rows])
    _write_cards(session, entries)


def _write_cards(session: Session, entries: Mapping[int, Entry]) -> None:
    cards = [{"customer_id": number, **one.card} for number, one in entries.items()]
    if cards:
        upsert(session, LinkCardRow, cards, ("customer_id",))


def forbid(session: Session, customer: int, forbidden: bool) -> None:
    """Let nobody be linked to a customer, or let them again."""
    statement = update(LinkCardRow).where(col(LinkCardRow.customer_id) == customer)
    session.execute(statement.values(do_not_link=forbidden))


def _remove(session: Session, customers: Iterable[int]) -> None:
    for part in chunks(customers):
        session.execute(delete(LinkKeyRow).where(col(LinkKeyRow.customer_id).in_(part)))


def forget(session: Session, customers: Collection[int]) -> None:
    """Take customers out of the index."""
    _remove(session, customers)
    for part in chunks(customers):
        session.execute(delete(LinkCardRow).where(col(LinkCardRow.customer_id).in_(part)))


def entry(identifiers: Iterable[tuple[str, str]], name: str, columns: Mapping[str, Any], digest: Digest) -> Entry:
    """What the index holds of a customer, from the identifiers, the name and the stored columns."""
    told = {kind: str(columns.get(kind) or "") for kind in ("region", "product", "dealer")}
    hashes = {place(key) for key in hashed(customer_keys(identifiers, name, **told), digest)}
    since = columns.get("since")
    names = card(name, digest)
    return Entry(
        hashes,
        {
            "name": names.name, "sound": names.sound, "surname": names.surname, **told,
            "party": columns.get("party") or Party.CONSUMER.value,
            "since": None if since is None else int(since.timestamp()),
            "do_not_link": bool(columns.get("do_not_link")),
        },
    )  # fmt: skip


def refresh(session: Session, vault: Vault, customers: Collection[int]) -> None:
    """Make the index of these customers anew from what is stored of them, whatever the session has read before."""
    for part in chunks(customers):
        stored = select(CustomerRow).where(col(CustomerRow.id).in_(part)).execution_options(populate_existing=True)
        rows = session.exec(stored).all()
        write(session, _entries(session, vault, rows))


def _entries(session: Session, vault: Vault, rows: Sequence[CustomerRow]) -> dict[int, Entry]:
    numbers = [row.id or 0 for row in rows]
    held: dict[int, list[tuple[str, str]]] = {}
    for part in chunks(numbers):
        statement = select(IdentityRow.customer_id, IdentityRow.kind, IdentityRow.cipher)
        for number, kind, cipher in session.exec(statement.where(col(IdentityRow.customer_id).in_(part))):
            held.setdefault(number, []).append((kind, vault.decrypt(cipher)))
    made: dict[int, Entry] = {}
    for row in rows:
        name = str(json.loads(vault.decrypt(row.cipher)).get("name", ""))
        columns = {kind: getattr(row, kind) for kind in _TOLD}
        made[row.id or 0] = entry(held.get(row.id or 0, ()), name, columns, vault.digest)
    return made


_TOLD = ("party", "region", "product", "dealer", "since", "do_not_link")
"""What the card tells of the customer's row."""


def ensure(session: Session, vault: Vault) -> int:
    """Build the index where it is missing or of another version or key; how many customers were hashed."""
    wanted = f"{VERSION}:{vault.key_id}"
    fact = session.get(FactRow, FACT)
    if fact is not None and fact.value == wanted:
        return 0
    session.execute(delete(LinkKeyRow))
    _ask_again(session)
    done = _build(session, vault)
    learn_words(session)
    upsert(session, FactRow, [{"name": FACT, "value": wanted}], ("name",))
    return done


def _ask_again(session: Session) -> None:
    """The hashes by which mentions asked are others now: processing decides those mentions again."""
    asking = sqlalchemy.select(LinkAskedRow.mention_id).distinct()  # type: ignore[call-overload]
    waiting = asking.where(~exists().where(col(LinkPendingRow.mention_id) == col(LinkAskedRow.mention_id)))
    session.execute(sqlalchemy.insert(LinkPendingRow).from_select(["mention_id"], waiting))
    session.execute(delete(LinkAskedRow))


def _build(session: Session, vault: Vault) -> int:
    """All customers: gathered in a table of their own, and put in sorted, so that each page is written once."""
    session.execute(sqlalchemy.text(_GATHERED))
    done = after = 0
    while rows := session.exec(
        select(CustomerRow).where(col(CustomerRow.id) > after).order_by(col(CustomerRow.id)).limit(PAGE)
    ).all():
        made = _entries(session, vault, rows)
        pairs = [{"d": digest, "n": number} for number, one in made.items() for digest in one.hashes]
        if pairs:
            session.execute(sqlalchemy.text("INSERT INTO gathered_key (digest, customer_id) VALUES (:d, :n)"), pairs)
        _write_cards(session, made)
        done, after = done + len(rows), rows[-1].id or 0
        session.expunge_all()
    session.execute(
        sqlalchemy.text(
            "INSERT INTO link_key SELECT digest, customer_id FROM gathered_key ORDER BY digest, customer_id"
        )
    )
    session.execute(sqlalchemy.text("DROP TABLE gathered_key"))
    return done


_GATHERED = "CREATE TEMPORARY TABLE gathered_key (digest BIGINT NOT NULL, customer_id BIGINT NOT NULL)"


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
