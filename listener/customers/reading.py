"""Reading a table of customers: which column is what, each identifier in its normal form, what is wrong with a row.

Nothing is stored here and nothing is guessed: a row that cannot be understood is a ``BadRow`` with its line and why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from listener.customers.match import account
from listener.errors import BadInput, Mistake
from listener.language import LANGUAGES, chosen, say
from listener.model import Party
from listener.sheets import BadRow, Rejects, Row, plain_heading, read_rows
from listener.text.dates import read_date
from listener.text.identifiers import email, order_number, phone, plate, vin
from listener.text.labels import label
from listener.toml_files import did_you_mean, nearest

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

READERS: Mapping[str, Callable[[str], str | None]] = {"phone": phone, "email": email, "vin": vin, "plate": plate}
"""What brings an identifier into its normal form, None where it is none."""

KINDS = {"phone": "phone", "email": "email", "order": "orders", "vin": "vin", "plate": "plate", "account": "account"}
"""The kinds of identifiers, and the field that holds each."""

COLUMNS: Mapping[str, Any] = {
    "party": Party.CONSUMER.value, "region": "", "product": "", "dealer": "", "value": None, "since": None
}  # fmt: skip
"""What is stored in plain, nothing of it personal, and what it is where nobody has said anything."""

_BETWEEN = re.compile(r"[;；、，,|\n]")


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as a row tells of them; ``profile`` is personal, ``columns`` are not.

    Both hold only what the table has a column for. ``identifiers`` are (kind, value) in their normal form.
    """

    line: int
    external_id: str
    profile: dict[str, list[str] | str]
    columns: dict[str, Any]
    identifiers: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()


class Reader:
    """The customers of a table, one by one; what is wrong with a row goes to ``rejects``."""

    def __init__(self, path: Path, mapping: dict[str, str], now: datetime, zone: ZoneInfo, rejects: Rejects) -> None:
        self._path, self._mapping, self._now, self._zone, self._rejects = path, mapping, now, zone, rejects
        self._known = False
        self._lines: dict[str, int] = {}

    def customers(self) -> Iterator[Customer]:
        """The good rows in their order; ``BadInput`` where the table has no customer ids or lacks a mapped column."""
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
        plain: dict[str, str] = {}
        for heading in headings:
            plain.setdefault(plain_heading(heading), heading)
        guessed = {
            name: next(plain[word] for word in map(plain_heading, words) if word in plain)
            for name, words in FIELDS.items()
            if any(plain_heading(word) in plain for word in words)
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

    def _customer(self, row: Row) -> Customer | BadRow:
        cells = {name: row.values.get(column, "").strip() for name, column in self._mapping.items()}
        why = _wrong(cells) or self._wrong_date(cells) or self._twice(row.line, cells["external_id"])
        if why:
            return BadRow(row.line, why, tuple(row.values.values()))
        identifiers = tuple(dict.fromkeys(_identifiers(cells)))
        profile: dict[str, list[str] | str] = {"name": cells["name"]} if "name" in cells else {}
        for kind, name in KINDS.items():
            if name in cells:
                profile[kind + "s"] = [value for k, value in identifiers if k == kind]
        remarks = tuple(_ignored(row.line, cells))
        return Customer(row.line, cells["external_id"], profile, self._columns(cells), identifiers, remarks)

    def _columns(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """The table's own columns among ``COLUMNS``, as they are stored."""
        read: dict[str, Callable[[str], Any]] = {"party": _party, "value": _amount, "since": self._date}
        return {name: read.get(name, str)(cells[name]) for name in COLUMNS if name in cells}

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
    if not all(_account(one) for one in _many(cells.get("account", ""))):
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


def _account(cell: str) -> str | None:
    """``discuz:1141`` from what people make of it (Discuz： 1141), as ``match.account`` writes it."""
    platform, _, author = (part.strip() for part in cell.replace("：", ":", 1).partition(":"))
    return account(platform.lower(), author) if platform and author else None


def _read(kind: str, cell: str) -> str | None:
    """One identifier in its normal form, as it is read from mentions too."""
    if kind == "account":
        return _account(cell)
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
