"""Discuz! X forums: the lists of threads and their pages.

    forum.php?mod=forumdisplay&fid=F&orderby=lastpost&page=N     newest reply first
    forum.php?mod=viewthread&tid=T&page=N

A mention's id is its pid, its thread the tid. The exact time stands in the ``title`` of a cell that shows 「5 分钟前」.
A page past the end answers 200 with the last page again: only pages that the paging bar names are followed. A deleted
thread answers 404. A thread is opened again where its last reply is newer than the last crawl saw.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urljoin, urlsplit

from parsel import Selector
from pydantic import Field

from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform
from listener.text.dates import read_date

OVERLAP = timedelta(hours=1)
"""Threads are opened again that were spoken in this long before the last crawl began: list times are coarse."""

KEPT_THREADS = 5000
"""Threads whose page count is remembered between crawls."""

_PID = re.compile(r"postmessage_(\d+)$")
_TID = re.compile(r"(?:normal|stick)thread_(\d+)$")


class Discuz(Platform):
    """One forum; ``forums`` are the fid numbers in its addresses."""

    NAME: ClassVar[str] = "discuz"

    class Parameters(base.Parameters):
        """``forums``: fid numbers."""

        forums: tuple[int, ...] = Field(min_length=1)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._since = _moment(job.state.get("since"))
        self._pages: dict[str, int] = dict(job.state.get("pages") or {})
        self._listed: set[str] = set()
        self._left = job.max_pages

    def start(self) -> list[Fetch]:
        """The first list page of each forum."""
        return [Fetch(self._list_url(fid, 1), "list") for fid in self.parameters.forums]

    def read(self, page: Page) -> Parsed:
        """A list or a thread page."""
        document = Selector(text=page.text[:4_000_000])
        if document.css("#messagetext"):
            return self._message(page, document)
        return self._read_list(page, document) if page.kind == "list" else self._read_thread(page, document)

    def next_state(self) -> dict[str, Any]:
        """From when on threads are opened again, and where each thread's unread pages begin."""
        newest = dict(list(self._pages.items())[-KEPT_THREADS:])
        return {"since": self.job.now.isoformat(), "pages": newest}

    def _list_url(self, fid: int | str, page: int) -> str:
        return urljoin(
            self.job.url, f"forum.php?mod=forumdisplay&fid={fid}&orderby=lastpost&filter=lastpost&page={page}"
        )

    def _thread_url(self, tid: str, page: int) -> str:
        return urljoin(self.job.url, f"forum.php?mod=viewthread&tid={tid}&page={page}")

    def _message(self, page: Page, document: Selector) -> Parsed:
        said = " ".join(document.css("#messagetext ::text").getall()).strip()
        if re.search(r"不存在|已被删除|正在被审核|没有权限|无权", said):
            return Parsed(audit=[f"{page.url}: {said[:60]}"])
        return Parsed(broken=f"论坛提示：{said[:60]}")

    def _read_list(self, page: Page, document: Selector) -> Parsed:
        rows = [row for row in document.css("tbody[id]") if _TID.search(row.attrib["id"])]
        if not rows and not document.css("#threadlist, #threadlisttableid"):
            return Parsed(broken="没有找到主题列表，页面可能已改版")
        parsed = Parsed()
        fresh = False
        for row in rows:
            opened = self._open_thread(row)
            fresh = fresh or opened is not None
            if opened is not None:
                parsed.fetches.append(opened)
        number = _page_number(page.url)
        if fresh and number + 1 <= _last_page(document):
            if number >= self.job.max_pages:
                parsed.audit.append(f"达到页数上限 {self.job.max_pages}，更早的主题没有读取")
            else:
                fid = parse_qs(urlsplit(page.url).query).get("fid", ["0"])[0]
                parsed.fetches.append(Fetch(self._list_url(fid, number + 1), "list"))
        return parsed

    def _open_thread(self, row: Selector) -> Fetch | None:
        """The page of a thread where its unread replies begin; None where nothing was said since the last crawl."""
        found = _TID.search(row.attrib["id"])
        assert found is not None
        tid = found.group(1)
        if tid in self._listed:
            return None
        self._listed.add(tid)
        cells = row.css("td.by em span[title]::attr(title)").getall()
        shown = row.css("td.by em a::text, td.by em span::text").getall()
        spoken = self._date(cells[-1] if cells else "") or self._date(shown[-1] if shown else "")
        if self._since and spoken and spoken + timedelta(days=int(_is_day(cells))) < self._since - OVERLAP:
            return None
        return Fetch(self._thread_url(tid, self._pages.get(tid, 1)), "thread")

    def _read_thread(self, page: Page, document: Selector) -> Parsed:
        cells = [cell for cell in document.css("[id^=postmessage_]") if _PID.search(cell.attrib["id"])]
        if not cells:
            return Parsed(broken="主题页中没有找到内容，页面可能已改版")
        tid = parse_qs(urlsplit(page.url).query).get("tid", [""])[0]
        number, last = _page_number(page.url), _last_page(document)
        parsed = Parsed(captures=[self._capture(document, cell, tid, number) for cell in cells])
        if any(not capture.author_name for capture in parsed.captures):
            parsed.audit.append(f"{page.url}: 有内容没有发布者")
        self._pages[tid] = max(min(number, last), self._pages.get(tid, 1))
        if number + 1 <= last:
            parsed.fetches.append(Fetch(self._thread_url(tid, number + 1), "thread"))
        return parsed

    def _capture(self, document: Selector, cell: Selector, tid: str, page: int) -> RawMention:
        found = _PID.search(cell.attrib["id"])
        assert found is not None
        pid = found.group(1)
        whole = document.css(f"#post_{pid}")
        shown = document.css(f"#authorposton{pid}")
        exact = shown.css("span[title]::attr(title)").get("")
        raw_time = " ".join(" ".join(shown.css("::text").getall()).split())
        author = whole.css(".authi a.xw1")
        uid = re.search(r"uid[=-](\d+)", author.css("::attr(href)").get(""))
        first = page == 1 and whole.css("::attr(id)").get("") == document.css("[id^=post_]::attr(id)").re_first(
            r"post_\d+$"
        )
        title = "".join(document.css("#thread_subject::text").getall()).strip()
        return RawMention(
            source=self.job.source,
            platform=self.NAME,
            site=urlsplit(self.job.url).netloc,
            native_id=pid,
            url=urljoin(self.job.url, f"forum.php?mod=redirect&goto=findpost&ptid={tid}&pid={pid}"),
            captured_at=self.job.now,
            title=title if first else "",
            content=cell.get() or "",
            content_type="text/html",
            author_id=uid.group(1) if uid else "",
            author_name="".join(author.css("::text").getall()).strip(),
            published_at=self._date(exact) or self._date(raw_time),
            published_raw=exact or raw_time,
            thread_id=tid,
        )

    def _date(self, text: str) -> datetime | None:
        return read_date(text, self.job.now, self.job.zone) if text else None


def _is_day(cells: list[str]) -> bool:
    """True where the list shows a day without a time: the whole day may be meant."""
    return bool(cells) and ":" not in cells[-1]


def _page_number(url: str) -> int:
    value = parse_qs(urlsplit(url).query).get("page", ["1"])[0]
    return int(value) if value.isdigit() else 1


def _last_page(document: Selector) -> int:
    """The last page that the paging bar names; 1 where there is none."""
    numbers = [int(n) for n in document.css(".pg a::attr(href)").re(r"[?&]page=(\d+)")]
    shown = [int(n) for n in document.css(".pg strong::text, .pg label span::attr(title)").re(r"\d+")]
    return max([1, *numbers, *shown])


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None
