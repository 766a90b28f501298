"""Reading tables as people have them, row by row, with line and reason of what is broken.

CSV, XLSX, XLS, web pages and XML under that name, JSONL.
"""

from __future__ import annotations

import csv
import json
import re
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from listener.errors import BadInput, Mistake
from listener.files import old_workbooks, workbooks
from listener.files.headings import Heading, Record, find_heading, is_total, plain_heading
from listener.files.table_rows import FORMULA, REJECTED, BadRow, Rejects, Row
from listener.files.text_files import encoding_of, lines, open_text
from listener.language import say
from listener.system_words import in_words

__all__ = ["BadRow", "Fits", "Notes", "Rejects", "Row", "encoding_of", "plain_heading", "read_rows"]

KINDS = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".htm", ".html", ".xml", ".jsonl")
"""Endings of files that are read."""

SAMPLE_ROWS = 200
"""Lines of a JSONL file from which its columns are learnt."""

TITLE_ROWS = 20
"""Rows of a table among which its headings are looked for."""

LONGEST_CELL = 200_000
LONGEST_RECORD = 2000
"""Lines of one CSV record; a quote open for longer was never meant."""

_SCIENTIFIC = re.compile(r"\d\.\d+[eE]\+?\d{2,3}|\d[eE]\+\d{2,3}")
"""As Excel and WPS (1.38E+10), Java (1.38E10) and Python (1e+16) write it; 5e20 alone is as often an id."""

_PADDING = re.compile(r"""[\t ]+(?="?\s*(?:[,;]|$))|(?:(?<=[,;])|(?<=[,;]"))[\t ]+""")
_SEPARATOR_LINE = re.compile(r'"?sep=([,;\t|])"?', re.IGNORECASE)
"""The line by which a CSV tells Excel what parts its columns."""

_GUARDED = re.compile(r"""="([^"]*)"|['`]([\d-]{5,})""")
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(slots=True)
class Notes:
    """What reading a table found worth telling: ``remarks`` in words, and how many rows of sums it left out."""

    remarks: list[str] = field(default_factory=list)
    totals: int = 0


Fits = Callable[[Sequence[str]], int]
"""How well headings fit what is wanted: the number of columns that are understood."""


def read_rows(
    path: Path, *, sheet: str = "", fits: Fits = lambda headings: 0, notes: Notes | None = None
) -> Iterator[Row | BadRow]:
    """The rows of a table; ``BadInput`` where the whole file cannot be read.

    The file's content says what it is, not its name: back ends call web pages and text .xls. Of several sheets those
    are read whose columns are those of the one that ``fits`` best, or the one named ``sheet``.
    """
    _refuse_unreadable(path)
    ending = path.suffix.lower()
    if ending == ".jsonl":
        yield from _jsonl(path)
        return
    notes = notes if notes is not None else Notes()
    sheets = _sheets_of(path)
    if sheets is not None:
        yield from _of_sheets(path, sheets, sheet, fits, notes)
        return
    if sheet:
        what = say("不是有工作表的文件", "has no sheets")
        raise BadInput(Mistake(str(path), what, say("去掉 --sheet", "leave --sheet out"), "--sheet"))
    yield from _csv(path, notes)


def _refuse_unreadable(path: Path) -> None:
    """``BadInput`` where there is no file to read, or none of a kind that is read."""
    ending = path.suffix.lower()
    if path.is_dir():
        mend = say("写明其中的一个文件", "name a file in it")
        raise BadInput(Mistake(str(path), say("是目录，不是文件", "is a folder"), mend))
    if ending not in KINDS:
        named = say(f"不认识的文件类型 {ending}", f"unknown kind of file {ending}")
        what = named if ending else say("文件名没有类型结尾", "the file's name has no ending")
        raise BadInput(Mistake(str(path), what, " ".join(KINDS)))
    if not path.is_file():
        raise BadInput(Mistake(str(path), say("文件不存在", "there is no such file")))
    try:
        path.open("rb").close()
    except OSError as error:
        raise BadInput(Mistake(str(path), say("无法读取：", "cannot be read: ") + in_words(error))) from None


def _sheets_of(path: Path) -> Callable[[Path], Iterator[tuple[str, Iterator[workbooks.Line]]]] | None:
    """How to read the file's sheets; None where it is text."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(b"PK\x03\x04"):
        return workbooks.sheets
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return old_workbooks.ole_sheets
    plain = head.replace(b"\0", b"").lstrip(b"\xff\xfe\xef\xbb\xbf \t\r\n").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in plain and plain.startswith(b"<?xml"):
        return old_workbooks.xml_sheets
    if plain.startswith(b"<") and any(sign in plain for sign in (b"<html", b"<table", b"<!doctype html", b"<meta")):
        return old_workbooks.page_tables
    return workbooks.sheets if path.suffix.lower() == ".xlsx" else None


def _csv(path: Path, notes: Notes) -> Iterator[Row | BadRow]:
    csv.field_size_limit(LONGEST_CELL)
    with open_text(path) as text:
        first = list(islice(filter(str.strip, lines(text)), TITLE_ROWS))
        named = _SEPARATOR_LINE.fullmatch(first[0].strip()) if first else None
        text.seek(0)
        records = _records(lines(text), named[1] if named else _delimiter(first))
        yield from _rows(path, islice(records, 1, None) if named else records, notes)


def _delimiter(first: Sequence[str]) -> str:
    """What parts the columns: what stands in the first line that has any, most often. A tab that only pads a cell, so
    that Excel takes a number for text, parts nothing."""
    bare = [
        _PADDING.sub("", line.strip("\r\n")).strip('\t "') if "," in line or ";" in line else line for line in first
    ]
    counted = next((line for line in bare if any(sign in line for sign in ",\t;")), "")
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


def _rows(path: Path, records: Iterable[Record | BadRow], notes: Notes) -> Iterator[Row | BadRow]:
    heading, table = _table(path, records)
    yield from _under(heading.line, heading.names, table, notes)


def _table(path: Path, records: Iterable[Record | BadRow]) -> tuple[Heading, Iterator[Record | BadRow]]:
    """The headings, and all records that hold anything; ``BadInput`` without headings."""
    filled = (record for record in map(_stripped, records) if isinstance(record, BadRow) or any(record[1]))
    first = list(islice(filled, TITLE_ROWS))
    heading = find_heading([record for record in first if not isinstance(record, BadRow)])
    if heading is None:
        what = say("没有表头", "has no row of headings")
        raise BadInput(Mistake(str(path), what, say("第一行写列名", "write the columns' names in the first row")))
    return heading, chain(first, filled)


def _under(
    line: int, heading: Sequence[str], records: Iterable[Record | BadRow], notes: Notes
) -> Iterator[Row | BadRow]:
    """The rows below ``line``, and whatever is broken; rows of sums are left out."""
    after_break = False
    for record in records:
        if isinstance(record, BadRow):
            after_break = True
            yield record
        elif record[0] > line and is_total(record[1]):
            notes.totals += 1
        elif record[0] > line:
            row = _row(*record, heading, after_break)
            after_break = after_break and isinstance(row, BadRow)
            yield row


def _stripped(record: Record | BadRow) -> Record | BadRow:
    return record if isinstance(record, BadRow) else (record[0], [_plain(cell) for cell in record[1]])


def _plain(cell: str) -> str:
    """A cell without what makes Excel take it for text: padding, ="0571…", an apostrophe before digits."""
    bare = cell.strip()
    guarded = _GUARDED.fullmatch(bare) if bare[:1] in ("=", "'", "`") else None
    return (guarded[1] or guarded[2]).strip() if guarded else bare


def _row(line: int, cells: list[str], heading: Sequence[str], after_break: bool) -> Row | BadRow:
    """``after_break``: the row before broke off, and this one may be its rest: it counts only with all its cells."""
    if any(cells[len(heading) :]):
        chinese = f"有 {len(cells)} 格，表头只有 {len(heading)} 格"
        return BadRow(line, say(chinese, f"{len(cells)} cells under {len(heading)} headings"), tuple(cells))
    if after_break and len(cells) < len(heading):
        return BadRow(line, say("像是上一行的残余", "seems to be the rest of the row before"), tuple(cells))
    if tuple(heading[:2]) in REJECTED:
        cells = [cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA) else cell for cell in cells]
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


Sheets = Callable[[Path], Iterator[tuple[str, Iterator[workbooks.Line]]]]


def _of_sheets(path: Path, sheets: Sheets, wanted: str, fits: Fits, notes: Notes) -> Iterator[Row | BadRow]:
    """The rows of the sheet that fits best, or of the ``wanted`` one, and of those with the same columns."""
    headings = _headings_of(path, sheets)
    chosen = _chosen(path, headings, wanted, fits)
    same = {name for name, heading in headings.items() if not wanted and set(heading) == set(headings[chosen])}
    _tell_of_sheets(chosen, same | {chosen}, headings, notes)
    for title, found in sheets(path):
        if title in same or title == chosen:
            yield from _rows(path, workbooks.readable(path, found), notes)


def _headings_of(path: Path, sheets: Sheets) -> dict[str, list[str]]:
    """The headings of each sheet that has anything in it; ``BadInput`` where none has."""
    headings: dict[str, list[str]] = {}
    for title, found in sheets(path):
        rows = workbooks.readable(path, found)
        start = next((row for row in rows if any(map(str.strip, row.cells))), None)
        if start is not None:
            headings[title] = _table(path, chain([start], islice(rows, TITLE_ROWS)))[0].names
    if not headings:
        raise BadInput(Mistake(str(path), say("没有表头", "has no row of headings")))
    return headings


def _chosen(path: Path, headings: Mapping[str, list[str]], wanted: str, fits: Fits) -> str:
    if wanted and wanted not in headings:
        what = say(f"没有工作表「{wanted}」，或其中没有内容", f"has no sheet {wanted}, or nothing is in it")
        raise BadInput(Mistake(str(path), what, say("现有：", "there are: ") + "、".join(headings), "--sheet"))
    return wanted or max(headings, key=lambda title: fits(headings[title]))


def _tell_of_sheets(chosen: str, read: Collection[str], headings: Mapping[str, list[str]], notes: Notes) -> None:
    if len(headings) < 2:
        return
    others = [title for title in headings if title not in read]
    names = "、".join(f"「{title}」" for title in headings if title in read)
    left = "、".join(others)
    rest = say(f"；未读取：{left}（用 --sheet 指定）", f"; not read: {left} (--sheet names one)") if others else ""
    count = len(headings)
    notes.remarks.append(say(f"共 {count} 个工作表，读取 {names}", f"{count} sheets, read: {names}") + rest)


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
        place = getattr(error, "colno", 1)
        why = say(f"不是 JSON（第 {place} 个字符起）", f"is no JSON (from character {place} on)")
        return BadRow(line, why, (content[:500],))
    if not isinstance(found, dict):
        return BadRow(line, say("不是 JSON 对象", "is no JSON object"), (content[:500],))
    # half of an emoji, where somebody counted in UTF-16 and cut: the rest of the text is good
    values = {
        _SURROGATE.sub("\ufffd", str(key)): _SURROGATE.sub("\ufffd", workbooks.cell(value))
        for key, value in found.items()
    }
    return BadRow(line, wrong, (content[:500],)) if (wrong := _wrong(values)) else Row(line, values)
