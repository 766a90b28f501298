"""A small forum in the shape of Discuz! X3.5 on loopback, whose threads a test can add to, break and mend.

Its traps are those of real forums: a page past the end answers 200 with the last page again, a deleted thread answers
404, a private one 200 with a message, and a forum may redirect each page to a rewritten address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from zlib import crc32
from zoneinfo import ZoneInfo

from tests import loopback

ZONE = ZoneInfo("Asia/Shanghai")
THREADS_ON_A_PAGE = 5
SAID_ON_A_PAGE = 4


@dataclass
class Said:
    pid: int
    author: str
    text: str
    at: datetime


@dataclass
class ForumSite:
    """``threads``: tid to what was said in it. ``broken``: tid to the status it answers. ``asked``: all addresses."""

    threads: dict[int, list[Said]] = field(default_factory=dict)
    broken: dict[int, int] = field(default_factory=dict)
    lists_answer: int = 200
    message: str = ""
    rewrites: bool = False
    robots: str = ""
    asked: list[str] = field(default_factory=list)
    url: str = ""
    _pid: int = 0

    def say(self, tid: int, author: str, text: str, at: datetime) -> int:
        """Somebody says something; a new tid is a new thread."""
        self._pid += 1
        self.threads.setdefault(tid, []).append(Said(self._pid, author, text, at.astimezone(ZONE)))
        return self._pid

    def find(self, pid: int) -> tuple[int, int] | None:
        """The thread of what was said, and its place there."""
        places = (
            (tid, place) for tid, said in self.threads.items() for place, one in enumerate(said) if one.pid == pid
        )
        return next(places, None)

    def edit(self, pid: int, text: str) -> None:
        """Its author changes what they said."""
        found = self.find(pid)
        assert found is not None
        self.threads[found[0]][found[1]].text = text

    def delete(self, pid: int) -> Said:
        """Somebody deletes it; what was there, so that it can be put back."""
        found = self.find(pid)
        assert found is not None
        return self.threads[found[0]].pop(found[1])

    def opened(self) -> list[tuple[int, int]]:
        """Which thread pages were asked for since the last call: (tid, page)."""
        found = [re.search(r"mod=viewthread&tid=(\d+)&page=(\d+)", path) for path in self.asked]
        self.asked.clear()
        return [(int(hit[1]), int(hit[2])) for hit in found if hit]

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, body and where a redirect leads."""
        self.asked.append(path)
        if path == "/robots.txt":
            return (200, self.robots, "") if self.robots else (404, "", "")
        rewritten = re.fullmatch(r"/(forum|thread)-(\d+)-(\d+)(?:-1)?\.html", path)
        if rewritten:
            kind, number, page = rewritten[1], int(rewritten[2]), int(rewritten[3])
            return (*(self._list(page) if kind == "forum" else self._thread(number, page)), "")
        query = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
        return self._plain(query)

    def _plain(self, query: dict[str, str]) -> tuple[int, str, str]:
        page = int(query.get("page", "1"))
        if query["mod"] == "forumdisplay":
            place = f"/forum-{query['fid']}-{page}.html"
            return (301, "", place) if self.rewrites else (*self._list(page), "")
        if query["mod"] == "redirect":
            return self._find_post(int(query["ptid"]), int(query["pid"]))
        tid = int(query["tid"])
        return (301, "", f"/thread-{tid}-{page}-1.html") if self.rewrites else (*self._thread(tid, page), "")

    def _find_post(self, tid: int, pid: int) -> tuple[int, str, str]:
        """To the page where it stands; to the first where it is deleted, as a hurried reader would not notice."""
        if self.lists_answer != 200:
            return self.lists_answer, "", ""
        if tid in self.broken or tid not in self.threads:
            return (*self._thread(tid, 1), "")
        found = self.find(pid)
        page = found[1] // SAID_ON_A_PAGE + 1 if found else 1
        return 301, "", f"/forum.php?mod=viewthread&tid={tid}&page={page}#pid{pid}"

    def _list(self, page: int) -> tuple[int, str]:
        if self.lists_answer != 200 or self.message:
            return self.lists_answer, _message(self.message)
        newest = sorted(self.threads, key=lambda tid: self.threads[tid][-1].at, reverse=True)
        shown, page, last = _cut(newest, page, THREADS_ON_A_PAGE)
        rows = "".join(self._row(tid) for tid in shown)
        return 200, f'{self._bar("forum-2", page, last)}<div id="threadlist"><table>{rows}</table></div>'

    def _row(self, tid: int) -> str:
        first, final = self.threads[tid][0].at, self.threads[tid][-1].at
        return (
            f'<tbody id="normalthread_{tid}"><tr><td class="by"><em><span>{first:%Y-%m-%d}</span></em></td>'
            f'<td class="num">{len(self.threads[tid]) - 1}</td><td class="by"><cite>x</cite><em><a><span '
            f'title="{final:%Y-%m-%d %H:%M}">刚刚</span></a></em></td></tr></tbody>'
        )

    def _thread(self, tid: int, page: int) -> tuple[int, str]:
        if tid in self.broken:
            return self.broken[tid], _message("抱歉，您没有权限访问该版块")
        if tid not in self.threads:
            return 404, _message("抱歉，指定的主题不存在或已被删除或正在被审核")
        shown, page, last = _cut(self.threads[tid], page, SAID_ON_A_PAGE)
        cells = "".join(_said(said) for said in shown)
        return 200, f'<span id="thread_subject">主题{tid}</span>{self._bar(f"thread-{tid}", page, last)}{cells}'

    def _bar(self, stem: str, page: int, last: int) -> str:
        """The paging bar; a rewriting forum's links name the page in the file name."""
        kind, number = stem.split("-")
        plain = {
            "forum": f"forum.php?mod=forumdisplay&fid={number}",
            "thread": f"forum.php?mod=viewthread&tid={number}",
        }
        ending = "-1.html" if kind == "thread" else ".html"
        links = "".join(
            f'<a href="{stem}-{n}{ending}">{n}</a>'
            if self.rewrites
            else f'<a href="{plain[kind]}&amp;page={n}">{n}</a>'
            for n in range(1, last + 1)
            if n != page
        )
        return f'<div class="pg"><strong>{page}</strong>{links}</div>' if last > 1 else ""


def _cut(everything: list, page: int, size: int) -> tuple[list, int, int]:  # type: ignore[type-arg]
    """One page of a list; a page past the end is the last one again."""
    last = max(1, -(-len(everything) // size))
    page = min(page, last)
    return everything[(page - 1) * size : page * size], page, last


def uid_of(author: str) -> int:
    """The number of an account, the same wherever it speaks."""
    return crc32(author.encode()) % 100_000


def _said(said: Said) -> str:
    return (
        f'<div id="post_{said.pid}"><div class="authi">'
        f'<a href="home.php?mod=space&amp;uid={uid_of(said.author)}" class="xw1">{said.author}</a></div>'
        f'<em id="authorposton{said.pid}">发表于 {said.at:%Y-%m-%d %H:%M:%S}</em>'
        f'<table><tr><td class="t_f" id="postmessage_{said.pid}">{said.text}</td></tr></table></div>'
    )


def _message(text: str) -> str:
    return f'<div id="messagetext" class="alert_error"><p>{text}</p></div>'


@contextmanager
def serving(site: ForumSite) -> Iterator[ForumSite]:
    """The forum on loopback while the block runs; ``site.url`` is its address."""

    class Answer(loopback.Handler):
        def do_GET(self) -> None:
            status, text, place = site.answer(self.path)
            headers = {"Content-Type": "text/html; charset=utf-8"} | ({"Location": place} if place else {})
            self.send(status, text.encode(), headers)

    with loopback.serving(Answer) as address:
        site.url = f"{address}/"
        yield site
