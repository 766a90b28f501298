"""Baidu Tieba: the threads of a bar, their pages, and the answers below each floor.

    /f?kw=BAR&ie=utf-8&pn=50                 fifty threads, the one spoken in last first
    /p/TID?pn=N                              a page of a thread; /p/TID?pid=PID: the one that holds PID
    /p/totalComment?tid=TID&pn=N&see_lz=0    the answers below the floors of that page, JSON

A mention's id is its post_id, that of an answer its comment_id; the thread is the tid. The list stands inside a comment
of its own page, and thread pages know the time in one of two places. A thread is read again where its number of replies
has changed, from the page that was its last. Baidu puts a slider (百度安全验证) before strangers. Shapes: as public
repositories read them from 2016 to 2025.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

from parsel import Selector
from pydantic import Field

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import JsonPlatform, Row, identity, inner, moment, names, record, refusal, words
from listener.text.dates import read_date_why

ON_A_PAGE = 50
KEPT = 5000
_HIDDEN = re.compile(r"<code[^>]*pagelet_html[^>]*>\s*<!--(.*?)-->\s*</code>", re.DOTALL)
_GONE = re.compile(r"该[贴帖]已被删除|[贴帖]子不存在|[贴帖]子可能已被删除|贴吧404|页面不存在")
_NO_BAR = re.compile(r"尚未建立|暂未开放|本吧已被封|该吧被合并|吧不存在")
_SLIDER = re.compile(r"百度安全验证|wappass\.baidu\.com")
_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}\s+\d{1,2}:\d{2}")


class Tieba(JsonPlatform):
    """Bars by their names; ``url`` is https://tieba.baidu.com/."""

    NAME: ClassVar[str] = "tieba"
    SITE: ClassVar[str] = "tieba.baidu.com"
    EXPERIMENTAL: ClassVar[bool] = True

    class Parameters(base.Parameters):
        """``bars``: their names without 吧. ``answers``: read what stands below the floors (楼中楼)."""

        bars: tuple[str, ...] = Field(min_length=1)
        answers: bool = True

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._threads: dict[str, list[int]] = dict(job.state.get("threads") or {})

    def start(self) -> list[Fetch]:
        """The first list page of each bar."""
        floor = self.floor()
        return [self._list(bar, 0, floor.isoformat() if floor else "") for bar in self.parameters.bars]

    def headers(self, fetch: Fetch) -> dict[str, str]:
        """The operator's cookie."""
        return {"Cookie": self.job.secret}

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The page of the thread that holds it."""
        if not wanted.thread_id:
            return None
        url = self.at(f"p/{wanted.thread_id}", pid=wanted.native_id)
        return Fetch(url, "one", context={"tid": wanted.thread_id, "pid": wanted.native_id, "page": 0, "replies": -1})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The page of the thread that was its last."""
        replies, last = (self._threads.get(thread.thread_id) or [-1, 1])[:2]
        return self._thread(thread.thread_id, last, replies) if thread.thread_id.isdecimal() else None

    def next_state(self) -> dict[str, Any]:
        """The time of this crawl; of each thread the number of replies and the page that was its last."""
        return {**super().next_state(), "threads": dict(list(self._threads.items())[-KEPT:])}

    def _list(self, bar: str, begin: int, floor: str) -> Fetch:
        context = {"bar": bar, "begin": begin, "floor": floor}
        return Fetch(self.at("f", kw=bar, ie="utf-8", pn=begin), "list", context=context)

    def _thread(self, tid: str, number: int, replies: int) -> Fetch:
        context = {"tid": tid, "page": number, "replies": replies, "pid": ""}
        return Fetch(self.at(f"p/{tid}", pn=number), "thread", context=context)

    def read(self, page: Page) -> Parsed:
        """A list, a thread, or the answers below its floors; a slider in place of any of them."""
        if page.kind == "answers":
            return super().read(page)
        if _SLIDER.search(f"{page.url} {page.text[:20_000]}"):
            return Parsed(broken=say("百度要求安全验证", "Baidu asks for a slider"), wall=Outcome.BLOCKED)
        return self._read_list(page) if page.kind == "list" else self._read_thread(page)

    # lists

    def _read_list(self, page: Page) -> Parsed:
        shown = Selector(text=_HIDDEN.sub(r"\1", page.text), type="html")
        rows = [(row, stated) for row in shown.css("li.j_thread_list") if (stated := _stated(row))]
        if not rows:
            if _NO_BAR.search(page.text):
                return Parsed(broken=say("没有这个吧，或已关闭", "no such bar, or it is closed"))
            if shown.css("#thread_list"):
                return Parsed()
            why = say("没有找到主题列表，页面可能已改版", "no list of threads; the page may have been redesigned")
            return Parsed(broken=why)
        parsed = Parsed(fields=names("thread", (stated for _, stated in rows)))
        for _, stated in rows:
            self._open(stated, parsed)
        begin = int(page.context["begin"]) + ON_A_PAGE
        if self._is_fresh(rows, page) and shown.css("a.next.pagination-item"):
            bar = str(page.context["bar"])
            self.turn(parsed, self._list(bar, begin, str(page.context["floor"])), bar)
        return parsed

    def _open(self, stated: Row, parsed: Parsed) -> None:
        """Read the thread, from the page that was its last, where it has another number of replies than before."""
        tid, replies = identity(stated, "id", "tid"), _whole(stated.get("reply_num"))
        known, last = (self._threads.get(tid) or [-1, 1])[:2]
        if tid and replies != known:
            parsed.fetches.append(self._thread(tid, last, replies))

    def _is_fresh(self, rows: list[tuple[Selector, Row]], page: Page) -> bool:
        """True where a thread that is not pinned was spoken in since, or at an unknown time."""
        floor = moment(page.context["floor"])
        if floor is None:
            return True
        for row, stated in rows:
            reading = read_date_why(
                "".join(row.css(".threadlist_reply_date ::text").getall()).strip(), self.job.now, self.job.zone
            )
            latest = reading.at + timedelta(days=reading.unit == "day") if reading.at else floor
            if latest >= floor and not stated.get("is_top"):
                return True
        return False

    # threads

    def _read_thread(self, page: Page) -> Parsed:
        document, tid, wanted = (
            Selector(text=page.text, type="html"),
            str(page.context["tid"]),
            str(page.context["pid"]),
        )
        floors = [(floor, stated) for floor in document.css("div.l_post") if (stated := _stated(floor))]
        if not floors:
            if _GONE.search(page.text):
                lost = say(f"主题已删除：{tid}", f"the thread was deleted: {tid}")
                return Parsed(gone=[wanted] if wanted else [], audit=[lost])
            why = say("主题页中没有找到内容，页面可能已改版", "nothing on a thread page; it may have been redesigned")
            return Parsed(broken=why)
        title = document.css(".core_title_txt::attr(title)").get("") or "".join(
            document.css(".core_title_txt::text").getall()
        )
        captures = [self._capture(floor, stated, tid, title.strip()) for floor, stated in floors]
        parsed = Parsed(captures=captures, fields=names("content", (inner(stated, "content") for _, stated in floors)))
        if wanted:
            parsed.gone = [] if wanted in {capture.native_id for capture in captures} else [wanted]
            return parsed
        self._turn_thread(page, document, floors, parsed)
        return parsed

    def _turn_thread(self, page: Page, document: Selector, floors: list[tuple[Selector, Row]], parsed: Parsed) -> None:
        tid, replies, last = str(page.context["tid"]), int(page.context["replies"]), _last_page(document)
        number = min(int(page.context["page"]), last)
        if self.parameters.answers and any(_whole(inner(stated, "content").get("comment_num")) for _, stated in floors):
            url = self.at("p/totalComment", tid=tid, pn=number, see_lz=0)
            parsed.fetches.append(Fetch(url, "answers", context={"tid": tid}))
        if number < last:
            parsed.fetches.append(self._thread(tid, number + 1, replies))
            return
        self._threads.pop(tid, None)  # what was read last stands last: the oldest are forgotten first
        self._threads[tid] = [replies, number]

    def _capture(self, floor: Selector, stated: Row, tid: str, title: str) -> RawMention:
        author, content = inner(stated, "author"), inner(stated, "content")
        native_id, number = identity(content, "post_id"), _whole(content.get("post_no"))
        shown = [text.strip() for text in floor.css(".tail-info::text").getall()]
        written = words(content, "date") or next((text for text in shown if _TIME.search(text)), "")
        return self.mention(
            native_id,
            f"https://tieba.baidu.com/p/{tid}?pid={native_id}#{native_id}",
            written=written,
            html=True,
            title=title if number == 1 else "",
            content=floor.css(f"#post_content_{native_id}").get("") or words(content, "content"),
            author_id=identity(author, "user_id", "portrait"),
            author_name=words(author, "user_nickname", "user_name")
            or "".join(floor.css("a.p_author_name ::text").getall()).strip(),
            thread_id=tid,
            metrics={"replies": _whole(content.get("comment_num"))},
            fields={"floor": str(number)} if number else {},
        )

    # answers below the floors

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """{"errno": 0, "data": {"comment_list": {POST_ID: {"comment_list": […]}}}}; an empty list for none."""
        found = record(payload)
        if found.get("errno") not in (0, "0"):
            raise refusal(words(found, "errmsg", "error") or f"errno={found.get('errno')}")
        tid, rows = str(page.context["tid"]), list(_answers(inner(inner(found, "data"), "comment_list")))
        return Parsed(captures=[self._answer(row, tid) for row in rows], fields=names("answer", rows))

    def _answer(self, row: Row, tid: str) -> RawMention:
        native_id, floor = identity(row, "comment_id"), identity(row, "post_id")
        return self.mention(
            native_id,
            f"https://tieba.baidu.com/p/{tid}?pid={floor}&cid={native_id}#{native_id}",
            written=identity(row, "now_time"),
            html=True,
            content=words(row, "content"),
            author_id=identity(row, "user_id"),
            author_name=words(row, "show_nickname", "username"),
            thread_id=tid,
            fields={"answers": floor} if floor else {},
        )


def _stated(node: Selector) -> Row:
    """What ``data-field`` says as JSON; an empty record where it is none, as on advertisements."""
    try:
        found = json.loads(node.attrib.get("data-field", ""))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _answers(listed: Row) -> Iterator[Row]:
    for below in listed.values():
        rows = below.get("comment_list") if isinstance(below, dict) else None
        answers = rows if isinstance(rows, list) else []
        yield from (row for row in answers if isinstance(row, dict) and identity(row, "comment_id"))


def _last_page(document: Selector) -> int:
    """The number of pages that the head of a thread states; 1 where it states none."""
    shown = document.css(".l_reply_num .red::text").getall()
    numbers = [int(text) for text in shown if text.isdigit()]
    return max(1, numbers[1]) if len(numbers) > 1 else 1


def _whole(value: object) -> int:
    if isinstance(value, str) and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and value is not True else 0
