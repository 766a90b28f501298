"""Importing dealings with customers from a table or a CRM's view: 购买, 维修, 来电, 到店, many for each customer.

A row names its customer by external id, or by a phone, order, VIN or plate that exactly one customer holds. A row with
an id of its own is the same dealing whenever it comes again; one without gets a key from its content and its number
among equals, so that the same file twice is nothing new.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener.crm.cells import amount, columns, identifier, many, whole
from listener.crm.fields import DEALINGS
from listener.errors import BadInput, Mistake
from listener.files.sheets import BadRow, Rejects, Row, read_rows
from listener.language import say
from listener.model import IdentityKey
from listener.store import asked, link_index, tombstones
from listener.store import dealings as store
from listener.store.engine import Database
from listener.store.vault import Vault
from listener.text.dates import read_date
from listener.text.labels import label

__all__ = ["FIELDS", "DealingCounts", "import_interactions", "import_rows"]

BATCH = 1000

MOST_PROBLEMS = 200

FIELDS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("客户编号", "客户号", "会员号", "external_id", "customer_id"),
    "phone": ("手机", "手机号", "电话", "联系电话", "来电号码", "phone", "mobile"),
    "kind": ("类型", "业务类型", "往来类型", "kind", "type"),
    "at": (
        "时间", "日期", "购买日期", "成交日期", "维修日期", "进厂日期", "来电时间", "到店时间", "到店日期", "业务日期",
        "date", "time", "at",
    ),
    "id": ("流水号", "记录编号", "业务编号", "工单号", "单号", "id"),
    "product": ("产品", "车型", "商品", "product"),
    "quantity": ("数量", "quantity"),
    "amount": ("金额", "成交金额", "费用", "amount"),
    "dealer": ("经销商", "门店", "服务网点", "dealer"),
    "result": ("结果", "处理结果", "状态", "result"),
    "order": ("订单号", "订单", "order"),
    "vin": ("车架号", "vin"),
    "plate": ("车牌", "车牌号", "plate"),
    "serial": ("序列号", "机身号", "serial"),
    "note": ("内容", "备注", "维修项目", "来电内容", "事由", "说明", "note"),
}  # fmt: skip
"""What a column may hold, and the headings by which it is recognised."""

_MORE_WORDS = {
    "成交": "purchase", "下单": "purchase", "订购": "purchase", "销售": "purchase", "保养": "service",
    "售后": "service", "维修保养": "service", "进厂": "service", "咨询": "call", "电话": "call", "进店": "visit",
    "试驾": "visit", "回访": "contact", "其他": "contact",
}  # fmt: skip
_WORDS = {word: kind for kind, words in DEALINGS.items() for word in (kind, *words)} | _MORE_WORDS

_FINDING = ("order", "vin", "plate", "serial", "phone")
"""What may name the customer where no external id does, the surest first."""

_IDENTITIES = ("order", "vin", "plate", "serial")
"""What a purchase or a repair tells of the customer's things."""


@dataclass
class DealingCounts:
    """What an import did, or would do. ``problems`` are the rejected rows: line and reason."""

    read: int = 0
    new: int = 0
    changed: int = 0
    known: int = 0
    rejected: int = 0
    reject_file: Path | None = None
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dealing:
    """One row; ``keys`` are (kind, value) in their normal form, ``private`` what is kept encrypted."""

    line: int
    raw: tuple[str, ...]
    external_id: str
    kind: str
    at: datetime
    own_id: str
    keys: tuple[tuple[str, str], ...]
    plain: dict[str, Any]
    private: dict[str, str]


def import_interactions(
    database: Database,
    vault: Vault,
    path: Path,
    mapping: Mapping[str, str],
    *,
    now: datetime,
    zone: ZoneInfo,
    kind: str = "",
    dry_run: bool = False,
) -> DealingCounts:
    """Read the table and write its dealings, all of ``kind`` where the table has no column for it."""
    rejects = Rejects.beside(path)
    reader = _Reader(str(path), mapping, kind, now, zone)
    return _import(database, vault, reader.dealings(read_rows(path), rejects), rejects, now, path.name, dry_run)


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
) -> DealingCounts:
    """The same for rows that come from elsewhere, such as a view; ``where`` names it."""
    refused = Rejects(rejects)
    found = _Reader(where, {}, "", now, zone).dealings(rows, refused)
    return _import(database, vault, found, refused, now, where, dry_run)


class _Reader:
    def __init__(self, where: str, mapping: Mapping[str, str], kind: str, now: datetime, zone: ZoneInfo) -> None:
        if kind and kind not in _WORDS:
            mend = " | ".join(DEALINGS)
            raise BadInput(Mistake("--kind", say(f"没有类型 {kind}", f"no kind {kind}"), mend))
        self._where, self._given, self._kind, self._now, self._zone = where, mapping, kind, now, zone
        self._mapping: dict[str, str] = {}

    def dealings(self, rows: Iterable[Row | BadRow], rejects: Rejects) -> Iterator[Dealing]:
        """The good rows; the others go to ``rejects``."""
        for row in rows:
            found: Dealing | BadRow = row if isinstance(row, BadRow) else self._dealing(row, rejects)
            if isinstance(found, BadRow):
                rejects.add(found)
            else:
                yield found

    def _learn(self, headings: list[str], rejects: Rejects) -> None:
        needed = {"at": say("时间", "the time")}
        if not self._kind:
            needed["kind"] = say("类型（或用 --kind 指定）", "the kind")
        self._mapping = columns(FIELDS, self._given, headings, self._where, needed)
        if not {"external_id", *_FINDING} & self._mapping.keys():
            what = say("不知道哪一列是客户编号", "no column names the customer")
            raise BadInput(Mistake(self._where, what, "--map external_id=…"))
        rejects.headings = headings

    def _dealing(self, row: Row, rejects: Rejects) -> Dealing | BadRow:
        if not self._mapping:
            self._learn(list(row.values), rejects)
        cells = {name: row.values.get(column, "").strip() for name, column in self._mapping.items()}
        raw = tuple(row.values.values())
        kind = _WORDS.get(cells.get("kind", "").casefold() or self._kind, "")
        at = read_date(cells["at"], self._now, self._zone)
        keys = tuple(_keys(cells))
        why = _wrong(cells, kind, at, keys)
        if why or at is None:
            return BadRow(row.line, why, raw)
        plain = {
            "product": cells.get("product", ""), "dealer": cells.get("dealer", ""), "result": cells.get("result", ""),
            "quantity": whole(cells["quantity"]) if cells.get("quantity") else None,
            "amount": amount(cells["amount"]) if cells.get("amount") else None,
        }  # fmt: skip
        private = {name: cells[name] for name in ("order", "vin", "plate", "serial", "note") if cells.get(name)}
        external_id = cells.get("external_id", "")
        return Dealing(row.line, raw, external_id, kind, at, cells.get("id", ""), keys, plain, private)


def _keys(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for kind in _FINDING:
        for cell in many(cells.get(kind, "")):
            value = identifier(kind, cell)
            if value:
                yield kind, value


def _wrong(cells: Mapping[str, str], kind: str, at: datetime | None, keys: Sequence[tuple[str, str]]) -> str:
    if not kind:
        known = "、".join(chinese for chinese, _ in DEALINGS.values())
        return say(f"类型无效：{cells.get('kind', '')}（{known}）", f"no kind {cells.get('kind', '')!r}")
    if at is None:
        return say(f"时间无法识别：{cells['at']}", f"unreadable time: {cells['at']}")
    if not cells.get("external_id") and not keys:
        return say("没有客户编号", "no customer id")
    if cells.get("amount") and amount(cells["amount"]) is None:
        return say("金额不是数字", "the amount is no number")
    if cells.get("quantity") and whole(cells["quantity"]) is None:
        return say("数量不是整数", "the quantity is no count")
    return ""


def _import(
    database: Database,
    vault: Vault,
    found: Iterator[Dealing],
    rejects: Rejects,
    now: datetime,
    provenance: str,
    dry_run: bool,
) -> DealingCounts:
    counts = DealingCounts()
    equals: Counter[str] = Counter()
    while batch := list(islice(found, BATCH)):
        counts.read += len(batch)
        with database.read() if dry_run else database.write() as session:
            whose = _Whose(session, vault, batch)
            rows, identities = [], []
            for dealing in batch:
                number = whose.number(dealing)
                if isinstance(number, str):
                    rejects.add(BadRow(dealing.line, number, dealing.raw))
                    counts.read -= 1
                    continue
                rows.append(_row(vault, dealing, number, equals, now, provenance))
                identities += _identities(vault, dealing, number, now, provenance)
            new, changed, told = store.write(session, rows, identities, vault.decrypt, dry_run=dry_run)
            link_index.refresh(session, vault, told)
            asked.mark(session, list(told))
        counts.new += new
        counts.changed += changed
        counts.known += len(rows) - new - changed
    counts.rejected = rejects.count
    counts.read += rejects.count
    counts.problems = [
        say(f"第 {row.line} 行：{row.why}", f"line {row.line}: {row.why}") for row in rejects.rows[:MOST_PROBLEMS]
    ]
    counts.reject_file = None if dry_run else rejects.close()
    return counts


class _Whose:
    """Whose dealings a batch tells of: two queries, then an answer for each row."""

    def __init__(self, session: Any, vault: Vault, batch: Sequence[Dealing]) -> None:
        wanted = [dealing.external_id for dealing in batch if dealing.external_id]
        self._erased = tombstones.known(session, vault.digests, "customer", wanted)
        self._known = store.numbers(session, wanted)
        keys = {key for dealing in batch if not dealing.external_id for key in dealing.keys}
        self._digests = {key: IdentityKey(key[0], vault.digest(*key)) for key in keys}
        self._holders = store.holders(session, self._digests.values())

    def number(self, dealing: Dealing) -> int | str:
        """The customer's number, or why there is none."""
        if dealing.external_id in self._erased:
            return say("该客户已按本人要求删除", "this customer was erased on request")
        if dealing.external_id:
            missing = say(f"没有客户 {dealing.external_id}，请先导入客户", f"no customer {dealing.external_id}")
            return self._known.get(dealing.external_id, missing)
        for key in dealing.keys:
            held = self._holders.get(self._digests[key], set())
            if len(held) == 1:
                return next(iter(held))
            if held:
                word = label(key[0])
                return say(f"{len(held)} 位客户登记了同一{word}", f"{len(held)} customers hold this {key[0]}")
        return say("没有客户登记了这个号码", "no customer holds this number")


def _row(
    vault: Vault, dealing: Dealing, number: int, equals: Counter[str], now: datetime, provenance: str
) -> dict[str, Any]:
    told = [number, dealing.kind, dealing.at.isoformat(), dealing.plain, dealing.private]
    text = f"id:{dealing.kind}:{dealing.own_id}" if dealing.own_id else json.dumps(told, ensure_ascii=False)
    equals[text] += 0 if dealing.own_id else 1
    private = json.dumps(dealing.private, ensure_ascii=False, sort_keys=True) if dealing.private else ""
    return {
        "customer_id": number,
        "key": vault.digest("interaction", f"{text}#{equals[text]}")[:40],
        "kind": dealing.kind,
        "at": dealing.at,
        "cipher": vault.encrypt(private) if private else None,
        "provenance": provenance,
        "imported_at": now,
        **dealing.plain,
    }


def _identities(vault: Vault, dealing: Dealing, number: int, now: datetime, provenance: str) -> list[dict[str, Any]]:
    """The orders, cars and things of a purchase or a repair: by them the customer is found from now on."""
    if dealing.kind not in ("purchase", "service"):
        return []
    return [
        {
            "customer_id": number, "kind": kind, "digest": vault.digest(kind, value), "cipher": vault.encrypt(value),
            "provenance": provenance, "origin": "interaction", "added_at": now,
        }
        for kind, value in dealing.keys
        if kind in _IDENTITIES
    ]  # fmt: skip
