"""Importing customers from a table, idempotent by outside id, with a dry run and a reject file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener.errors import BadInput, Mistake
from listener.language import LANGUAGES, chosen, say
from listener.model import Party
from listener.sheets import BadRow, Rejects, Row, read_rows
from listener.store import customers as store
from listener.store.engine import Database
from listener.store.tables import CustomerRow
from listener.store.vault import Vault
from listener.text.dates import read_date
from listener.text.identifiers import email, order_number, phone, plate, vin
from listener.text.labels import label
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

READERS = {"phone": phone, "email": email, "vin": vin, "plate": plate}

KINDS = {"phone": "phone", "email": "email", "order": "orders", "vin": "vin", "plate": "plate", "account": "account"}
"""The kinds of identifiers, and the field that holds each."""

_BETWEEN = re.compile(r"[;；、，,|\n]")


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
    remarks: tuple[str, ...] = ()


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
        counts.remarks.extend(remark for customer in batch for remark in customer.remarks)
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
                kind = label(key[0], chosen())
                yield say(
                    f"第 {customer.line} 行：{customer.external_id} 与 {other} 的{kind}相同",
                    f"line {customer.line}: {customer.external_id} shares its {kind} with {other}",
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
    with database.read() if dry_run else database.write() as session:
        stored = store.external_ids(session, [customer.external_id for customer in batch])
        changed = [customer for customer in batch if _differs(vault, stored.get(customer.external_id), customer)]
        new = sum(customer.external_id not in stored for customer in changed)
        counts.new += new
        counts.changed += len(changed) - new
        counts.known += len(batch) - len(changed)
        if changed and not dry_run:
            rows = [_row(vault, customer, now) for customer in changed]
            identifiers = {c.external_id: _identities(vault, c, now, provenance) for c in changed}
            store.write(session, rows, identifiers)


def _differs(vault: Vault, stored: CustomerRow | None, customer: _Customer) -> bool:
    """True where the customer is not stored, or not as the table has them."""
    if stored is None or vault.decrypt(stored.cipher) != _profile(customer):
        return True
    return any(getattr(stored, name) != value for name, value in customer.columns.items())


def _profile(customer: _Customer) -> str:
    return json.dumps(customer.profile, ensure_ascii=False, sort_keys=True)


def _row(vault: Vault, customer: _Customer, now: datetime) -> dict[str, Any]:
    cipher = vault.encrypt(_profile(customer))
    return {
        "external_id": customer.external_id, "cipher": cipher, "imported_at": now, "segment": "", **customer.columns
    }  # fmt: skip


def _identities(vault: Vault, customer: _Customer, now: datetime, provenance: str) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind, "digest": vault.digest(kind, value), "cipher": vault.encrypt(value),
            "provenance": provenance, "added_at": now,
        }
        for kind, value in customer.identifiers
    ]  # fmt: skip


class _Reader:
    def __init__(self, path: Path, mapping: dict[str, str], now: datetime, zone: ZoneInfo, rejects: Rejects) -> None:
        self._path, self._mapping, self._now, self._zone, self._rejects = path, mapping, now, zone, rejects
        self._known = False
        self._lines: dict[str, int] = {}

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
        self._rejects.headings = headings
        self._known = True

    def _customer(self, row: Row) -> _Customer | BadRow:
        cells = {name: row.values.get(column, "").strip() for name, column in self._mapping.items()}
        why = _wrong(cells) or self._wrong_date(cells) or self._twice(row.line, cells["external_id"])
        if why:
            return BadRow(row.line, why, tuple(row.values.values()))
        identifiers = tuple(dict.fromkeys(_identifiers(cells)))
        profile: dict[str, list[str] | str] = {"name": cells.get("name", "")}
        for kind in KINDS:
            profile[kind + "s"] = [value for k, value in identifiers if k == kind]
        remarks = tuple(_ignored(row.line, cells))
        return _Customer(row.line, cells["external_id"], profile, self._columns(cells), identifiers, remarks)

    def _columns(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """What is stored in plain: nothing personal."""
        return {
            "party": _party(cells.get("party", "")),
            "region": cells.get("region", ""),
            "product": cells.get("product", ""),
            "dealer": cells.get("dealer", ""),
            "value": _amount(cells["value"]) if cells.get("value") else None,
            "since": self._date(cells["since"]) if cells.get("since") else None,
        }

    def _date(self, cell: str) -> datetime | None:
        return read_date(cell, self._now, self._zone)

    def _wrong_date(self, cells: Mapping[str, str]) -> str:
        if cells.get("since") and self._date(cells["since"]) is None:
            return say(f"时间无法识别：{cells['since']}", f"unreadable time: {cells['since']}")
        return ""

    def _twice(self, line: int, external_id: str) -> str:
        """Why a second row of one customer is not taken: which of the two is right, nobody can tell."""
        first = self._lines.setdefault(external_id, line)
        if first == line:
            return ""
        return say(f"客户编号与第 {first} 行重复", f"the customer id stands in line {first} already")


def _wrong(cells: Mapping[str, str]) -> str:
    if not cells["external_id"]:
        return say("没有客户编号", "no customer id")
    if not all(phone(one) for one in _many(cells.get("phone", ""))):
        return say("手机号无效", "no valid phone number")
    if not all(0 < one.find(":") < len(one) - 1 for one in _many(cells.get("account", ""))):
        return say("平台账号应写作 平台:账号", "an account is written PLATFORM:ID")
    if not _party(cells.get("party", "")):
        return say(f"客户类型无效：{cells['party']}", f"no party {cells['party']}")
    if cells.get("value") and _amount(cells["value"]) is None:
        return say("金额不是数字", "the value is no number")
    return ""


def _party(cell: str) -> str:
    """The code of a party written as code or word; "" where it is none."""
    words = {word: party.value for party in Party for word in (party.value, *(label(party, n) for n in LANGUAGES))}
    return words.get(cell.casefold(), "") if cell else Party.CONSUMER.value


def _amount(cell: str) -> float | None:
    """An amount of money as a number: ``¥259,800 元`` is 259800."""
    try:
        found = float(cell.replace("，", ",").replace(",", "").strip(" ¥￥元"))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _many(cell: str) -> list[str]:
    """The parts of a cell that holds several values."""
    return [part.strip() for part in _BETWEEN.split(cell) if part.strip()]


def _read(kind: str, cell: str) -> str | None:
    """One identifier in its normal form, as it is read from mentions too."""
    if kind == "account":
        return cell
    if kind == "order":
        return order_number(cell) or cell.upper()
    return READERS[kind](cell)


def _identifiers(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for kind, name in KINDS.items():
        for cell in _many(cells.get(name, "")):
            value = _read(kind, cell)
            if value:
                yield kind, value


def _ignored(line: int, cells: Mapping[str, str]) -> Iterator[str]:
    """What of a row identifies nobody; the rest of it is used."""
    for kind, name in KINDS.items():
        if not all(_read(kind, cell) for cell in _many(cells.get(name, ""))):
            word = label(kind, chosen())
            yield say(f"第 {line} 行：{word}无法识别，已忽略", f"line {line}: unreadable {word}, left out")
