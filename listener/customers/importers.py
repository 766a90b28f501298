"""Importing customers from a table, idempotent by outside id, with a dry run and a reject file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import Party
from listener.sheets import BadRow, Rejects, Row, read_rows
from listener.store import customers as store
from listener.store.engine import Database
from listener.store.vault import Vault
from listener.text.dates import read_date
from listener.text.identifiers import email, phone, plate, vin
from listener.toml_files import did_you_mean, nearest

BATCH = 1000

FIELDS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("客户编号", "客户号", "会员号", "external_id", "customer_id", "id"),
    "name": ("姓名", "客户姓名", "名称", "name"),
    "phone": ("手机", "手机号", "电话", "联系电话", "phone", "mobile"),
    "email": ("邮箱", "电子邮箱", "email"),
    "account": ("平台账号", "账号", "account"),
    "orders": ("订单号", "订单", "orders", "order"),
    "vin": ("车架号", "vin"),
    "plate": ("车牌", "车牌号", "plate"),
    "region": ("地区", "城市", "region"),
    "product": ("产品", "车型", "product"),
    "dealer": ("经销商", "门店", "dealer"),
    "value": ("消费金额", "累计消费", "价值", "value"),
    "since": ("成为客户时间", "购买日期", "since"),
    "party": ("客户类型", "party"),
}


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


@dataclass(frozen=True, slots=True)
class _Customer:
    line: int
    external_id: str
    profile: dict[str, list[str] | str]
    columns: dict[str, Any]
    identifiers: tuple[tuple[str, str], ...]


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
    reader = _Reader(path, dict(mapping), now, zone, rejects)
    counts = CustomerCounts()
    seen: dict[tuple[str, str], str] = {}
    customers = reader.customers()
    while batch := list(islice(customers, BATCH)):
        counts.read += len(batch)
        counts.remarks.extend(_shared(batch, seen))
        _write(database, vault, batch, counts, now, path.name, dry_run)
    counts.rejected = rejects.count
    counts.read += rejects.count
    counts.reject_file = None if dry_run else rejects.close()
    return counts


def _shared(batch: Sequence[_Customer], seen: dict[tuple[str, str], str]) -> Iterator[str]:
    """Keys that two customers of the file hold."""
    for customer in batch:
        for key in customer.identifiers:
            other = seen.setdefault(key, customer.external_id)
            if other != customer.external_id:
                yield say(
                    f"第 {customer.line} 行：{customer.external_id} 与 {other} 的 {key[0]} 相同",
                    f"line {customer.line}: {customer.external_id} shares its {key[0]} with {other}",
                )


def _write(
    database: Database,
    vault: Vault,
    batch: Sequence[_Customer],
    counts: CustomerCounts,
    now: datetime,
    provenance: str,
    dry_run: bool,
) -> None:
    rows: dict[str, dict[str, Any]] = {}
    identifiers: dict[str, list[dict[str, Any]]] = {}
    with database.write() as session:
        stored = store.external_ids(session, [customer.external_id for customer in batch])
        for customer in batch:
            before = stored.get(customer.external_id)
            profile = json.dumps(customer.profile, ensure_ascii=False, sort_keys=True)
            if before is None:
                counts.new += 1
            elif vault.decrypt(before.cipher) == profile and all(
                getattr(before, name) == value for name, value in customer.columns.items()
            ):
                counts.known += 1
                continue
            else:
                counts.changed += 1
            cipher = vault.encrypt(profile)
            rows[customer.external_id] = {
                "external_id": customer.external_id, "cipher": cipher, "imported_at": now, "segment": "",
                **customer.columns,
            }  # fmt: skip
            identifiers[customer.external_id] = [
                {
                    "kind": kind, "digest": vault.digest(kind, value), "cipher": vault.encrypt(value),
                    "provenance": provenance, "added_at": now,
                }
                for kind, value in customer.identifiers
            ]  # fmt: skip
        if rows and not dry_run:
            store.write(session, list(rows.values()), identifiers)


class _Reader:
    def __init__(self, path: Path, mapping: dict[str, str], now: datetime, zone: ZoneInfo, rejects: Rejects) -> None:
        self._path, self._mapping, self._now, self._zone, self._rejects = path, mapping, now, zone, rejects
        self._known = False

    def customers(self) -> Iterator[_Customer]:
        for row in read_rows(self._path):
            if isinstance(row, BadRow):
                self._rejects.add(row)
                continue
            if not self._known:
                self._learn(list(row.values))
            found = self._customer(row)
            if isinstance(found, BadRow):
                self._rejects.add(found)
            else:
                yield found

    def _learn(self, headings: list[str]) -> None:
        folded = {heading.casefold(): heading for heading in headings}
        guessed = {
            name: next(folded[word] for word in words if word in folded)
            for name, words in FIELDS.items()
            if any(word in folded for word in words)
        }
        for name, column in self._mapping.items():
            if name not in FIELDS or column not in headings:
                near = nearest(column, headings) if name in FIELDS else nearest(name, FIELDS)
                what = say(f"没有 {name}={column}", f"no {name}={column}")
                raise BadInput(Mistake(str(self._path), what, did_you_mean(near) if near else "", "--map"))
        self._mapping = guessed | self._mapping
        if "external_id" not in self._mapping:
            what = say("不知道哪一列是客户编号", "no column for the customer's id")
            raise BadInput(Mistake(str(self._path), what, "--map external_id=…"))
        self._known = True

    def _customer(self, row: Row) -> _Customer | BadRow:
        cells = {name: row.values.get(column, "").strip() for name, column in self._mapping.items()}
        why = _wrong(cells)
        if why:
            return BadRow(row.line, why, tuple(row.values.values()))
        identifiers = tuple(dict.fromkeys(_identifiers(cells)))
        profile: dict[str, list[str] | str] = {"name": cells.get("name", "")}
        for kind, plural in (("phone", "phones"), ("email", "emails"), ("order", "orders"), ("vin", "vins"), ("plate", "plates"), ("account", "accounts")):
            profile[plural] = [value for k, value in identifiers if k == kind]
        columns = {
            "party": cells.get("party") or Party.CONSUMER.value,
            "region": cells.get("region", ""),
            "product": cells.get("product", ""),
            "dealer": cells.get("dealer", ""),
            "value": float(cells["value"].replace(",", "")) if cells.get("value") else None,
            "since": read_date(cells["since"], self._now, self._zone) if cells.get("since") else None,
        }
        return _Customer(row.line, cells["external_id"], profile, columns, identifiers)


def _wrong(cells: Mapping[str, str]) -> str:
    if not cells["external_id"]:
        return say("没有客户编号", "no customer id")
    if cells.get("phone") and not all(phone(one) for one in _many(cells["phone"])):
        return say("手机号无效", "no valid phone number")
    if cells.get("party") and cells["party"] not in [party.value for party in Party]:
        return say(f"客户类型无效：{cells['party']}", f"no party {cells['party']}")
    try:
        float(cells.get("value", "").replace(",", "") or 0)
    except ValueError:
        return say("金额不是数字", "the value is no number")
    return ""


def _many(cell: str) -> list[str]:
    for mark in "；、，,|":
        cell = cell.replace(mark, ";")
    return [part.strip() for part in cell.split(";") if part.strip()]


def _identifiers(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    readers = {"phone": phone, "email": email, "vin": vin, "plate": plate}
    for kind, read in readers.items():
        for cell in _many(cells.get(kind, "")):
            value = read(cell)
            if value:
                yield kind, value
    for cell in _many(cells.get("orders", "")):
        yield "order", cell.upper()
    for cell in _many(cells.get("account", "")):
        yield "account", cell
