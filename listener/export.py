"""``listener export``: mentions, cases or deliveries as JSONL, CSV or XLSX, by the file's ending.

Rows are streamed: memory does not grow with their number. The file appears whole or not at all. Texts are masked
unless asked otherwise. CSV is UTF-8 with a byte order mark, which Excel needs, and a text that a spreadsheet would
run gets an apostrophe in front; JSONL keeps every text as it is.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from sqlmodel import Session

from listener.errors import BadInput, Mistake
from listener.files.table_rows import not_a_formula
from listener.language import say
from listener.reports.files import whole_file
from listener.reports.rows import (
    CASE_COLUMNS,
    DELIVERY_COLUMNS,
    MENTION_COLUMNS,
    Cover,
    Row,
    case_row,
    delivery_row,
    mention_row,
)
from listener.reports.workbook import Column, Sheet
from listener.store import facts
from listener.store.engine import Database
from listener.text.mask import mask


def export(
    database: Database,
    what: str,
    out: Path,
    *,
    zone: tzinfo,
    unmask: bool = False,
    start: datetime | None = None,
    end: datetime | None = None,
) -> int:
    """Write ``what`` (mentions, cases, deliveries) to ``out``; how many rows.

    Times are ISO 8601 with the offset of ``zone``, or null. ``sentiment_score`` is from -1 to 1; ``customer_id`` is
    the customer's number in the company's own records; ``duplicate_of`` is the original's native id. ``start`` and
    ``end`` limit mentions and cases by when they were said, deliveries by when they were made (end excluded).
    ``BadInput`` for an unknown ``what`` or ending, or a file that cannot be written.
    """
    write = _writer(out)
    cover: Cover = str if unmask else mask
    window = facts.Window(start, end)
    with facts.snapshot(database) as session:
        columns, rows = _rows(session, what, window, zone, cover)
        with whole_file(out) as temporary:
            return write(temporary, columns, rows, zone)


def _rows(
    session: Session, what: str, window: facts.Window, zone: tzinfo, cover: Cover
) -> tuple[tuple[str, ...], Iterator[Row]]:
    if what == "mentions":
        return MENTION_COLUMNS, (mention_row(fact, zone, cover) for fact in facts.mentions(session, window))
    if what == "cases":
        chosen = window if window != facts.ALL else None
        return CASE_COLUMNS, (case_row(fact, zone, cover) for fact in facts.cases(session, chosen))
    if what == "deliveries":
        return DELIVERY_COLUMNS, (delivery_row(fact, zone, cover) for fact in facts.deliveries(session, window))
    mend = "mentions | cases | deliveries"
    raise BadInput(Mistake("export", say(f"无法导出「{what}」", f"cannot export {what!r}"), mend))


Writer = Callable[[Path, tuple[str, ...], Iterable[Row], tzinfo], int]


def _writer(out: Path) -> Writer:
    writer = _WRITERS.get(out.suffix.lower())
    if writer is None:
        what = say(f"不支持的文件类型「{out.suffix}」", f"cannot write files that end in {out.suffix!r}")
        raise BadInput(
            Mistake(str(out), what, say("请以 .jsonl、.csv 或 .xlsx 结尾", "end it in .jsonl, .csv or .xlsx"))
        )
    return writer


def _write_jsonl(out: Path, _columns: tuple[str, ...], rows: Iterable[Row], _zone: tzinfo) -> int:
    count = 0
    with out.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_csv(out: Path, columns: tuple[str, ...], rows: Iterable[Row], _zone: tzinfo) -> int:
    count = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_csv_cell(row[column]) for column in columns])
            count += 1
    return count


def _csv_cell(value: object) -> object:
    flat = _flat(value)
    # csv cannot write a zero byte so that others read it
    return not_a_formula(flat.replace("\x00", "")) if isinstance(flat, str) else flat


def _flat(value: object) -> Any:
    return ";".join(value) if isinstance(value, list) else value


_WIDTHS: Mapping[str, int] = {"text": 60, "title": 36, "url": 40, "reason": 36, "complaint_reason": 36, "subject": 40}


def _write_xlsx(out: Path, columns: tuple[str, ...], rows: Iterable[Row], zone: tzinfo) -> int:
    from openpyxl import Workbook  # only who writes a workbook waits for it

    workbook = Workbook(write_only=True)
    heads = [Column(name, _WIDTHS.get(name, 16), wrap=name in ("text", "title")) for name in columns]
    sheet = Sheet(workbook, "export", heads, zone)
    count = 0
    for row in rows:
        sheet.add(*(_flat(row[column]) for column in columns))
        count += 1
    sheet.close()
    workbook.save(out)
    return count


_WRITERS: Mapping[str, Writer] = {".jsonl": _write_jsonl, ".csv": _write_csv, ".xlsx": _write_xlsx}
