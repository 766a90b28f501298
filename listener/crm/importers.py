"""Importing customers from a table or a CRM's view: idempotent by outside id, with a dry run and a reject file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from listener.crm.fields import COLUMNS, FIELDS, KINDS, completeness
from listener.crm.reading import Customer, Reader
from listener.crm.seen import Seen
from listener.files.sheets import BadRow, Rejects, Row, read_rows
from listener.language import chosen, say
from listener.store import asked, link_index, tombstones
from listener.store import customers as store
from listener.store.engine import Database
from listener.store.tables import CustomerRow
from listener.store.vault import Vault
from listener.text.labels import label
from listener.text.mask import mask_name, mask_value

__all__ = ["FIELDS", "CustomerCounts", "import_customers", "import_rows"]

BATCH = 250
"""Customers in one transaction: with four times as many an import takes 54 MB more and is hardly quicker."""

EXAMPLES = 10
"""Changes that a dry run shows."""

MOST_REMARKS = 50
"""Remarks that are kept; the number of the others is told."""

MOST_PROBLEMS = 200
"""Rejected rows that are listed with line and reason; the reject file has all of them."""

MOST_DUPLICATES = 500
"""Shared identifiers that are listed."""


@dataclass
class CustomerCounts:
    """What an import did, or would do.

    ``problems`` are the rejected rows: line and reason. ``duplicates`` are identifiers that several customers of the
    table hold: kind, masked value, external ids. Nobody is merged. ``codes`` are codes to identify by that customers
    told: external id, code.
    """

    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    rejected: int = 0
    reject_file: Path | None = None
    remarks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    duplicates: list[dict[str, Any]] = field(default_factory=list)
    codes: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """A customer as stored, or as they will be; ``sources`` says of each field where it comes from."""

    profile: dict[str, Any]
    columns: dict[str, Any]
    sources: dict[str, list[Any]]


def import_customers(
    database: Database,
    vault: Vault,
    path: Path,
    mapping: Mapping[str, str],
    *,
    now: datetime,
    zone: ZoneInfo,
    dry_run: bool = False,
) -> CustomerCounts:
    """Read the table and write its customers; with ``dry_run`` only count."""
    rejects = Rejects.beside(path)
    reader = Reader(read_rows(path), str(path), mapping, now, zone, rejects)
    return _import(database, vault, reader, rejects, now, path.name, dry_run)


def import_rows(
    database: Database,
    vault: Vault,
    rows: Iterable[Row | BadRow],
    where: str,
    *,
    rejects: Path,
    now: datetime,
    zone: ZoneInfo,
    dry_run: bool = False,
) -> CustomerCounts:
    """The same for rows that come from elsewhere, such as a view; ``where`` names it."""
    refused = Rejects(rejects)
    return _import(database, vault, Reader(rows, where, {}, now, zone, refused), refused, now, where, dry_run)


def _import(
    database: Database,
    vault: Vault,
    reader: Reader,
    rejects: Rejects,
    now: datetime,
    provenance: str,
    dry_run: bool,
) -> CustomerCounts:
    counts = CustomerCounts()
    remarks = Remarks()
    shared = Shared()
    customers = reader.customers()
    while batch := list(islice(customers, BATCH)):
        counts.read += len(batch)
        remarks.add(remark for customer in batch for remark in customer.remarks)
        remarks.add(shared.found(batch))
        counts.codes += [(customer.external_id, customer.code) for customer in batch if customer.code]
        remarks.add(_write(database, vault, batch, counts, now, provenance, dry_run))
    counts.remarks += remarks.told()
    counts.duplicates = shared.listed()
    counts.read += rejects.count
    counts.rejected += rejects.count
    counts.problems = [_problem(row) for row in islice(rejects.rows, MOST_PROBLEMS)]
    counts.reject_file = None if dry_run else rejects.close()
    if counts.new + counts.changed and not dry_run:
        with database.write() as session:
            link_index.learn_words(session)
    return counts


def _problem(row: BadRow) -> str:
    return say(f"第 {row.line} 行：{row.why}", f"line {row.line}: {row.why}")


class Remarks:
    """As many remarks as a person reads, and how many more there were."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._more = 0

    def add(self, remarks: Iterable[str]) -> None:
        """Keep them, or count them."""
        for remark in remarks:
            if len(self._kept) < MOST_REMARKS:
                self._kept.append(remark)
            else:
                self._more += 1

    def told(self) -> list[str]:
        """The remarks, the number of the others at their end."""
        more = say(f"另有 {self._more} 条同类提示", f"and {self._more} more")
        return [*self._kept, more] if self._more else self._kept


class Shared:
    """Identifiers that several customers of one table hold. What was seen is kept as hashes: a table may be long."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._groups: dict[tuple[str, str], list[str]] = {}

    def found(self, batch: Sequence[Customer]) -> Iterator[str]:
        """One line for each identifier that an earlier customer holds too."""
        for customer in batch:
            for kind, value in customer.identifiers:
                other = self._seen.first((kind, value), customer.external_id)
                if other != customer.external_id:
                    self._keep(kind, value, other, customer.external_id)
                    word = label(kind, chosen())
                    yield say(
                        f"第 {customer.line} 行：{customer.external_id} 与 {other} 的{word}相同",
                        f"line {customer.line}: {customer.external_id} shares its {word} with {other}",
                    )

    def _keep(self, kind: str, value: str, first: str, other: str) -> None:
        if (kind, value) in self._groups or len(self._groups) < MOST_DUPLICATES:
            self._groups.setdefault((kind, value), [first]).append(other)

    def listed(self) -> list[dict[str, Any]]:
        """The groups, the largest first."""
        groups = sorted(self._groups.items(), key=lambda group: -len(group[1]))
        return [{"kind": kind, "value": mask_value(kind, value), "customers": ids} for (kind, value), ids in groups]


def _write(
    database: Database,
    vault: Vault,
    batch: Sequence[Customer],
    counts: CustomerCounts,
    now: datetime,
    provenance: str,
    dry_run: bool,
) -> list[str]:
    """Write what is new in the batch; remarks on those who had themselves erased and are left out."""
    with database.read() if dry_run else database.write() as session:
        erased = tombstones.known(session, vault.digests, "customer", [customer.external_id for customer in batch])
        told = [customer for customer in batch if customer.external_id not in erased]
        counts.rejected += len(batch) - len(told)
        stored = store.external_ids(session, [customer.external_id for customer in told])
        changed: list[tuple[str, Record]] = []
        for row in told:
            before = _stored(vault, stored.get(row.external_id))
            after = _whole(before, row, provenance)
            if after != before:
                changed.append((row.external_id, after))
                if dry_run and len(counts.remarks) < EXAMPLES:
                    counts.remarks.append(_change(row.external_id, before, after))
        new = sum(external_id not in stored for external_id, _ in changed)
        counts.new += new
        counts.changed += len(changed) - new
        counts.known += len(told) - len(changed)
        if changed and not dry_run:
            rows = [_row(vault, external_id, after, now) for external_id, after in changed]
            kept = {external_id: _identities(vault, after, now, provenance) for external_id, after in changed}
            relations = {external_id: _relations(after, provenance) for external_id, after in changed}
            numbers = store.write(session, rows, kept, relations)
            _index(session, vault, changed, numbers, stored)
    return [_erased(customer) for customer in batch if customer.external_id in erased]


def _index(
    session: Session,
    vault: Vault,
    changed: Sequence[tuple[str, Record]],
    numbers: Mapping[str, int],
    stored: Mapping[str, CustomerRow],
) -> None:
    """Keep the index of linking up to date; those who were there before may have more than the table tells."""
    fresh = {numbers[number]: _entry(vault, record) for number, record in changed if number not in stored}
    link_index.write(session, fresh, fresh=True)
    link_index.refresh(session, vault, [numbers[number] for number, _ in changed if number in stored])
    asked.mark(session, numbers.values())


def _entry(vault: Vault, record: Record) -> link_index.Entry:
    held = [(kind, value) for kind in KINDS for value in record.profile.get(kind + "s", ())]
    return link_index.entry(held, str(record.profile.get("name", "")), record.columns, vault.digest)


def _erased(customer: Customer) -> str:
    chinese = f"第 {customer.line} 行：{customer.external_id} 已按本人要求删除，不再导入"
    return say(chinese, f"line {customer.line}: {customer.external_id} was erased on request and is left out")


def _stored(vault: Vault, stored: CustomerRow | None) -> Record | None:
    """What is stored of a customer."""
    if stored is None:
        return None
    columns = {name: getattr(stored, name) for name in COLUMNS}
    return Record(json.loads(vault.decrypt(stored.cipher)), columns, (stored.facts or {}).get("fields", {}))


def _whole(before: Record | None, row: Customer, provenance: str) -> Record:
    """The customer as they will be: what the table has no column for stays as it is stored."""
    empty: dict[str, list[str] | str] = {"name": "", **{kind + "s": [] for kind in KINDS}}
    profile = empty | (before.profile if before else {}) | row.profile
    columns = {**(before.columns if before else COLUMNS), **row.columns}
    return Record(profile, columns, _sources(before, row, provenance))


def _sources(before: Record | None, row: Customer, provenance: str) -> dict[str, list[Any]]:
    """Where each field comes from: a value that stays keeps its source, unless it was verified anew."""
    sources = dict(before.sources) if before else {}
    was = {**before.profile, **before.columns} if before else {}
    for name in row.told:
        value = row.profile.get(name, row.columns.get(name))
        if value in ("", [], None, False):
            sources.pop(name, None)
        elif name not in sources or value != was.get(name):
            sources[name] = [provenance, row.confidence, row.verified]
        elif row.verified > sources[name][2]:
            sources[name] = [sources[name][0], row.confidence, row.verified]
    return sources


def _change(external_id: str, before: Record | None, after: Record) -> str:
    """One change of a dry run, masked."""
    if before is None:
        return say(f"新增 {external_id}", f"new {external_id}")
    old, new = ({**record.profile, **record.columns} for record in (before, after))
    parts = [
        f"{field_word(name)} {masked_field(name, old.get(name))} → {masked_field(name, new[name])}"
        for name in new
        if new[name] != old.get(name)
    ]
    parts += [] if parts else [say("资料核实日期、来源", "verified day and source")]
    return say("更新", "change") + f" {external_id}: " + say("；", "; ").join(parts)


def field_word(name: str) -> str:
    """A field as people call it."""
    kind = name.removesuffix("s")
    return label(kind, chosen()) if kind in KINDS or name == "name" else say(FIELDS[name][0], name)


def masked_field(name: str, value: Any) -> str:
    """The value of a field of a record, masked; 「—」 where there is none."""
    kind = name.removesuffix("s")
    if kind in KINDS:
        return "、".join(mask_value(kind, each) for each in value or ()) or "—"
    if value in (None, ""):
        return "—"
    if name in ("name", "contact"):
        return mask_name(value)
    return mask_value(name, value) if name == "address" else str(value)


def _row(vault: Vault, external_id: str, record: Record, now: datetime) -> dict[str, Any]:
    profile = json.dumps(record.profile, ensure_ascii=False, sort_keys=True)
    return {
        "external_id": external_id,
        "cipher": vault.encrypt(profile),
        "imported_at": now,
        "segment": "",
        "facts": {"fields": record.sources},
        "completeness": completeness(record.profile, record.columns),
        **record.columns,
    }


def _identities(vault: Vault, record: Record, now: datetime, provenance: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind, "digest": vault.digest(kind, value), "cipher": vault.encrypt(value),
            "provenance": provenance, "added_at": now, "origin": "import",
            "confidence": record.sources.get(kind + "s", ["", 1.0, ""])[1],
        }
        for kind in KINDS
        for value in record.profile.get(kind + "s", ())
    ]  # fmt: skip


def _relations(record: Record, provenance: str) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "other": record.profile[name], "provenance": provenance}
        for name, kind in (("group", "parent"), ("household", "household"))
        if record.profile.get(name)
    ]
