"""Reading a table of customers: which column is what, each identifier in its normal form, what is wrong with a row.

Nothing is stored here and nothing is guessed: a row that cannot be understood is a ``BadRow`` with its line and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from listener.crm.cells import (
    amount,
    bound_account,
    columns,
    identifier,
    identifiers,
    many,
    party,
    share,
    truth,
    whole,
)
from listener.crm.fields import COLUMNS, FIELDS, KINDS, TEXTS
from listener.crm.seen import First
from listener.files.sheets import BadRow, Rejects, Row
from listener.language import chosen, say
from listener.text.dates import read_date
from listener.text.identifiers import phone
from listener.text.labels import label

__all__ = ["Customer", "Reader"]


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as a row tells of them; ``profile`` is personal, ``columns`` are not.

    Both hold only what the table has a column for. ``identifiers`` are (kind, value) in their normal form.
    ``code`` is a code to identify by that they told.
    ``confidence`` (0 to 1) and ``verified`` (a day, "" for never) are said of all that the row tells.
    """

    line: int
    external_id: str
    profile: dict[str, list[str] | str]
    columns: dict[str, Any]
    identifiers: tuple[tuple[str, str], ...]
    remarks: tuple[str, ...] = ()
    confidence: float = 1.0
    verified: str = ""
    code: str = ""

    @property
    def told(self) -> list[str]:
        """The names of what the row tells: keys of ``profile`` and ``columns``."""
        return [*self.profile, *self.columns]


class Reader:
    """The customers of a table's rows, one by one; what is wrong with a row goes to ``rejects``.

    ``where`` names the table in messages.
    """

    def __init__(
        self,
        rows: Iterable[Row | BadRow],
        where: str,
        mapping: Mapping[str, str],
        now: datetime,
        zone: ZoneInfo,
        rejects: Rejects,
    ) -> None:
        self._rows, self._where, self._given = rows, where, mapping
        self._now, self._zone, self._rejects = now, zone, rejects
        self._mapping: dict[str, str] = {}
        self._lines = First()

    def customers(self) -> Iterator[Customer]:
        """The good rows in their order; ``BadInput`` where the table has no customer ids or lacks a mapped column."""
        for row in self._rows:
            if isinstance(row, BadRow):
                self._rejects.add(row)
                continue
            if not self._mapping:
                self._learn(list(row.values))
            found = self._customer(row)
            if isinstance(found, BadRow):
                self._rejects.add(found)
            else:
                yield found

    def _learn(self, headings: list[str]) -> None:
        needed = {"external_id": say("客户编号", "the customer's id")}
        self._mapping = columns(FIELDS, self._given, headings, self._where, needed)
        self._rejects.headings = headings

    def _customer(self, row: Row) -> Customer | BadRow:
        cells = {name: row.values.get(column, "").strip() for name, column in self._mapping.items()}
        why = _wrong(cells) or self._wrong_date(cells) or self._twice(row.line, cells["external_id"])
        if why:
            return BadRow(row.line, why, tuple(row.values.values()))
        found = tuple(dict.fromkeys(identifiers(cells)))
        profile: dict[str, list[str] | str] = {name: cells[name] for name in TEXTS if name in cells}
        for kind, name in KINDS.items():
            if name in cells:
                profile[kind + "s"] = [value for k, value in found if k == kind]
        verified = self._date(cells.get("verified", ""))
        return Customer(
            row.line,
            cells["external_id"],
            profile,
            self._columns(cells),
            found,
            tuple(_ignored(row.line, cells)),
            share(cells.get("confidence") or "1") or 0.0,
            verified.astimezone(self._zone).date().isoformat() if verified else "",
            cells.get("code", ""),
        )

    def _columns(self, cells: Mapping[str, str]) -> dict[str, Any]:
        """The table's own columns among ``COLUMNS``, as they are stored."""
        read: dict[str, Callable[[str], Any]] = {
            "party": party, "value": amount, "profit": amount, "volume": whole, "since": self._date,
            "do_not_link": truth,
        }  # fmt: skip
        return {name: read.get(name, str)(cells[name]) for name in COLUMNS if name in cells}

    def _date(self, cell: str) -> datetime | None:
        return read_date(cell, self._now, self._zone) if cell else None

    def _wrong_date(self, cells: Mapping[str, str]) -> str:
        for name in ("since", "verified"):
            if cells.get(name) and self._date(cells[name]) is None:
                return say(f"时间无法识别：{cells[name]}", f"unreadable time: {cells[name]}")
        return ""

    def _twice(self, line: int, external_id: str) -> str:
        """Why a second row of one customer is not taken: which of the two is right, nobody can tell."""
        first = self._lines.first(external_id, line)
        if first == line:
            return ""
        return say(f"客户编号与第 {first} 行重复", f"the customer id stands in line {first} already")


def _wrong(cells: Mapping[str, str]) -> str:
    if not cells["external_id"]:
        return say("没有客户编号", "no customer id")
    if not all(phone(one) for one in many(cells.get("phone", ""))):
        return say("手机号无效", "no valid phone number")
    if not all(bound_account(one) for one in many(cells.get("account", ""))):
        return say("平台账号应写作 平台:账号", "an account is written PLATFORM:ID")
    if not party(cells.get("party", "")):
        return say(f"客户类型无效：{cells['party']}", f"no party {cells['party']}")
    return _wrong_figure(cells)


def _wrong_figure(cells: Mapping[str, str]) -> str:
    if any(cells.get(name) and amount(cells[name]) is None for name in ("value", "profit")):
        return say("金额不是数字", "the value is no number")
    if cells.get("volume") and whole(cells["volume"]) is None:
        return say("购买次数不是整数", "the volume is no count")
    if truth(cells.get("do_not_link", "")) is None:
        return say("禁止匹配应为 是 或 否", "do_not_link is yes or no")
    if cells.get("confidence") and share(cells["confidence"]) is None:
        return say("可信度应在 0 到 1 之间", "the confidence is no share")
    return ""


def _ignored(line: int, cells: Mapping[str, str]) -> Iterator[str]:
    """What of a row identifies nobody; the rest of it is used."""
    for kind, name in KINDS.items():
        if not all(identifier(kind, cell) for cell in many(cells.get(name, ""))):
            word = label(kind, chosen())
            yield say(f"第 {line} 行：{word}无法识别，已忽略", f"line {line}: unreadable {word}, left out")
