"""Sheets of a workbook, written row by row (openpyxl, write-only: memory does not grow with the rows).

Nothing that a stranger wrote is ever a formula: a text is a string cell whatever it begins with, and stays one when
somebody edits the cell (quote prefix). Limits are those of Excel ("Excel specifications and limits").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from listener.files.table_rows import FORMULA

LONGEST_TEXT = 32_767
"""UTF-16 units in one cell."""

MOST_ROWS = 1_048_576
TIME_FORMAT = "yyyy-mm-dd hh:mm"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = Font(bold=True, color="FFFFFF")
_HEAD_FILL = PatternFill("solid", fgColor="334E68")
_WRAP = Alignment(vertical="top", wrap_text=True)
_TOP = Alignment(vertical="top")
_OLDEST_YEAR = 1900


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and its width in characters; ``wrap`` breaks long texts into lines."""

    title: str
    width: int = 14
    wrap: bool = False


def clean(text: str) -> str:
    """``text`` as a cell can hold it: without characters that XML forbids, at most 32,767 UTF-16 units."""
    kept = _ILLEGAL.sub("", text)
    if len(kept) * 2 <= LONGEST_TEXT:
        return kept
    units = kept.encode("utf-16-le")
    if len(units) <= LONGEST_TEXT * 2:
        return kept
    return units[: (LONGEST_TEXT - 1) * 2].decode("utf-16-le", errors="ignore") + "…"


class Sheet:
    """One sheet under construction; goes on in a second one where Excel's rows end."""

    def __init__(
        self, workbook: Workbook, title: str, columns: Sequence[Column], zone: tzinfo, head: bool = True
    ) -> None:
        self.workbook, self.title, self.columns, self.zone, self.head = workbook, title, columns, zone, head
        self.part = 0
        self.styles: dict[tuple[bool, bool, bool], Any] = {}
        self._open()

    def _open(self) -> None:
        self.part += 1
        self.sheet = self.workbook.create_sheet(self.title if self.part == 1 else f"{self.title} {self.part}")
        self.rows = 0
        for number, column in enumerate(self.columns, 1):
            self.sheet.column_dimensions[get_column_letter(number)].width = column.width
        if self.head:
            self.sheet.freeze_panes = "A2"
            self._write([self._head(column.title) for column in self.columns])

    def _write(self, cells: Sequence[Any]) -> None:
        self.sheet.append(cells)
        self.rows += 1

    def _head(self, text: str) -> Cell:
        cell = self._text(text)
        cell.font, cell.fill = _HEAD, _HEAD_FILL
        return cell

    def add(self, *values: object) -> None:
        """One row: texts stay texts, aware times become dates on the sheet's clock, None and "" are empty."""
        if self.rows >= MOST_ROWS:
            self.close()
            self._open()
        self._write([self._cell(value, index) for index, value in enumerate(values)])

    def heading(self, text: str) -> None:
        """A line that names what follows, after an empty one."""
        self._write([])
        cell = self._text(text)
        cell.font = Font(bold=True, size=12)
        self._write([cell])

    def _cell(self, value: object, index: int) -> Any:
        if value is None or value == "":
            return None
        cell: Cell = WriteOnlyCell(self.sheet)
        shown = self._shown(value)
        wrapped = index < len(self.columns) and self.columns[index].wrap
        quoted = isinstance(shown, str) and shown.startswith(FORMULA)
        self._dress(cell, isinstance(shown, datetime), quoted, wrapped)
        self._fill(cell, shown)
        return cell

    def _shown(self, value: object) -> object:
        """A clean text; a time on the sheet's clock, to the second, and as text where Excel has no such day."""
        if not isinstance(value, datetime):
            return clean(value) if isinstance(value, str) else value
        local = value.astimezone(self.zone)
        return local.replace(tzinfo=None, microsecond=0) if local.year >= _OLDEST_YEAR else local.isoformat()

    def _fill(self, cell: Cell, shown: object) -> None:
        if isinstance(shown, str):
            cell.value = shown
            cell.data_type = "s"  # openpyxl makes "=…" a formula and "#N/A" an error
        else:
            cell.value = cast(float | datetime, shown)

    def _text(self, text: str) -> Cell:
        cell: Cell = WriteOnlyCell(self.sheet)
        self._fill(cell, clean(text))
        return cell

    def _dress(self, cell: Any, time: bool, quoted: bool, wrapped: bool) -> None:
        """The look of a cell; worked out once for each kind, since openpyxl looks every part up anew for each cell."""
        kind = (time, quoted, wrapped)
        if kind not in self.styles:
            cell.alignment = _WRAP if wrapped else _TOP
            cell.number_format = TIME_FORMAT if time else "General"
            cell.quotePrefix = quoted
            self.styles[kind] = cell._style
        cell._style = copy(self.styles[kind])

    def close(self) -> None:
        """Set the filter over all rows; the sheet takes no more."""
        if self.head:
            last = get_column_letter(len(self.columns))
            self.sheet.auto_filter.ref = f"A1:{last}{max(self.rows, 1)}"
