"""Reading tables: CSV in UTF-8 or GB18030, XLSX, JSONL, row by row, with line and reason of what is broken."""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook

from listener.errors import BadInput, Mistake
from listener.language import say

SAMPLE_CHARACTERS = 1 << 20

SAMPLE_ROWS = 200
"""Lines of a JSONL file from which its columns are learnt."""

TITLE_ROWS = 20
"""Rows of a sheet among which its headings are looked for."""

LONGEST_CELL = 200_000
LONGEST_RECORD = 2000
"""Lines of one CSV record; a quote open for longer was never meant."""

EXACT_BELOW = 1e15
"""Excel keeps 15 digits of a number (https://learn.microsoft.com/office/troubleshoot/excel/last-digits-changed-to-zeros)."""

_OLE = b"\xd0\xcf\x11\xe0"
"""How an old .xls and an encrypted .xlsx begin ([MS-CFB] 2.2)."""

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
    """``utf-8-sig``, ``utf-16`` (Excel's "Unicode text") or ``gb18030``; ``BadInput`` where it is none of them."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith((_OLE, b"PK\x03\x04")):
        what = say("内容不是文本表格", "is no text table")
        raise BadInput(Mistake(str(path), what, say("另存为 .xlsx 或 CSV", "save it as .xlsx or CSV")))
    marked = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for candidate in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        with suppress(UnicodeError), path.open(encoding=candidate, newline="") as text:
            while text.read(SAMPLE_CHARACTERS):
                pass
            return candidate
    mend = say("另存为 UTF-8", "save it as UTF-8")
    raise BadInput(Mistake(str(path), say("既不是 UTF-8 也不是 GB18030", "is neither UTF-8 nor GB18030"), mend))


def _csv(path: Path) -> Iterator[Row | BadRow]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding=encoding_of(path), newline="") as text:
        first = next((line for line in text if line.strip()), "")
        text.seek(0)
        delimiter = max(",\t;", key=first.count)
        yield from _under_heading(path, _records(text, delimiter), lambda cells: any(cells))


def _records(lines: Iterable[str], delimiter: str) -> Iterator[tuple[int, list[str]] | BadRow]:
    """Each record with the line on which it begins.

    A quote that is never closed costs its own line only: reading goes on with the next one.
    """
    ahead: deque[str] = deque()
    source = iter(lines)
    number = 0
    while True:
        cells, used, why = _record(ahead, source, delimiter)
        if not used:
            return
        yield BadRow(number + 1, why, (ahead[0].strip()[:500],)) if cells is None else (number + 1, cells)
        used = used if cells is not None else 1
        number += used
        for _ in range(used):
            ahead.popleft()


def _record(ahead: deque[str], source: Iterator[str], delimiter: str) -> tuple[list[str] | None, int, str]:
    """The next record's cells, its number of lines, and why it cannot be read; ``ahead`` takes what was looked at."""
    size = 0
    for used in range(1, LONGEST_RECORD + 1):
        if len(ahead) < used:
            line = next(source, None)
            if line is None:
                break
            ahead.append(line)
        size += len(ahead[used - 1])
        if used > 1 and '"' not in ahead[used - 1] and size < LONGEST_CELL:
            continue  # still inside the quotes
        try:
            return next(csv.reader(list(islice(ahead, used)), delimiter=delimiter, strict=True)), used, ""
        except csv.Error as error:
            if "unexpected end" not in str(error) or size >= LONGEST_CELL:
                return None, used, _wrong_csv(str(error))
    return None, len(ahead) and 1, say("引号没有闭合", "a quote is not closed")


def _wrong_csv(error: str) -> str:
    if "expected after" in error:
        return say("引号没有闭合，或引号后有多余内容", "a quote is not closed, or something stands behind it")
    if "field limit" in error:
        return say(f"单元格超过 {LONGEST_CELL} 字", f"a cell has more than {LONGEST_CELL} characters")
    return say(f"无法解析：{error}", f"cannot be read: {error}")


def _under_heading(
    path: Path, records: Iterable[tuple[int, list[str]] | BadRow], is_heading: Callable[[list[str]], bool]
) -> Iterator[Row | BadRow]:
    """The rows under the first record that is a heading; ``BadInput`` where there is none."""
    heading: list[str] = []
    for record in records:
        if isinstance(record, BadRow):
            yield record
            continue
        line, cells = record[0], [cell.strip() for cell in record[1]]
        if not heading:
            heading = _headings(cells) if is_heading(cells) else []
        elif any(cells):
            yield _row(line, heading, cells)
    if not heading:
        what = say("没有表头", "has no row of headings")
        raise BadInput(Mistake(str(path), what, say("第一行写列名", "write the columns' names in the first row")))


def _headings(cells: list[str]) -> list[str]:
    """Names for all columns up to the last named one: an empty one is called by its number, a second one too."""
    while cells and not cells[-1]:
        cells = cells[:-1]
    seen: set[str] = set()
    found = []
    for number, cell in enumerate(cells, 1):
        name = cell if cell and cell not in seen else f"{cell}#{number}"
        seen.add(name)
        found.append(name)
    return found


def _row(line: int, heading: list[str], cells: list[str]) -> Row | BadRow:
    if any(cells[len(heading) :]):
        chinese = f"有 {len(cells)} 格，表头只有 {len(heading)} 格"
        return BadRow(line, say(chinese, f"{len(cells)} cells under {len(heading)} headings"), tuple(cells))
    values = dict(zip(heading, [*cells, *[""] * (len(heading) - len(cells))], strict=False))
    bad = next((name for name, cell in values.items() if _SCIENTIFIC.fullmatch(cell)), None)
    if bad is not None:
        what = say(f"「{bad}」是科学计数法，号码已丢失精度", f"{bad} is in scientific notation, digits are lost")
        return BadRow(line, what, tuple(cells))
    return Row(line, values)


def _xlsx(path: Path) -> Iterator[Row | BadRow]:
    with path.open("rb") as file:
        if file.read(len(_OLE)) == _OLE:
            mend = say("去掉密码，另存为 .xlsx", "remove the password, save as .xlsx")
            raise BadInput(Mistake(str(path), say("是加密的或旧版 Excel 文件", "is encrypted, or an old .xls"), mend))
    rows = _xlsx_rows(path)
    first = list(islice(rows, TITLE_ROWS))
    widest = max((sum(map(bool, cells)) for _, cells in first), default=0)
    # a title above the table fills a cell or two, the headings most of the width
    yield from _under_heading(path, chain(first, rows), lambda cells: 2 * sum(map(bool, cells)) > widest)


def _xlsx_rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The first sheet's rows with their numbers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl tells of styles that it leaves out
            book = load_workbook(path, read_only=True, data_only=True)
        with closing(book):
            sheet = book.worksheets[0]
            sheet.reset_dimensions()  # some exporters state a size that is not true
            for line, values in enumerate(sheet.iter_rows(values_only=True), 1):
                yield line, [_cell(value) for value in values]
    except (BadZipFile, LookupError, ValueError, TypeError, OSError, SyntaxError, EOFError, zlib.error):
        mend = say("用 Excel 或 WPS 另存为 .xlsx", "save it as .xlsx again")
        raise BadInput(Mistake(str(path), say("不是有效的 .xlsx 文件", "is no valid .xlsx file"), mend)) from None


def _cell(value: object) -> str:
    """A cell as text. A whole number has no ``.0``; one of 16 digits is shown as what it is: inexact."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value)) if abs(value) < EXACT_BELOW else f"{value:.6e}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _jsonl(path: Path) -> Iterator[Row | BadRow]:
    with path.open(encoding=encoding_of(path)) as text:
        found = (_json(line, content.strip()) for line, content in enumerate(text, 1) if content.strip())
        first = list(islice(found, SAMPLE_ROWS))
        names = dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values)
        for row in chain(first, found):
            yield row if isinstance(row, BadRow) else Row(row.line, {**dict.fromkeys(names, ""), **row.values})


def _json(line: int, content: str) -> Row | BadRow:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        return BadRow(line, say(f"不是 JSON：{error}", f"is no JSON: {error}"), (content[:500],))
    if not isinstance(found, dict):
        return BadRow(line, say("不是 JSON 对象", "is no JSON object"), (content[:500],))
    return Row(line, {str(key): _cell(value) for key, value in found.items()})


@dataclass
class Rejects:
    """Collects rejected rows into ``FILE.rejects.csv``; the file is made with the first of them."""

    path: Path
    count: int = 0
    headings: Sequence[str] = ()
    _rows: list[BadRow] = field(default_factory=list)

    def add(self, row: BadRow) -> None:
        """Keep a rejected row."""
        self.count += 1
        self._rows.append(row)

    def close(self) -> Path | None:
        """Write the file, for its owner only: its rows may be personal. Its path, or None where nothing was rejected.

        An older file of that name goes: it told of another import.
        """
        self.path.unlink(missing_ok=True)
        if not self._rows:
            return None
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            headings = self.headings or [say("原始内容", "row")]
            writer.writerow([say("行号", "line"), say("原因", "reason"), *headings])
            writer.writerows(self._lines(self._rows))
        return self.path

    @staticmethod
    def _lines(rows: Iterable[BadRow]) -> Iterator[list[str]]:
        for row in rows:
            yield [str(row.line), row.why, *row.raw]
