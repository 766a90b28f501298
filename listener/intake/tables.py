"""Importing mentions from a table: ``listener import mentions FILE --map text=COLUMN,…``.

A row without an id gets one from its content and its number among equals, so that importing the same file twice brings
nothing new. A row that cannot be used goes to ``FILE.rejects.csv`` with its line and the reason; the rest goes in.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from listener.files.sheets import BadRow, Notes, Rejects, Row, read_rows
from listener.intake.mappings import ImportMapping, checked, guess, resolved
from listener.language import say
from listener.model import Origin, RawMention
from listener.text.dates import read_date, read_date_why

BATCH = 1000

EXTRA: Mapping[str, str] = {
    "rating": "rating",
    "status": "status",
    "answer": "company_reply",
    "order": "order",
    "phone": "phone",
    "name": "name",
    "email": "email",
    "vin": "vin",
    "plate": "plate",
    "region": "region",
    "model": "product",
    "dealer": "dealer",
    "outside_number": "outside_number",
}
"""Fields of the table that become fields of the mention, by their name there (as spiders name them)."""

COUNTS = ("followers", "likes", "replies", "reposts", "views")
"""Fields that are counts; what is no number there is left out."""

_COUNT = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)([千万亿kwm]?)\+?")
_UNITS = {"": 1, "k": 1000, "千": 1000, "w": 10_000, "万": 10_000, "m": 1_000_000, "亿": 100_000_000}


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did; ``mapping`` is the one used, given or guessed. ``skipped`` are rows of sums."""

    read: int
    new: int
    known: int
    rejected: int
    reject_file: Path | None
    mapping: Mapping[str, str]
    skipped: int = 0
    remarks: tuple[str, ...] = ()


def count(cell: str) -> int | None:
    """A count as platforms write it: 1,234 and 1.2万 and 999+; None where it is none."""
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", cell).casefold().replace(",", "").strip())
    return round(float(found[1]) * _UNITS[found[2]]) if found else None


def import_mentions(
    path: Path,
    mapping: Mapping[str, str],
    *,
    source: str,
    platform: str,
    now: datetime,
    zone: ZoneInfo,
    on_captures: Callable[[list[RawMention]], int],
    reject_path: Path | None = None,
    kept: ImportMapping | None = None,
    sheet: str = "",
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> ImportCounts:
    """Read the table and hand its captures over in batches; ``on_captures`` stores them and says how many were new.

    ``mapping`` (field to column) goes before a ``kept`` one; without either the columns are found by their headings.
    """
    rejects = Rejects(reject_path) if reject_path else Rejects.beside(path)
    reader = _Reader(path, mapping, kept, sheet, source, platform, now, zone, rejects)
    read = new = 0
    batch: list[RawMention] = []
    for capture in reader.captures():
        batch.append(capture)
        read += 1
        if len(batch) == BATCH:
            new += on_captures(batch)
            batch = []
            progress(read, None)
    new += on_captures(batch) if batch else 0
    progress(read, read)
    notes = reader.notes
    return ImportCounts(
        read + rejects.count,
        new,
        read - new,
        rejects.count,
        rejects.close(),
        reader.mapping,
        notes.totals,
        tuple(notes.remarks),
    )


class _Reader:
    """Turns rows into captures."""

    def __init__(
        self, path: Path, mapping: Mapping[str, str], kept: ImportMapping | None, sheet: str, source: str,
        platform: str, now: datetime, zone: ZoneInfo, rejects: Rejects,
    ) -> None:  # fmt: skip
        self.mapping: dict[str, str] = dict(mapping)
        self.notes = Notes()
        self._path, self._source, self._platform = path, source, platform
        self._kept, self._sheet = kept, sheet
        self._now, self._zone, self._rejects = now, zone, rejects
        self._equals: Counter[str] = Counter()
        self._given: dict[str, tuple[int, str]] = {}
        self._known = False

    def captures(self) -> Iterator[RawMention]:
        rows = read_rows(self._path, sheet=self._sheet, fits=self._fits, notes=self.notes)
        for row in rows:
            if isinstance(row, BadRow):
                self._rejects.add(row)
                continue
            if not self._known:
                headings = list(row.values)
                self.mapping = checked(self._mapping(headings), headings, str(self._path))
                self._rejects.headings = headings
                self._known = True
            found = self._capture(row)
            if isinstance(found, BadRow):
                self._rejects.add(found)
            else:
                yield found

    def _fits(self, headings: Sequence[str]) -> int:
        """How many fields a sheet has columns for; one without a text has none."""
        found = {**guess(headings), **{name: column for name, column in self.mapping.items() if column in headings}}
        if self._kept is not None:
            found |= resolved(self._kept, headings)[0]
        return len(found) if "text" in found else 0

    def _mapping(self, headings: list[str]) -> dict[str, str]:
        if self._kept is None:
            return self.mapping or guess(headings)
        found, missing = resolved(self._kept, headings)
        lacking = [name for name in missing if name not in self.mapping]
        if lacking:
            names = "、".join(lacking)
            what = f"文件中没有这些字段的列：{names}；现有的列：{'、'.join(headings)}"
            self.notes.remarks.append(say(what, f"the file has no columns for: {names}; it has: {', '.join(headings)}"))
        return found | self.mapping

    def _capture(self, row: Row) -> RawMention | BadRow:
        cells = {name: row.values.get(column, "").strip() for name, column in self.mapping.items()}
        if not cells["text"] and not cells.get("title"):
            return BadRow(row.line, say("正文为空", "the text is empty"), tuple(row.values.values()))
        written = cells.get("published_at", "")
        published = read_date(written, self._now, self._zone) if written else None
        if written and published is None:
            return BadRow(
                row.line, say(f"时间无法识别：{written}", f"unreadable time: {written}"), tuple(row.values.values())
            )
        by = read_deadline(cells.get("outside_by", ""), published or self._now, self._zone)
        if by is None and cells.get("outside_by"):
            why = say(f"时限无法识别：{cells['outside_by']}", f"unreadable deadline: {cells['outside_by']}")
            return BadRow(row.line, why, tuple(row.values.values()))
        twice = self._twice(row.line, cells)
        if twice:
            return BadRow(row.line, twice, tuple(row.values.values()))
        return RawMention(
            source=self._source,
            platform=cells.get("platform") or self._platform,
            site=cells.get("site") or (self._kept.site if self._kept else "") or self._source,
            native_id=_given_id(cells) or self._made_id(cells),
            url=cells.get("url", ""),
            title=cells.get("title", ""),
            content=cells["text"],
            author_id=cells.get("author_id", ""),
            author_name=cells.get("author", ""),
            published_at=published,
            published_raw=written,
            captured_at=self._now,
            origin=Origin.IMPORT,
            metrics={name: found for name in COUNTS if (found := count(cells.get(name, ""))) is not None},
            fields=_fields(cells, by),
        )

    def _twice(self, line: int, cells: Mapping[str, str]) -> str:
        """Why a row is not taken whose id another row of the file has, with other content; "" where it may."""
        if not _given_id(cells):
            return ""
        first, content = self._given.setdefault(_given_id(cells), (line, _content(cells)))
        if content == _content(cells):
            return ""
        return say(f"编号与第 {first} 行重复，内容不同", f"the id stands in line {first} already, with other content")

    def _made_id(self, cells: Mapping[str, str]) -> str:
        digest = _content(cells)
        self._equals[digest] += 1
        return f"{digest}-{self._equals[digest]}"


def _given_id(cells: Mapping[str, str]) -> str:
    """What names the row for good: its id, else the number that the platform or the authority gave it."""
    return cells.get("id") or cells.get("outside_number", "")


def _fields(cells: Mapping[str, str], by: datetime | None) -> dict[str, str]:
    found = {name: cells[column] for column, name in EXTRA.items() if cells.get(column)}
    return found | ({"outside_by": by.isoformat()} if by else {})


def read_deadline(written: str, since: datetime, zone: ZoneInfo) -> datetime | None:
    """Until when, in ``zone``; a bare day until its end. None where it cannot be read.

    A deadline lies ahead, so that without a year it is the next such day after ``since``.
    """
    if not written:
        return None
    ahead = since + timedelta(days=365)
    found = read_date_why(written, ahead, zone)
    if found.at is None or found.unit not in ("second", "minute", "hour", "day"):
        return None
    return found.at + timedelta(hours=23, minutes=59) if found.unit == "day" else found.at


def _content(cells: Mapping[str, str]) -> str:
    """A hash of what a row says; its author's name and its time belong to it."""
    said = "\x1f".join(cells.get(name, "") for name in ("title", "text", "author", "published_at"))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]
