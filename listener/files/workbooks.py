"""Reading XLSX row by row: every visible sheet, cells as people see them, wrong files told as what they are."""

from __future__ import annotations

import json
import re
import warnings
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from zipfile import BadZipFile

from listener.errors import BadInput, Mistake
from listener.language import say

EXACT_BELOW = 1e15
"""Excel keeps 15 digits of a number (https://learn.microsoft.com/office/troubleshoot/excel/last-digits-changed-to-zeros)."""

_SHORT = 1e9
"""Below it a JSON number with an exponent is somebody's shorthand for an amount, and no telephone."""

_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!"))
"""What a formula that failed shows (ECMA-376 part 1, 18.17.3): no value."""

_EXPONENT = re.compile(r"[-+]?\d+(?:\.\d+)?[eE][-+]?\d+")


class Number(str):
    """A JSON number as it is written, so that its digits are those of the file."""


class Line(NamedTuple):
    """A row of a sheet with its number, from 1."""

    number: int
    cells: list[str]


def sheets(path: Path) -> Iterator[tuple[str, Iterator[Line]]]:
    """The visible sheets in their order, each with its rows; ``BadInput`` where the file is no readable workbook.

    A sheet's rows have to be read before the next sheet is asked for.
    """
    try:
        # openpyxl goes by the ending of a name
        with path.open("rb") as file, closing(_opened(file)) as book:
            for sheet in book.worksheets:
                if sheet.sheet_state == "visible":
                    sheet.reset_dimensions()  # some exporters state a size that is not true
                    rows = enumerate(sheet.iter_rows(values_only=True), 1)
                    yield sheet.title, (Line(number, [cell(value) for value in values]) for number, values in rows)
    except (BadZipFile, LookupError, ValueError, TypeError, OSError, SyntaxError, EOFError, zlib.error):
        raise _unreadable(path) from None


def _opened(file: BinaryIO) -> Any:
    from openpyxl import load_workbook  # only who reads a workbook waits for it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of styles that it leaves out
        return load_workbook(file, read_only=True, data_only=True)


def readable(path: Path, rows: Iterator[Line]) -> Iterator[Line]:
    """``rows``; ``BadInput`` where the file breaks off within them."""
    try:
        yield from rows
    except (BadZipFile, LookupError, ValueError, TypeError, OSError, SyntaxError, EOFError, zlib.error):
        raise _unreadable(path) from None


def _unreadable(path: Path) -> BadInput:
    mend = say("用 Excel 或 WPS 另存为 .xlsx", "save it as .xlsx again")
    return BadInput(Mistake(str(path), say("不是有效的 .xlsx 文件", "is no valid .xlsx file"), mend))


def cell(value: object) -> str:
    """A cell as text. A whole number has no ``.0``; one whose digits Excel lost is shown as what it is: inexact."""
    if value is None or (isinstance(value, str) and value in _ERRORS):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Number):
        return _number(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < EXACT_BELOW else f"{value:.6e}"
    if isinstance(value, int) and abs(value) >= EXACT_BELOW and (_rounded(value) or _is_double(value)):
        return f"{value:.6e}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    return _nested(value)


def _number(value: Number) -> str:
    """A JSON number: 4.0 is 4, 1.5e5 is 150000; a long one with an exponent is left, for its digits are lost."""
    if not _EXPONENT.fullmatch(value):
        return re.sub(r"\.0+$", "", value)
    return cell(float(value)) if abs(float(value)) < _SHORT else re.sub(r"[eE]\+?", "e+", value)


def _rounded(value: int) -> bool:
    """True where a number of more than 15 digits has zeros where Excel would have lost them."""
    lost: int = 10 ** (len(str(abs(value))) - 15)
    return value % lost == 0


def _is_double(value: int) -> bool:
    """True where the digits are those of a double written out (138000138000138016): the true ones may be others."""
    return abs(value) > 2**53 and int(float(value)) == value and f"{float(value):.17g}" == f"{value:.17g}"


def _nested(value: object) -> str:
    """Several plain values stand in one cell as people write them, parted by semicolons."""
    if isinstance(value, list) and not any(isinstance(each, dict | list) for each in value):
        return ";".join(cell(each) for each in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
