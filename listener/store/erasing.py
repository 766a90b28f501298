"""Taking one person out of the database: what is surely theirs goes, and a tombstone keeps it from coming back.

    whose()    the customer, what identifies them, their mentions and cases
    remove()   their record, identifiers, dealings, links, marks; the words of their mentions; stored mails about them
    (searching.strike_out then finds the values wherever else they stand)

The company's own facts stay: that there was a case, its times, its owner, its outcome, and the counts in reports.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, delete, or_, select, tuple_, update
from sqlmodel import Session, col
from sqlmodel import select as pick

from listener.model import Judgement, MentionKey
from listener.store import arrival_ends, evidence, link_index, searching, tombstones
from listener.store.bulk import among, chunks
from listener.store.customer_tables import InteractionRow, RelationRow
from listener.store.spellings import Wanted
from listener.store.tables import (
    AlertRow,
    AnalysisRow,
    AuditRow,
    CaseEventRow,
    CaseMentionRow,
    CaseRow,
    CustomerRow,
    DeliveryAlertRow,
    DeliveryRow,
    FingerprintRow,
    IdentityLinkRow,
    IdentityRow,
    MentionCheckRow,
    MentionKeyRow,
    MentionRow,
    PendingCaptureRow,
    RawMentionRow,
    TopicMatchRow,
)
from listener.store.vault import Vault

GONE = "（已按本人要求删除）"
"""What stands in place of a case's title."""

_PRIVATE = ("order", "vin", "plate", "serial")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to be erased: their number as a customer (None: none), what to search for, what is theirs."""

    number: int | None
    external_id: str
    wanted: Wanted
    mentions: tuple[int, ...]
    cases: tuple[int, ...]
    accounts: tuple[tuple[str, str], ...] = ()
    """(platform, author) of theirs."""


def whose(session: Session, vault: Vault, external_id: str = "", account: str = "") -> Person | None:
    """The customer of an external id, or whoever writes as ``account`` (platform:id); None where there is nobody."""
    row = session.exec(pick(CustomerRow).where(CustomerRow.external_id == external_id)).first() if external_id else None
    if row is None and not account:
        return None
    number = row.id if row else None
    values, names = _told(session, vault, row) if row else ([], [])
    accounts = [value for kind, value in values if kind == "account"] + ([account] if account else [])
    values += [("account", account)] if account else []
    mentions = _mentions(session, number, accounts)
    if row is None and not mentions:
        return None
    wanted = Wanted(tuple(dict.fromkeys(values)), tuple(dict.fromkeys(names)), _nicknames(session, mentions))
    written = [(platform, author) for platform, _, author in (one.partition(":") for one in accounts)]
    cases = tuple(_cases(session, number, mentions))
    return Person(number, external_id, wanted, tuple(mentions), cases, tuple(written))


def _told(session: Session, vault: Vault, row: CustomerRow) -> tuple[list[tuple[str, str]], list[str]]:
    """(kind, value) of everything that identifies a customer, and their names."""
    profile = json.loads(vault.decrypt(row.cipher))
    identities = session.exec(pick(IdentityRow).where(IdentityRow.customer_id == row.id)).all()
    values = [(one.kind, vault.decrypt(one.cipher)) for one in identities]
    for one in session.exec(pick(InteractionRow).where(InteractionRow.customer_id == row.id)):
        told = json.loads(vault.decrypt(one.cipher)) if one.cipher else {}
        values += [(kind, str(told[kind])) for kind in _PRIVATE if told.get(kind)]
    if profile.get("address"):
        values.append(("address", str(profile["address"])))
    return values, [str(profile[name]) for name in ("name", "contact") if profile.get(name)]


def _nicknames(session: Session, mentions: Collection[int]) -> tuple[str, ...]:
    """Under which names they spoke."""
    found: set[str] = set()
    for part in chunks(mentions):
        found |= set(session.exec(pick(MentionRow.author_name).where(col(MentionRow.id).in_(part))))
    return tuple(sorted(found - {""}))


def _mentions(session: Session, number: int | None, accounts: Iterable[str]) -> list[int]:
    """The mentions that are theirs: linked to them, or written under an account of theirs."""
    found: set[int] = set()
    if number is not None:
        linked = IdentityLinkRow.customer_id == number, IdentityLinkRow.judgement == Judgement.POSITIVE.value
        found |= set(session.exec(pick(IdentityLinkRow.mention_id).where(*linked)))
    for part in chunks([tuple(account.partition(":")[::2]) for account in accounts], 2):
        who = tuple_(col(MentionRow.platform), col(MentionRow.author_id))
        found |= {number for number in session.exec(pick(MentionRow.id).where(who.in_(part))) if number is not None}
    return sorted(found)


def _cases(session: Session, number: int | None, mentions: Collection[int]) -> list[int]:
    found: set[Any] = set()
    if number is not None:
        found |= set(session.exec(pick(CaseRow.id).where(CaseRow.customer_id == number)))
    for part in chunks(mentions):
        joined = col(CaseMentionRow.mention_id).in_(part)
        opened = pick(CaseMentionRow.case_id).where(joined, CaseMentionRow.joined_as == "opener")
        found |= set(session.exec(opened))
    return sorted(case for case in found if case is not None)


def remove(session: Session, vault: Vault, person: Person, now: datetime) -> Counter[str]:
    """Take away all that is surely theirs; what was done, by what it was."""
    done: Counter[str] = Counter()
    done["mentions"] = blank_mentions(session, vault, person.mentions, now)
    done["mails"] = _forget_mails(session, person)
    done["cases"] = _blank_cases(session, person)
    done["derived"] = _forget_derived(session, person)
    if person.number is not None:
        done += _remove_record(session, vault, person, now)
    return +done


def blank_mentions(session: Session, vault: Vault, mentions: Collection[int], now: datetime) -> int:
    """Empty the mentions, their captures and what was found out about their words; tombstones stay."""
    for part in chunks(mentions):
        rows = session.exec(pick(MentionRow).where(col(MentionRow.id).in_(part))).all()
        keys = [MentionKey(row.platform, row.site, row.native_id) for row in rows]
        tombstones.add(session, vault, "mention", map(tombstones.natural, keys), now, "erased on request")
        arrival_ends.forget_mentions(session, keys, lambda key: _erased_number(vault, key))
        for row, key in zip(rows, keys, strict=True):
            _blank_captures(session, vault, key)
            row.native_id = _erased_number(vault, key)
            row.title = row.text = row.url = row.author_id = row.author_name = row.thread_id = ""
            row.duplicate_reason, row.fields = "", {}
        empty = {"words": [], "categories": [], "entities": [], "remedy": "", "sentiment_reason": "",
                 "complaint_reason": "", "severity_reason": ""}  # fmt: skip
        session.execute(update(AnalysisRow).where(col(AnalysisRow.mention_id).in_(part)).values(**empty))
        session.execute(
            update(TopicMatchRow).where(col(TopicMatchRow.mention_id).in_(part)).values(words=[], reason="")
        )
        for table in (FingerprintRow, MentionKeyRow, MentionCheckRow):
            session.execute(delete(table).where(col(table.mention_id).in_(part)))
    session.flush()
    return len(mentions)


def blank(session: Session, vault: Vault, keys: Sequence[MentionKey], now: datetime) -> None:
    """Empty mentions by their natural keys, those too that still wait to be processed."""
    columns = col(MentionRow.platform), col(MentionRow.site), col(MentionRow.native_id)
    numbers = [
        number for part in chunks(keys, 3) for number in session.exec(pick(MentionRow.id).where(among(columns, part)))
    ]
    blank_mentions(session, vault, [number for number in numbers if number is not None], now)
    for key in keys:
        _blank_captures(session, vault, key)


def _erased_number(vault: Vault, key: MentionKey) -> str:
    """What stands in place of an erased mention's number: the same for its capture, its mention and its arrivals."""
    return tombstones.ERASED + vault.digest("mention", tombstones.natural(key))[:32]


def _blank_captures(session: Session, vault: Vault, key: MentionKey) -> None:
    """Empty every capture of a mention, and take the pages it was read from."""
    said = RawMentionRow
    rows = session.exec(
        pick(said).where(said.platform == key.platform, said.site == key.site, said.native_id == key.native_id)
    ).all()
    numbers = [row.id for row in rows]
    evidence.forget(session, [number for number in numbers if number is not None])
    session.execute(delete(PendingCaptureRow).where(col(PendingCaptureRow.raw_id).in_(numbers)))
    for row in rows:
        row.native_id = _erased_number(vault, key)
        row.digest = tombstones.ERASED + vault.digest("capture", row.digest)[:32]
        row.title = row.content = row.url = row.author_id = row.author_name = row.thread_id = row.published_raw = ""
        row.fields = {}


def _forget_mails(session: Session, person: Person) -> int:
    """Empty the stored mails about their cases and mentions; those still to be sent are made anew."""
    about = or_(col(AlertRow.case_id).in_(person.cases), col(AlertRow.mention_id).in_(person.mentions))
    alerts = select(col(AlertRow.id)).where(about)
    carrying = select(col(DeliveryAlertRow.delivery_id)).where(col(DeliveryAlertRow.alert_id).in_(alerts))
    theirs = or_(col(DeliveryRow.case_id).in_(person.cases), col(DeliveryRow.id).in_(carrying))
    stored: Any = session.execute(update(DeliveryRow).where(theirs, col(DeliveryRow.content).is_not(None))
                                  .values(content=None))  # fmt: skip
    session.execute(update(DeliveryRow).where(theirs).values(subject=GONE))
    session.execute(update(AlertRow).where(about).values(reason=""))
    for alert in session.exec(pick(AlertRow).where(about)):
        alert.facts = {name: value for name, value in (alert.facts or {}).items() if name not in ("title", "excerpt")}
    session.flush()
    count: int = stored.rowcount
    return count


def _blank_cases(session: Session, person: Person) -> int:
    """The cases stay as the company's own facts, without the customer and without the customer's words."""
    tables = searching.tables_of(session).tables
    for case in session.exec(pick(CaseRow).where(col(CaseRow.id).in_(person.cases))):
        case.title, case.customer_id, case.outside_number = GONE, None, ""
        case.matter = f"erased-{case.id}"
        case.fingerprint = f"erased-{case.id}-1"
    session.flush()
    for model, column in ((CaseRow, "id"), (CaseEventRow, "case_id"), (AlertRow, "case_id")):
        table: Table = tables[str(model.__tablename__)]
        searching.strike_rows(session, table, table.columns[column].in_(person.cases), person.wanted)
    session.expire_all()
    return len(person.cases)


def _forget_derived(session: Session, person: Person) -> int:
    """What was worked out about them and refers to nothing (index keys, standings): found by its columns' names."""
    count = 0
    for table in searching.tables_of(session).sorted_tables:
        for each in _derived_from(table, person):
            removed: Any = session.execute(delete(table).where(each))
            count += removed.rowcount
    return count


def _derived_from(table: Table, person: Person) -> list[Any]:
    """What of a table is theirs although it refers to nothing, as conditions."""
    where: list[Any] = []
    free = {column.name: column for column in table.columns if not column.foreign_keys}
    if "customer_id" in free and person.number is not None:
        where.append(free["customer_id"] == person.number)
    if "mention_id" in free:
        where.append(free["mention_id"].in_(person.mentions))
    if "platform" in free and "author" in free:
        where += [(free["platform"] == platform) & (free["author"] == author) for platform, author in person.accounts]
    return where


def _remove_record(session: Session, vault: Vault, person: Person, now: datetime) -> Counter[str]:
    """The record with everything that belongs to it, in every table that refers to it."""
    done: Counter[str] = Counter()
    tables = searching.tables_of(session)
    session.execute(delete(RelationRow).where(col(RelationRow.other) == person.external_id))
    customer = tables.tables["customer"]
    if person.number is not None:  # the index refers to nobody by a foreign key, and a number may be given out again
        link_index.forget(session, [person.number])
    _remove(session, list(tables.sorted_tables), customer, select(customer.c.id).where(customer.c.id == person.number),
            done)  # fmt: skip
    tombstones.add(session, vault, "customer", [person.external_id], now, "erased on request")
    pseudonym = subject_of(vault, person.external_id)
    session.execute(update(AuditRow).where(col(AuditRow.subject) == person.external_id).values(subject=pseudonym))
    session.expire_all()
    return done


def subject_of(vault: Vault, external_id: str) -> str:
    """What stands in the audit for a customer who was erased: whoever knows the number can check it, nobody else."""
    return f"customer {vault.digest('audit', external_id)[:16]}"


def _remove(session: Session, tables: list[Table], table: Table, chosen: Any, done: Counter[str]) -> None:
    """Delete rows, after those that refer to them; a reference that may be empty is emptied."""
    (key,) = table.primary_key.columns
    for other in tables:
        for reference in other.foreign_keys:
            if reference.column.table is not table or other is table:
                continue
            theirs = reference.parent.in_(chosen)
            if reference.parent.nullable:
                session.execute(update(other).where(theirs).values({reference.parent.name: None}))
            elif len(other.primary_key.columns) == 1 and next(iter(other.primary_key.columns)) is not reference.parent:
                (own,) = other.primary_key.columns
                _remove(session, tables, other, select(own).where(theirs), done)
            else:
                deleted: Any = session.execute(delete(other).where(theirs))
                done[other.name] += deleted.rowcount
    removed: Any = session.execute(delete(table).where(key.in_(chosen)))
    done[table.name] += removed.rowcount
