"""The demo's forum: pages in the shape of Discuz! X3.5 (ids, classes, addresses, traps), in markup of our own.

Its traps are those of real forums: a page past the end answers 200 with the last page again, a thread in the list
is deleted (404), a sticky thread stands on each page, ``extra=``, ``authorid=`` and ``goto=lastpost`` multiply the
addresses, and recent times are shown as 「5 分钟前」 with the exact time in an attribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from listener.demo.mentions import Content, DemoMention, Forum, Thread, page_of, pages_of
from listener.demo.pages import Answer, redirect, render

BOARD = "岳柚社区"
THREADS_PER_PAGE = 10
MENTIONS_PER_PAGE = 10
QUOTED_CHARACTERS = 60
FLOORS = {1: "楼主", 2: "沙发", 3: "板凳", 4: "地板"}

Query = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Board:
    """The forum as it stands at ``now``; ``url`` ends with a slash."""

    content: Content
    now: datetime
    url: str

    def answer(self, query: Query) -> Answer:
        """What ``forum.php`` answers to a query."""
        pages = {
            "forumdisplay": self._list,
            "viewthread": self._thread,
            "redirect": self._redirect,
            "rss": self._rss,
            "": self._index,
        }
        page = pages.get(query.get("mod", ""))
        return page(query) if page else self._message("抱歉，您尚未登录，没有权限访问该版块", 200)

    def _index(self, query: Query) -> Answer:
        return self._render("forum_index.html", forums=self.content.forums)

    def _message(self, text: str, status: int = 404) -> Answer:
        return self._render("message.html", status=status, text=text)

    def _render(self, template: str, *, status: int = 200, **values: object) -> Answer:
        return render(template, {**self._shared(), **values}, status=status)

    def _shared(self) -> dict[str, object]:
        return {"board": BOARD, "url": self.url, "now": self.now, "at": self.at}

    def at(self, mention: DemoMention) -> datetime:
        return mention.published_at(self.now)

    def _list(self, query: Query) -> Answer:
        forum = self._forum(query)
        if forum is None:
            return self._message("抱歉，指定的版块不存在")
        newest = "opened" if query.get("orderby") == "dateline" else "last"
        threads = tuple(sorted((t for t in forum.threads if not t.sticky), key=lambda t: getattr(t, newest)))
        page, rows = page_of(threads, _number(query, "page", 1), THREADS_PER_PAGE)
        return self._render(
            "forumdisplay.html",
            forum=forum,
            page=page,
            pages=pages_of(len(threads), THREADS_PER_PAGE),
            sticky=[self._row(thread) for thread in forum.threads if thread.sticky],
            rows=[self._row(thread) for thread in rows],
        )

    def _row(self, thread: Thread) -> dict[str, object]:
        """What the list shows of a thread. Where it was deleted the list still has its last state."""
        first, last = (thread.mentions[0], thread.mentions[-1]) if thread.mentions else (None, None)
        return {
            "thread": thread,
            "author": first.author if first else "匿名",
            "uid": first.uid if first else 0,
            "opened_at": self.now - thread.opened,
            "last_author": last.author if last else "匿名",
            "last_at": self.now - thread.last,
            "replies": max(0, len(thread.mentions) - 1),
            "pages": pages_of(len(thread.mentions), MENTIONS_PER_PAGE),
        }

    def _forum(self, query: Query) -> Forum | None:
        fid = _number(query, "fid", 0)
        return next((forum for forum in self.content.forums if forum.fid == fid), None)

    def _find_thread(self, tid: int) -> Thread | None:
        return next((t for t in self.content.threads if t.tid == tid and not t.deleted), None)

    def _thread(self, query: Query) -> Answer:
        thread = self._find_thread(_number(query, "tid", 0))
        if thread is None:
            return self._message("抱歉，指定的主题不存在或已被删除或正在被审核")
        author = _number(query, "authorid", 0)
        said = tuple(m for m in thread.mentions if not author or m.uid == author)
        page, rows = page_of(said, _number(query, "page", 1), MENTIONS_PER_PAGE)
        forum = next(forum for forum in self.content.forums if forum.fid == thread.fid)
        return self._render(
            "viewthread.html",
            thread=thread,
            forum=forum,
            page=page,
            pages=pages_of(len(said), MENTIONS_PER_PAGE),
            rows=[self._floor(thread, mention) for mention in rows],
        )

    def _floor(self, thread: Thread, mention: DemoMention) -> dict[str, object]:
        number = thread.mentions.index(mention) + 1
        quoted = self.content.by_key(mention.quotes) if mention.quotes else None
        excerpt = quoted.text[:QUOTED_CHARACTERS] + " ..." if quoted else ""
        floor = FLOORS.get(number, "")
        return {"mention": mention, "number": number, "floor": floor, "quoted": quoted, "excerpt": excerpt}

    def _redirect(self, query: Query) -> Answer:
        """``goto=lastpost`` and ``goto=findpost``: 302 to the page that holds the entry."""
        thread = self._find_thread(_number(query, "tid", 0) or _number(query, "ptid", 0))
        if thread is None:
            return self._message("抱歉，指定的主题不存在或已被删除或正在被审核")
        pids = [mention.native_id for mention in thread.mentions]
        pid = query.get("pid", "") if query.get("goto") == "findpost" else pids[-1]
        if pid not in pids:
            return self._message("抱歉，指定的帖子不存在或已被删除")
        page = pages_of(pids.index(pid) + 1, MENTIONS_PER_PAGE)
        return redirect(f"{self.url}forum.php?mod=viewthread&tid={thread.tid}&page={page}#pid{pid}")

    def _rss(self, query: Query) -> Answer:
        """The newest 20 threads of a forum, without a guid, as Discuz gives them."""
        forum = self._forum(query)
        if forum is None:
            return self._message("抱歉，指定的版块不存在")
        threads = sorted((t for t in forum.threads if t.mentions), key=lambda t: t.opened)[:20]
        values = {**self._shared(), "forum": forum, "threads": threads}
        return render("forum_rss.xml", values, content_type="application/xml")


def _number(query: Query, name: str, default: int) -> int:
    """A number of the query; the default where it is missing or none, as PHP's intval does."""
    text = query.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else default
