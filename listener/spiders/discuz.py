"""Discuz! X forums: the lists of threads and their pages.

    forum.php?mod=forumdisplay&fid=F&orderby=lastpost&page=N     newest reply first
    forum.php?mod=viewthread&tid=T&page=N

A mention's id is its pid, its thread the tid. The exact time stands in the ``title`` of a cell that shows 「5 分钟前」.
A page past the end answers 200 with the last page again: only pages that the paging bar names are followed. A deleted
thread answers 404. A thread is opened again where its last reply is newer than the last crawl saw. Forums that rewrite
addresses (forum-2-1.html, thread-7-1-1.html) redirect there, so what a page is stands in the fetch, not in its address.

A list is read to where nothing is newer than the last crawl. If ``max_pages`` comes first, a first crawl stops there
and says so; any later one goes on from there the next time, since what lies between would be lost. A backfill has no
cap: it reads lists and threads from their beginning to where nothing was said since the moment asked for.

One mention is read again by way of ``goto=findpost``, which leads to the page where it stands. Where it is not there,
the other pages of its thread are looked at before it counts as deleted: a thread that is cut moves what follows.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

from parsel import Selector
from pydantic import Field

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform, Revisit
from listener.text.dates import read_date, read_date_why

OVERLAP = timedelta(hours=1)
"""Threads are opened again that were spoken in this long before the last crawl began: list times are coarse."""

KEPT_THREADS = 5000
"""Threads whose page count is remembered between crawls."""

MOST_SEARCHED = 10
"""Pages of a thread searched for a mention that is not where it should be; in a longer one it stays unknown."""

_PID = re.compile(r"postmessage_(\d+)$")
_TID = re.compile(r"(?:normal|stick)thread_(\d+)$")
_PAGE_LINK = re.compile(r"[?&]page=(\d+)|(?:forum-\d+|thread-\d+)-(\d+)(?:-\d+)?\.html")
MOST_CLOSED = 3
"""Closed threads after which a crawl that could read none is taken for one that needs a login."""

_GONE = re.compile(r"不存在|已被删除|已被刪除|正在被审核|正在被審核")
_LOGIN = re.compile(
    r"尚未登[录錄]|还没有登录|還沒有登錄|先登[录錄]|请登录|請登錄|需要登[录錄]|没有权限|沒有權限|无权|無權"
    r"|[阅閱][读讀][权權]限|只有特定用[户戶]|升[级級]您所在的|需要密[码碼]"
)
"""Messages to guests (the words of Discuz!'s own message.php, simplified and traditional)."""


class Discuz(Platform):
    """One forum; ``forums`` are the fid numbers in its addresses."""

    NAME: ClassVar[str] = "discuz"

    class Parameters(base.Parameters):
        """``forums``: fid numbers."""

        forums: tuple[int, ...] = Field(min_length=1)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._since = job.since or _moment(job.state.get("since"))
        self._pages: dict[str, int] = dict(job.state.get("pages") or {})
        self._listed: set[str] = set()
        self._lists_read: Counter[int] = Counter()
        self._closed = 0

    def start(self) -> list[Fetch]:
        """The first list page of each forum."""
        return [self._list(fid, 1, self._since) for fid in self.parameters.forums]

    def read(self, page: Page) -> Parsed:
        """A list or a thread page."""
        document = Selector(text=page.text, type="html")
        if document.css("#messagetext"):
            return self._message(page, document)
        if page.kind == "list":
            return self._read_list(page, document)
        return self._read_again(page, document) if page.kind == "again" else self._read_thread(page, document)

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The page where the mention stands, wherever that is by now."""
        if not (wanted.native_id.isdecimal() and wanted.thread_id.isdecimal()):
            return None
        url = f"forum.php?mod=redirect&goto=findpost&ptid={wanted.thread_id}&pid={wanted.native_id}"
        context = {"tid": wanted.thread_id, "pid": wanted.native_id, "searched": []}
        return Fetch(urljoin(self.job.url, url), "again", context=context)

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The thread's last page that was read."""
        tid = thread.thread_id
        return self._thread(tid, self._pages.get(tid, 1)) if tid.isdecimal() else None

    def next_state(self) -> dict[str, Any]:
        """From when on threads are opened again, and where each thread's unread pages begin."""
        newest = dict(list(self._pages.items())[-KEPT_THREADS:])
        return {"since": self.job.now.isoformat(), "pages": newest}

    def _list(self, fid: int, number: int, since: datetime | None) -> Fetch:
        """A list page; ``since``: threads silent since then are old. It is that of the crawl that began the list."""
        url = f"forum.php?mod=forumdisplay&fid={fid}&orderby=lastpost&filter=lastpost&page={number}"
        context = {"fid": fid, "page": number, "since": since.isoformat() if since else ""}
        return Fetch(urljoin(self.job.url, url), "list", context=context)

    def _thread(self, tid: str, number: int) -> Fetch:
        url = f"forum.php?mod=viewthread&tid={tid}&page={number}"
        return Fetch(urljoin(self.job.url, url), "thread", context={"tid": tid, "page": number})

    def _message(self, page: Page, document: Selector) -> Parsed:
        said = " ".join(" ".join(document.css("#messagetext p::text, #messagetext::text").getall()).split())[:80]
        closed = bool(_LOGIN.search(said))
        if page.kind == "again":
            gone = [str(page.context["pid"])] if not closed and _GONE.search(said) else []
            return Parsed(gone=gone, audit=[f"{page.url}: {said}"])
        if page.kind == "list":  # a forum that is missing or closed is no forum without news
            return Parsed(broken=f"{_says()}{said}", wall=Outcome.LOGIN_EXPIRED if closed else None)
        if closed:
            return self._closed_thread(f"{page.url}: {said}")
        return Parsed(audit=[f"{page.url}: {said}"]) if _GONE.search(said) else Parsed(broken=f"{_says()}{said}")

    def _closed_thread(self, line: str) -> Parsed:
        """One thread that guests may not read is no error; where none ever could be read, the forum needs a login."""
        self._closed += 1
        none_open = not self._pages or self._closed >= MOST_CLOSED
        return Parsed(audit=[line], closed=Outcome.LOGIN_EXPIRED if none_open else None)

    def _read_list(self, page: Page, document: Selector) -> Parsed:
        rows = [row for row in document.css("tbody[id]") if _TID.search(row.attrib["id"])]
        if not rows and not document.css("#threadlist, #threadlisttableid"):
            why = say("没有找到主题列表，页面可能已改版", "no list of threads; the pages may have been redesigned")
            return Parsed(broken=why)
        since = _moment(page.context["since"])
        fresh = [row for row in rows if self._is_fresh(row, since)]
        parsed = Parsed(fetches=self._open(fresh))
        if fresh:
            self._turn(page, document, since, parsed)
        return parsed

    def _turn(self, page: Page, document: Selector, since: datetime | None, parsed: Parsed) -> None:
        """Go on to the next list page, now or the next time."""
        following = int(page.context["page"]) + 1
        if following > _last_page(document):
            return
        fid = int(page.context["fid"])
        fetch = self._list(fid, following, since)
        self._lists_read[fid] += 1
        if self.job.since or self._lists_read[fid] < self.job.max_pages:
            parsed.fetches.append(fetch)
            return
        if since is not None:
            parsed.later.append(fetch)
        parsed.capped = self._cap(since is not None)
        parsed.audit.append(parsed.capped)

    def _cap(self, later: bool) -> str:
        most = self.job.max_pages
        if later:
            return say(
                f"达到页数上限 {most}，其余留到下次", f"the cap of {most} pages is hit; the rest comes next time"
            )
        return say(
            f"达到页数上限 {most}，更早的主题没有读取", f"the cap of {most} pages is hit; older threads are not read"
        )

    def _is_fresh(self, row: Selector, since: datetime | None) -> bool:
        """False where nothing was said since; a time that cannot be read may be any."""
        spoken = self._last_spoken(row)
        return not (since and spoken and spoken < since - OVERLAP)

    def _open(self, rows: list[Selector]) -> list[Fetch]:
        """For each thread the page where its unread replies begin; a thread that stands on two lists once."""
        found = []
        for tid in (_TID.search(row.attrib["id"]) for row in rows):
            if tid and tid.group(1) not in self._listed:
                self._listed.add(tid.group(1))
                known = {} if self.job.since else self._pages
                found.append(self._thread(tid.group(1), known.get(tid.group(1), 1)))
        return found

    def _last_spoken(self, row: Selector) -> datetime | None:
        """When the last reply was written, at the latest: of a bare day its end."""
        cell = row.css("td.by")[-1:]
        for text in (cell.css("em span::attr(title)").get(""), " ".join(cell.css("em ::text").getall())):
            reading = read_date_why(text, self.job.now, self.job.zone) if text.strip() else None
            if reading and reading.at:
                return reading.at + timedelta(days=reading.unit == "day")
        return None

    def _read_thread(self, page: Page, document: Selector) -> Parsed:
        cells = [cell for cell in document.css("[id^=postmessage_]") if _PID.search(cell.attrib["id"])]
        if not cells and not document.css("#postlist .locked"):
            why = say("主题页中没有找到内容，页面可能已改版", "nothing on a thread page; it may have been redesigned")
            return Parsed(broken=why)
        tid, last = str(page.context["tid"]), _last_page(document)
        number = min(int(page.context["page"]), last)
        parsed = Parsed(captures=[self._capture(document, cell, tid, number) for cell in cells])
        if any(not capture.author_name for capture in parsed.captures):
            parsed.audit.append(f"{page.url}: {say('有内容没有发布者', 'something without an author')}")
        self._pages.pop(tid, None)  # what was read last stands last: the oldest are forgotten first
        self._pages[tid] = number
        if number < last:
            parsed.fetches.append(self._thread(tid, number + 1))
        return parsed

    def _read_again(self, page: Page, document: Selector) -> Parsed:
        """The page where a mention should stand: what is on it, and the next page where it is not."""
        tid, pid = str(page.context["tid"]), str(page.context["pid"])
        number = _this_page(document)
        cells = [cell for cell in document.css("[id^=postmessage_]") if _PID.search(cell.attrib["id"])]
        if not cells and not document.css("#postlist .locked"):
            why = say("主题页中没有找到内容，页面可能已改版", "nothing on a thread page; it may have been redesigned")
            return Parsed(broken=why)
        parsed = Parsed(captures=[self._capture(document, cell, tid, number) for cell in cells])
        if any(capture.native_id == pid for capture in parsed.captures):
            return parsed
        if document.css(f"#post_{pid}"):  # it stands there, and guests may not read it
            parsed.there.append(pid)
            return parsed
        searched = {*map(int, page.context["searched"]), number}
        left = sorted(set(range(1, _last_page(document) + 1)) - searched)
        if len(left) + len(searched) > MOST_SEARCHED:
            parsed.audit.append(f"{page.url}: {say('主题过长，无法确认', 'the thread is too long to be sure')}")
        elif left:
            context = {"tid": tid, "pid": pid, "searched": sorted(searched)}
            parsed.fetches.append(replace(self._thread(tid, left[0]), kind="again", context=context, again=pid))
        else:
            parsed.gone.append(pid)
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


def _says() -> str:
    return say("论坛提示：", "the forum says: ")


def _last_page(document: Selector) -> int:
    """The last page that the paging bar names; 1 where there is none."""
    bar = document.css(".pg")
    links = [number for href in bar.css("a::attr(href)").getall() for number in _PAGE_LINK.findall(href)]
    shown = [int(n) for n in bar.css("strong::text, label span::attr(title)").re(r"\d+")]
    return max([1, *shown, *(int(plain or rewritten) for plain, rewritten in links)])


def _this_page(document: Selector) -> int:
    """The page that the paging bar says this is; 1 where there is none."""
    return int(document.css(".pg strong::text").re_first(r"\d+") or 1)


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None
