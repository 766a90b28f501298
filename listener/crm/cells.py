"""How the cells of a table of customers, or of dealings with them, are read.

Nothing is guessed: a cell that cannot be read says why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping

from listener.crm.fields import KINDS
from listener.customers.match import account
from listener.errors import BadInput, Mistake
from listener.files.sheets import plain_heading
from listener.files.toml_files import did_you_mean, nearest
from listener.language import LANGUAGES, say
from listener.model import Party
from listener.text.identifiers import email, id_number, order_number, phone, plate, serial, vin
from listener.text.labels import label

READERS: Mapping[str, Callable[[str], str | None]] = {
    "phone": phone, "email": email, "vin": vin, "plate": plate, "id_number": id_number, "serial": serial,
}  # fmt: skip
"""What brings an identifier into its normal form, None where it is none."""

_BETWEEN = re.compile(r"[;；、，,|\n]")
_YES = frozenset(("1", "y", "yes", "true", "t", "是", "禁止", "√"))
_NO = frozenset(("", "0", "n", "no", "false", "f", "否"))


def columns(
    fields: Mapping[str, tuple[str, ...]],
    given: Mapping[str, str],
    headings: list[str],
    where: str,
    needed: Mapping[str, str],
) -> dict[str, str]:
    """Field to heading, those ``given`` first; ``BadInput`` for an unknown one, or where a ``needed`` one is missing.

    ``needed`` maps a field to what it is called in the complaint.
    """
    plain: dict[str, str] = {}
    for heading in headings:
        plain.setdefault(plain_heading(heading), heading)
    guessed = {
        name: next(plain[word] for word in map(plain_heading, words) if word in plain)
        for name, words in fields.items()
        if any(plain_heading(word) in plain for word in words)
    }
    for name, column in given.items():
        if name not in fields or column not in headings:
            near = nearest(column, headings) if name in fields else nearest(name, fields)
            what = say(f"没有 {name}={column}", f"no {name}={column}")
            raise BadInput(Mistake(where, what, did_you_mean(near) if near else "", "--map"))
    found = guessed | dict(given)
    for name, called in needed.items():
        if name not in found:
            what = say(f"不知道哪一列是{called}", f"no column for {name}")
            raise BadInput(Mistake(where, what, f"--map {name}=…"))
    return found


def party(cell: str) -> str:
    """The code of a party written as code or word; "" where it is none."""
    return _PARTIES.get(cell.casefold(), "") if cell else Party.CONSUMER.value


_PARTIES = {word: each.value for each in Party for word in (each.value, *(label(each, n) for n in LANGUAGES))}


def amount(cell: str) -> float | None:
    """An amount of money as a number: ``¥259,800 元`` is 259800."""
    try:
        found = float(cell.replace("，", ",").replace(",", "").strip(" ¥￥元"))
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def whole(cell: str) -> int | None:
    """A count: ``3``, ``3.0``, ``3 次``; None where it is none."""
    found = amount(cell.rstrip("次个台辆件 "))
    return int(found) if found is not None and found.is_integer() and found >= 0 else None


def share(cell: str) -> float | None:
    """A share from 0 to 1, written so or in per cent; None where it is none."""
    found = amount(cell.rstrip("%％ "))
    if found is None:
        return None
    found = found / 100 if cell.rstrip().endswith(("%", "％")) or found > 1 else found
    return found if 0 <= found <= 1 else None


def truth(cell: str) -> bool | None:
    """Yes or no; None where it is neither."""
    word = cell.strip().casefold()
    return True if word in _YES else False if word in _NO else None


def many(cell: str) -> list[str]:
    """The parts of a cell that holds several values."""
    return [part.strip() for part in _BETWEEN.split(cell) if part.strip()]


def bound_account(cell: str) -> str | None:
    """``discuz:1141`` from what people make of it (Discuz： 1141), as ``match.account`` writes it."""
    platform, _, author = (part.strip() for part in cell.replace("：", ":", 1).partition(":"))
    return account(platform.lower(), author) if platform and author else None


def identifier(kind: str, cell: str) -> str | None:
    """One identifier in its normal form, as it is read from mentions too."""
    if kind == "account":
        return bound_account(cell)
    if kind == "order":
        return order_number(cell) or cell.upper()
    return READERS[kind](cell)


def identifiers(cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(kind, value) of every identifier in the cells."""
    for kind, name in KINDS.items():
        for cell in many(cells.get(name, "")):
            value = identifier(kind, cell)
            if value:
                yield kind, value
