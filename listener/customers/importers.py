"""Importing customers from a table, idempotent by outside id, with a dry run and a reject file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener.customers.reading import COLUMNS, FIELDS, KINDS, Customer, Reader
from listener.language import chosen, say
from listener.sheets import Rejects
from listener.store import customers as store
from listener.store.engine import Database
from listener.store.tables import CustomerRow
from listener.store.vault import Vault
from listener.text.labels import label
from listener.text.mask import mask_name, mask_value

__all__ = ["FIELDS", "CustomerCounts", "import_customers"]

BATCH = 1000

EXAMPLES = 10
"""Changes that a dry run shows."""

MOST_REMARKS = 50
"""Remarks that are kept; the number of the others is told."""


@dataclass
class CustomerCounts:
    """What an import did, or would do."""

    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    rejected: int = 0
    reject_file: Path | None = None
    remarks: list[str] = field(default_factory=list)


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
    rejects = Rejects(path.with_name(path.name + ".rejects.csv"))
    reader = Reader(path, dict(mapping), now, zone, rejects)
    counts = CustomerCounts()
    remarks: list[str] = []
    seen: dict[tuple[str, str], str] = {}
    customers = reader.customers()
    while batch := list(islice(customers, BATCH)):
        counts.read += len(batch)
        remarks.extend(remark for customer in batch for remark in customer.remarks)
        remarks.extend(_shared(batch, seen))
        _write(database, vault, batch, counts, now, path.name, dry_run)
    counts.remarks += _first(remarks)
    counts.rejected = rejects.count
    counts.read += rejects.count
    counts.reject_file = None if dry_run else rejects.close()
    return counts


def _first(remarks: list[str]) -> list[str]:
    """As many remarks as a person reads, and how many more there are."""
    more = len(remarks) - MOST_REMARKS
    return remarks if more <= 0 else [*remarks[:MOST_REMARKS], say(f"另有 {more} 条同类提示", f"and {more} more")]


def _shared(batch: Sequence[Customer], seen: dict[tuple[str, str], str]) -> Iterator[str]:
    """Keys that two customers of the file hold."""
    for customer in batch:
        for key in customer.identifiers:
            other = seen.setdefault(key, customer.external_id)
            if other != customer.external_id:
                kind = label(key[0], chosen())
                yield say(
                    f"第 {customer.line} 行：{customer.external_id} 与 {other} 的{kind}相同",
                    f"line {customer.line}: {customer.external_id} shares its {kind} with {other}",
                )


def _write(
    database: Database,
    vault: Vault,
    batch: Sequence[Customer],
    counts: CustomerCounts,
    now: datetime,
    provenance: str,
    dry_run: bool,
) -> None:
    with database.read() if dry_run else database.write() as session:
        stored = store.external_ids(session, [customer.external_id for customer in batch])
        changed = []
        for row in batch:
            before = _stored(vault, stored.get(row.external_id), row)
            whole = _whole(before, row)
            if whole != before:
                changed.append(whole)
                if dry_run and len(counts.remarks) < EXAMPLES:
                    counts.remarks.append(_change(before, whole))
        new = sum(customer.external_id not in stored for customer in changed)
        counts.new += new
        counts.changed += len(changed) - new
        counts.known += len(batch) - len(changed)
        if changed and not dry_run:
            rows = [_row(vault, customer, now) for customer in changed]
            identifiers = {c.external_id: _identities(vault, c, now, provenance) for c in changed}
            store.write(session, rows, identifiers)


def _stored(vault: Vault, stored: CustomerRow | None, row: Customer) -> Customer | None:
    """What is stored of the customer of a row, in the same form."""
    if stored is None:
        return None
    columns = {name: getattr(stored, name) for name in COLUMNS}
    return replace(row, profile=json.loads(vault.decrypt(stored.cipher)), columns=columns)


def _whole(before: Customer | None, row: Customer) -> Customer:
    """The customer as they will be: what the table has no column for stays as it is stored."""
    empty: dict[str, list[str] | str] = {"name": "", **{kind + "s": [] for kind in KINDS}}
    profile = empty | (before.profile if before else {}) | row.profile
    return replace(row, profile=profile, columns={**(before.columns if before else COLUMNS), **row.columns})


def _change(before: Customer | None, after: Customer) -> str:
    """One change of a dry run, masked."""
    if before is None:
        return say(f"新增 {after.external_id}", f"new {after.external_id}")
    old, new = ({**customer.profile, **customer.columns} for customer in (before, after))
    parts = [
        f"{_word(name)} {_masked(name, old.get(name))} → {_masked(name, new[name])}"
        for name in new
        if new[name] != old.get(name)
    ]
    return say("更新", "change") + f" {after.external_id}: " + say("；", "; ").join(parts)


def _word(name: str) -> str:
    """A field as people call it."""
    kind = name.removesuffix("s")
    return label(kind, chosen()) if kind in KINDS or name == "name" else say(FIELDS[name][0], name)


def _masked(name: str, value: Any) -> str:
    kind = name.removesuffix("s")
    if kind in KINDS:
        return "、".join(mask_value(kind, each) for each in value or ()) or "—"
    if value in (None, ""):
        return "—"
    return mask_name(value) if name == "name" else str(value)


def _profile(customer: Customer) -> str:
    return json.dumps(customer.profile, ensure_ascii=False, sort_keys=True)


def _row(vault: Vault, customer: Customer, now: datetime) -> dict[str, Any]:
    cipher = vault.encrypt(_profile(customer))
    return {
        "external_id": customer.external_id, "cipher": cipher, "imported_at": now, "segment": "", **customer.columns
    }  # fmt: skip


def _identities(vault: Vault, customer: Customer, now: datetime, provenance: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind, "digest": vault.digest(kind, value), "cipher": vault.encrypt(value),
            "provenance": provenance, "added_at": now,
        }
        for kind in KINDS
        for value in customer.profile[kind + "s"]
    ]  # fmt: skip
