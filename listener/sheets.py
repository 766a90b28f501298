"""Reading tables: CSV in UTF-8 or GB18030, XLSX, JSONL, row by row, with line and reason of what is broken."""

from __future__ import annotations

import csv
import json
import os
import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from statistics import median_low
from typing import Any

from listener import workbooks
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.text_files import encoding_of, lines, open_text

__all__ = ["BadRow", "Rejects", "Row", "encoding_of", "plain_heading", "read_rows"]

SAMPLE_ROWS = 200
"""Lines of a JSONL file from which its columns are learnt."""

TITLE_ROWS = 20
"""Rows of a table among which its headings are looked for."""

LONGEST_CELL = 200_000
LONGEST_RECORD = 2000
"""Lines of one CSV record; a quote open for longer was never meant."""

_SCIENTIFIC = re.compile(r"\d\.\d+[eE]\+?\d{2,3}|\d[eE]\+\d{2,3}")
"""As Excel and WPS (1.38E+10), Java (1.38E10) and Python (1e+16) write it; 5e20 alone is as often an id."""

_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REJECTS = (("行号", "原因"), ("line", "reason"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet would run (OWASP, CSV injection)."""


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


def _csv(path: Path) -> Iterator[Row | BadRow]:
    csv.field_size_limit(LONGEST_CELL)
    with open_text(path) as text:
        delimiter = _delimiter(list(islice(filter(str.strip, lines(text)), TITLE_ROWS)))
        text.seek(0)
        yield from _rows(path, _records(lines(text), delimiter))


def _delimiter(first: Sequence[str]) -> str:
    """What parts the columns: what stands in the first line that has any, most often."""
    counted = next((line for line in first if any(sign in line for sign in ",\t;")), "")
    return max(",\t;", key=counted.count)


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


Record = tuple[int, list[str]]


def _rows(path: Path, records: Iterable[Record | BadRow]) -> Iterator[Row | BadRow]:
    line, heading, table = _table(path, records)
    yield from _under(line, heading, table)


def _table(path: Path, records: Iterable[Record | BadRow]) -> tuple[int, list[str], Iterator[Record | BadRow]]:
    """The line of the headings, the headings, and all records that hold anything; ``BadInput`` without headings."""
    filled = (record for record in map(_stripped, records) if isinstance(record, BadRow) or any(record[1]))
    first = list(islice(filled, TITLE_ROWS))
    heading = _heading_of([record for record in first if not isinstance(record, BadRow)])
    if heading is None:
        what = say("没有表头", "has no row of headings")
        raise BadInput(Mistake(str(path), what, say("第一行写列名", "write the columns' names in the first row")))
    return heading[0], _headings(heading[1]), chain(first, filled)


def _under(line: int, heading: Sequence[str], records: Iterable[Record | BadRow]) -> Iterator[Row | BadRow]:
    """The rows below ``line``, and whatever is broken."""
    after_break = False
    for record in records:
        if isinstance(record, BadRow):
            after_break = True
            yield record
        elif record[0] > line:
            row = _row(*record, heading, after_break)
            after_break = after_break and isinstance(row, BadRow)
            yield row


def _stripped(record: Record | BadRow) -> Record | BadRow:
    return record if isinstance(record, BadRow) else (record[0], [cell.strip() for cell in record[1]])


def _heading_of(records: Sequence[Record]) -> Record | None:
    """The headings fill most of the table's width; a title above them fills a cell or two."""
    if not records:
        return None
    width = median_low(max(place for place, cell in enumerate(cells, 1) if cell) for _, cells in records)
    return next((record for record in records if 2 * sum(map(bool, record[1])) > width), records[0])


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


def plain_heading(heading: str) -> str:
    """A heading for comparing: without case, blanks, stars and what stands in brackets: 「评价内容（必填）」."""
    plain = _IN_BRACKETS.sub("", unicodedata.normalize("NFKC", heading).casefold())
    return re.sub(r"[\s_*:\-]", "", plain)


def _row(line: int, cells: list[str], heading: Sequence[str], after_break: bool) -> Row | BadRow:
    """``after_break``: the row before broke off, and this one may be its rest: it counts only with all its cells."""
    if any(cells[len(heading) :]):
        chinese = f"有 {len(cells)} 格，表头只有 {len(heading)} 格"
        return BadRow(line, say(chinese, f"{len(cells)} cells under {len(heading)} headings"), tuple(cells))
    if after_break and len(cells) < len(heading):
        return BadRow(line, say("像是上一行的残余", "seems to be the rest of the row before"), tuple(cells))
    if tuple(heading[:2]) in _REJECTS:
        cells = [cell[1:] if cell[:1] == "'" and cell[1:].startswith(_FORMULA) else cell for cell in cells]
    values = dict(zip(heading, [*cells, *[""] * (len(heading) - len(cells))], strict=False))
    why = _wrong(values)
    return BadRow(line, why, tuple(cells)) if why else Row(line, values)


def _wrong(values: Mapping[str, str]) -> str:
    """Why cells cannot be used; "" where they can."""
    for name, cell in values.items():
        if _SCIENTIFIC.fullmatch(cell):
            return say(f"「{name}」是科学计数法，号码已丢失精度", f"{name} is in scientific notation, digits are lost")
        if _SURROGATE.search(cell):
            return say(f"「{name}」含有无法识别的字节", f"{name} holds bytes that are no text")
    return ""


def _xlsx(path: Path) -> Iterator[Row | BadRow]:
    """All visible sheets that have the columns of the first one with anything in it."""
    columns: list[str] = []
    for title, found in workbooks.sheets(path):
        rows = workbooks.readable(path, found)
        start = next((row for row in rows if any(row.cells)), None)
        if start is None:
            continue
        line, heading, records = _table(path, chain([start], rows))
        if columns and set(heading) != set(columns):
            why = say(f"工作表「{title}」的列名与第一个不同，没有读取", f"sheet {title} has other columns: not read")
            yield BadRow(line, why, tuple(heading))
            continue
        yield from _under(line, heading, records)
        columns = columns or heading
    if not columns:
        raise BadInput(Mistake(str(path), say("没有表头", "has no row of headings")))


def _jsonl(path: Path) -> Iterator[Row | BadRow]:
    with open_text(path) as text:
        numbered = ((number, line.strip()) for number, line in enumerate(lines(text), 1))
        found = (_json(number, line) for number, line in numbered if line)
        first = list(islice(found, SAMPLE_ROWS))
        names = dict.fromkeys(name for row in first if isinstance(row, Row) for name in row.values)
        for row in chain(first, found):
            yield row if isinstance(row, BadRow) else Row(row.line, {**dict.fromkeys(names, ""), **row.values})


def _json(line: int, content: str) -> Row | BadRow:
    numbers: dict[str, Any] = {"parse_float": workbooks.Number, "parse_constant": lambda _: None}
    if _SURROGATE.search(content):
        return BadRow(line, say("含有无法识别的字节", "holds bytes that are no text"), (content[:500],))
    try:
        found = json.loads(content, **numbers)
    except (ValueError, RecursionError) as error:
        return BadRow(line, say(f"不是 JSON：{error}", f"is no JSON: {error}"), (content[:500],))
    if not isinstance(found, dict):
        return BadRow(line, say("不是 JSON 对象", "is no JSON object"), (content[:500],))
    # half of an emoji, where somebody counted in UTF-16 and cut: the rest of the text is good
    values = {
        _SURROGATE.sub("\ufffd", str(key)): _SURROGATE.sub("\ufffd", workbooks.cell(value))
        for key, value in found.items()
    }
    return BadRow(line, why, (content[:500],)) if (why := _wrong(values)) else Row(line, values)


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

    @property
    def rows(self) -> Sequence[BadRow]:
        """What was rejected so far."""
        return self._rows

    def close(self) -> Path | None:
        """Write the file, for its owner only: its rows may be personal. Its path, or None where nothing was rejected.

        An older file of that name goes: it told of another import. What a spreadsheet would run gets an apostrophe in
        front, which ``read_rows`` takes away again.
        """
        self.path.unlink(missing_ok=True)
        if not self._rows:
            return None
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
            writer = csv.writer(file)
            headings = self.headings or [say("原始内容", "row")]
            writer.writerow([say("行号", "line"), say("原因", "reason"), *headings])
            writer.writerows(self._lines(self._rows))
        return self.path

    @staticmethod
    def _lines(rows: Iterable[BadRow]) -> Iterator[list[str]]:
        for row in rows:
            yield [str(row.line), row.why, *(f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in row.raw)]
