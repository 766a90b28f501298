"""Reading tables: CSV in UTF-8 or GB18030, XLSX, JSONL, row by row, with line numbers and reasons for what is broken."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook

from listener.errors import BadInput, Mistake
from listener.language import say

SAMPLE_BYTES = 1 << 20
LONGEST_CELL = 200_000
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{2}")


@dataclass(frozen=True, slots=True)
class Row:
    """One good row: its line in the file (from 1) and its cells by heading."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used, and why."""

    line: int
    why: str
    raw: tuple[str, ...] = ()


def read_rows(path: Path) -> Iterator[Row | BadRow]:
    """The rows of a table; ``BadInput`` where the whole file cannot be read."""
    ending = path.suffix.lower()
    readers = {".csv": _csv, ".tsv": _csv, ".txt": _csv, ".xlsx": _xlsx, ".jsonl": _jsonl}
    if ending not in readers:
        what = say(f"不认识的文件类型 {ending}", f"unknown kind of file {ending}")
        raise BadInput(Mistake(str(path), what, ".csv .xlsx .jsonl"))
    if not path.is_file():
        raise BadInput(Mistake(str(path), say("文件不存在", "there is no such file")))
    yield from readers[ending](path)


def encoding_of(path: Path) -> str:
    """``utf-8-sig`` or ``gb18030``; ``BadInput`` where it is neither."""
    found = "utf-8-sig"
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith((b"\xd0\xcf\x11\xe0", b"PK")):
            what = say("内容不是文本表格", "is no text table")
            raise BadInput(Mistake(str(path), what, say("另存为 .xlsx 或 CSV", "save it as .xlsx or CSV")))
    for candidate in ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError), path.open(encoding=candidate, newline="") as text:
            while text.read(SAMPLE_BYTES):
                pass
            return candidate
    raise BadInput(Mistake(str(path), say("既不是 UTF-8 也不是 GB18030", f"is neither {found} nor GB18030")))


def _csv(path: Path) -> Iterator[Row | BadRow]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding_of(path), newline="") as text:
        sample = text.read(4096)
        text.seek(0)
        delimiter = max(",\t;", key=sample.split("\n", 1)[0].count)
        reader = csv.reader(text, delimiter=delimiter, strict=True)
        heading: list[str] | None = None
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield BadRow(line, say(f"无法解析：{error}", f"cannot be read: {error}"))
                continue
            if heading is None:
                heading = [cell.strip() for cell in cells]
            elif any(cell.strip() for cell in cells):
                yield _row(line, heading, cells)


def _row(line: int, heading: list[str], cells: list[str]) -> Row | BadRow:
    cells = [cell.strip() for cell in cells]
    if len(cells) > len(heading) and any(cells[len(heading) :]):
        what = say(
            f"有 {len(cells)} 格，表头只有 {len(heading)} 格", f"{len(cells)} cells under {len(heading)} headings"
        )
        return BadRow(line, what, tuple(cells))
    values = dict(zip(heading, [*cells, *[""] * (len(heading) - len(cells))], strict=False))
    bad = next((name for name, cell in values.items() if _SCIENTIFIC.fullmatch(cell)), None)
    if bad is not None:
        what = say(f"「{bad}」是科学计数法，号码已丢失精度", f"{bad} is in scientific notation, digits are lost")
        return BadRow(line, what, tuple(cells))
    return Row(line, values)


def _xlsx(path: Path) -> Iterator[Row | BadRow]:
    with path.open("rb") as file:
        if file.read(4) == b"\xd0\xcf\x11\xe0":
            what = say("是加密的或旧版 Excel 文件", "is encrypted, or an old .xls")
            raise BadInput(
                Mistake(str(path), what, say("去掉密码，另存为 .xlsx", "remove the password, save as .xlsx"))
            )
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, KeyError, ValueError, OSError):
        raise BadInput(Mistake(str(path), say("不是有效的 .xlsx 文件", "is no valid .xlsx file"))) from None
    try:
        sheet = book.worksheets[0]
        heading: list[str] | None = None
        for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
            cells = [_cell(value) for value in values]
            if heading is None:
                heading = cells if sum(bool(cell) for cell in cells) > 1 else None
            elif any(cells):
                yield _row(line, heading, cells)
    finally:
        book.close()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < 1e15 else f"{value:.6e}"
    if isinstance(value, datetime | date):
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    return str(value)


def _jsonl(path: Path) -> Iterator[Row | BadRow]:
    with path.open(encoding=encoding_of(path)) as text:
        for line, content in enumerate(text, 1):
            if not content.strip():
                continue
            try:
                found = json.loads(content)
            except (ValueError, RecursionError) as error:
                yield BadRow(line, say(f"不是 JSON：{error}", f"is no JSON: {error}"), (content.strip()[:500],))
                continue
            if isinstance(found, dict):
                yield Row(line, {str(key): "" if value is None else str(value) for key, value in found.items()})
            else:
                yield BadRow(line, say("不是 JSON 对象", "is no JSON object"), (content.strip()[:500],))


@dataclass
class Rejects:
    """Collects rejected rows into ``FILE.rejects.csv``; the file is made with the first of them."""

    path: Path
    count: int = 0
    _rows: list[BadRow] = field(default_factory=list)

    def add(self, row: BadRow) -> None:
        """Keep a rejected row."""
        self.count += 1
        self._rows.append(row)

    def close(self) -> Path | None:
        """Write the file; its path, or None where nothing was rejected."""
        if not self._rows:
            return None
        with self.path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([say("行号", "line"), say("原因", "reason"), say("原始内容", "row")])
            writer.writerows(self._lines(self._rows))
        return self.path

    @staticmethod
    def _lines(rows: Iterable[BadRow]) -> Iterator[list[str]]:
        for row in rows:
            yield [str(row.line), row.why, *row.raw]
