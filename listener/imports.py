"""Importing mentions from a table: ``listener import mentions FILE --map text=COLUMN,…``.

A row without an id gets one from its content and its number among equals, so that importing the same file twice brings
nothing new. A row that cannot be used goes to ``FILE.rejects.csv`` with its line and the reason; the rest goes in.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import Origin, RawMention
from listener.sheets import BadRow, Rejects, Row, plain_heading, read_rows
from listener.text.dates import read_date
from listener.toml_files import did_you_mean, nearest

BATCH = 1000

FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": (
        "内容", "评价内容", "评论内容", "投诉内容", "反馈内容", "问题描述", "正文", "评论", "评价",
        "review", "comment", "content", "text",
    ),
    "title": ("标题", "主题", "门店", "店铺", "商品", "title", "shop", "product"),
    "author": (
        "用户名", "用户", "用户昵称", "昵称", "作者", "发布者", "评论人", "author", "user", "username", "nickname",
    ),
    "author_id": ("用户id", "用户编号", "作者id", "author_id", "user_id", "uid"),
    "id": ("编号", "评价编号", "评论id", "id", "投诉编号", "工单编号"),
    "url": ("链接", "地址", "网址", "原文链接", "url", "link"),
    "published_at": (
        "时间", "发布时间", "评价时间", "评论时间", "投诉时间", "创建时间", "日期",
        "date", "time", "published_at", "created_at",
    ),
    "platform": ("平台", "platform"),
    "site": ("站点", "网站", "site"),
    "rating": ("评分", "星级", "打分", "rating", "stars", "score"),
    "status": ("状态", "status"),
    "answer": ("商家回复", "回复", "回复内容", "answer", "reply"),
    "order": ("订单号", "订单编号", "order"),
    "followers": ("粉丝数", "粉丝", "followers"),
    "likes": ("点赞数", "点赞", "likes"),
    "replies": ("评论数", "回复数", "replies"),
    "reposts": ("转发数", "转发", "reposts"),
    "views": ("阅读数", "浏览量", "views"),
}  # fmt: skip
"""What a column may hold, and the headings by which it is recognised."""

EXTRA = ("rating", "status", "answer", "order")

COUNTS = ("followers", "likes", "replies", "reposts", "views")
"""Fields that are counts; what is no number there is left out."""

_COUNT = re.compile(r"(\d{1,12}(?:\.\d{1,4})?)([千万亿kwm]?)\+?")
_UNITS = {"": 1, "k": 1000, "千": 1000, "w": 10_000, "万": 10_000, "m": 1_000_000, "亿": 100_000_000}


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What an import did; ``mapping`` is the one used, given or guessed."""

    read: int
    new: int
    known: int
    rejected: int
    reject_file: Path | None
    mapping: Mapping[str, str]


def guess(headings: list[str]) -> dict[str, str]:
    """Field to heading, by the words in the headings; case, blanks, stars and what stands in brackets do not count."""
    found: dict[str, str] = {}
    folded: dict[str, str] = {}
    for heading in headings:
        folded.setdefault(plain_heading(heading), heading)
    for name, words in FIELDS.items():
        hits = (folded[word] for word in map(plain_heading, words) if word in folded)
        hit = next((heading for heading in hits if heading not in found.values()), None)
        if hit is not None:
            found[name] = hit
    return found


def count(cell: str) -> int | None:
    """A count as platforms write it: 1,234 and 1.2万 and 999+; None where it is none."""
    found = _COUNT.fullmatch(unicodedata.normalize("NFKC", cell).casefold().replace(",", "").strip())
    return round(float(found[1]) * _UNITS[found[2]]) if found else None


def checked(mapping: Mapping[str, str], headings: list[str], file: str) -> dict[str, str]:
    """The mapping where every field and column exists; ``BadInput`` naming the nearest where not."""
    for name, column in mapping.items():
        if name not in FIELDS:
            near = nearest(name, FIELDS)
            raise BadInput(
                Mistake("--map", say(f"没有字段 {name}", f"no field {name}"), did_you_mean(near) if near else "")
            )
        if column not in headings:
            near = nearest(column, headings)
            mend = did_you_mean(near) if near else say("现有的列：", "columns: ") + "、".join(headings)
            raise BadInput(Mistake(file, say(f"没有列「{column}」", f"has no column {column}"), mend, f"--map {name}"))
    if "text" not in mapping:
        what = say("不知道哪一列是正文", "no column for the text")
        raise BadInput(Mistake(file, what, "--map text=" + (headings[0] if headings else "…")))
    return dict(mapping)


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
    progress: Callable[[int, int | None], None] = lambda done, total: None,
) -> ImportCounts:
    """Read the table and hand its captures over in batches; ``on_captures`` stores them and says how many were new."""
    rejects = Rejects(reject_path or path.with_name(path.name + ".rejects.csv"))
    reader = _Reader(path, mapping, source, platform, now, zone, rejects)
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
    return ImportCounts(read + rejects.count, new, read - new, rejects.count, rejects.close(), reader.mapping)


class _Reader:
    """Turns rows into captures."""

    def __init__(
        self, path: Path, mapping: Mapping[str, str], source: str, platform: str, now: datetime, zone: ZoneInfo,
        rejects: Rejects,
    ) -> None:  # fmt: skip
        self.mapping: dict[str, str] = dict(mapping)
        self._path, self._source, self._platform = path, source, platform
        self._now, self._zone, self._rejects = now, zone, rejects
        self._equals: Counter[str] = Counter()
        self._given: dict[str, tuple[int, str]] = {}
        self._known = False

    def captures(self) -> Iterator[RawMention]:
        for row in read_rows(self._path):
            if isinstance(row, BadRow):
                self._rejects.add(row)
                continue
            if not self._known:
                headings = list(row.values)
                self.mapping = checked(self.mapping or guess(headings), headings, str(self._path))
                self._rejects.headings = headings
                self._known = True
            found = self._capture(row)
            if isinstance(found, BadRow):
                self._rejects.add(found)
            else:
                yield found

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
        twice = self._twice(row.line, cells)
        if twice:
            return BadRow(row.line, twice, tuple(row.values.values()))
        return RawMention(
            source=self._source,
            platform=cells.get("platform") or self._platform,
            site=cells.get("site") or self._source,
            native_id=cells.get("id") or self._made_id(cells),
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
            fields={name: cells[name] for name in EXTRA if cells.get(name)},
        )

    def _twice(self, line: int, cells: Mapping[str, str]) -> str:
        """Why a row is not taken whose id another row of the file has, with other content; "" where it may."""
        if not cells.get("id"):
            return ""
        first, content = self._given.setdefault(cells["id"], (line, _content(cells)))
        if content == _content(cells):
            return ""
        return say(f"编号与第 {first} 行重复，内容不同", f"the id stands in line {first} already, with other content")

    def _made_id(self, cells: Mapping[str, str]) -> str:
        digest = _content(cells)
        self._equals[digest] += 1
        return f"{digest}-{self._equals[digest]}"


def _content(cells: Mapping[str, str]) -> str:
    """A hash of what a row says; its author's name and its time belong to it."""
    said = "\x1f".join(cells.get(name, "") for name in ("title", "text", "author", "published_at"))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]
