"""Isso, a comment server that stands beside a web site: https://isso-comments.de/docs/reference/server-api/

    ?uri=/entry/&sort=newest    a thread whole: comments and, below each, the replies to it
    latest?limit=N              the newest comments of all threads, oldest first; only where ``latest-enabled`` is set
                                (a single comment, id/N, is shown to its author's cookie only)

With ``uris`` these threads are read, whole each time: a reply to an old comment stands in the middle of a thread, and
``after`` would hide it with its parent. Without, ``latest`` is read, with a wider window where it does not reach back
to the last crawl. ``created`` is in seconds since the epoch. A deleted comment with replies stays as an empty one with
mode 4; the other modes are 1 (shown) and 2 (waits for a moderator, shown to nobody).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import quote, urljoin, urlsplit

from pydantic import Field

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Page, Parsed, Revisit
from listener.spiders.payload import JsonPlatform, Row, Unreadable, counts, identity, record, rows_of, words

FIRST_WINDOW = 200
WIDER = 4
MOST = 12_800
"""Newest comments asked for at first, by how much the window grows, and where that ends: some 5 MB of answer."""

DELETED = 4


class Isso(JsonPlatform):
    """One server; ``url`` is its own address, not that of the web site."""

    NAME: ClassVar[str] = "isso"
    GONE: ClassVar[frozenset[int]] = frozenset()
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 304, 404})

    class Parameters(base.Parameters):
        """``uris``: threads, as the site names them; none means all by ``latest``. ``website``: where they stand."""

        uris: tuple[str, ...] = ()
        website: str = Field(default="", pattern=r"^(https?://.+)?$")

    parameters: Parameters

    def start(self) -> list[Fetch]:
        """The threads, or what is newest in all of them."""
        if not self.parameters.uris:
            return [self._latest(FIRST_WINDOW)]
        return [self._thread(uri) for uri in dict.fromkeys(self.parameters.uris)]

    def read(self, page: Page) -> Parsed:
        """A thread or the newest comments; a server without ``latest`` says 404."""
        if page.status != 404:
            return super().read(page)
        if page.kind == "latest":
            mend = say("请让对方打开 latest-enabled，或写明 uris", "have latest-enabled set there, or name uris")
            return Parsed(broken=f"{say('没有 latest 接口', 'no latest interface')}: {mend}")
        return Parsed(broken=say("没有评论接口，回答 HTTP 404", "no comments there: HTTP 404"))

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A thread, maybe for one comment of it that is read again, or the newest comments."""
        if page.kind == "latest":
            return self._read_latest(page, rows_of(payload))
        uri = str(page.context["uri"])
        rows = list(_all(rows_of(record(payload), "replies")))
        total = record(payload).get("total_replies")
        if not rows and isinstance(total, int) and total > 0:
            raise Unreadable(say(f"应有 {total} 条评论，一条也没有", f"{total} comments are counted, none is shown"))
        parsed, wanted = self._parsed(rows, uri), str(page.context.get("wanted") or "")
        if wanted and wanted not in {identity(row, "id") for row in rows}:
            parsed.gone.append(wanted)  # a thread comes whole: what is not in it is nowhere
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The thread of the comment."""
        return self._thread(wanted.thread_id, wanted.native_id) if wanted.thread_id else None

    def _thread(self, uri: str, wanted: str = "") -> Fetch:
        """``wanted`` stands in the address too, where nobody reads it: each address is fetched once a crawl."""
        asked = {"uri": uri, "sort": "newest"} | ({"wanted": wanted} if wanted else {})
        return Fetch(self.at("", **asked), "thread", context={"uri": uri, "wanted": wanted})

    def _latest(self, limit: int) -> Fetch:
        return Fetch(self.at("latest", limit=limit), "latest", context={"limit": limit})

    def _read_latest(self, page: Page, rows: list[Row]) -> Parsed:
        """The newest comments; a wider window where there were more than it holds since the last crawl."""
        parsed = self._parsed(rows, "")
        limit, floor = int(page.context["limit"]), self.floor()
        oldest = min((capture.published_at for capture in parsed.captures if capture.published_at), default=None)
        reached = bool(floor and oldest and oldest < floor)
        if len(rows) >= limit and not reached and limit < MOST:
            parsed.fetches.append(self._latest(limit * WIDER))
        elif len(rows) >= limit and not reached:
            said = say(f"只读取最新 {limit} 条评论", f"only the newest {limit} comments are read")
            parsed.audit.append(said)
        return parsed

    def _parsed(self, rows: list[Row], uri: str) -> Parsed:
        shown = [row for row in rows if row.get("mode") != DELETED]
        parsed = Parsed(captures=[self._capture(row, uri) for row in shown if identity(row, "id")])
        parsed.gone = [identity(row, "id") for row in rows if row.get("mode") == DELETED]
        if len(parsed.captures) < len(shown):
            parsed.broken = say("有评论没有编号", "a comment without an id")
        return parsed

    def _capture(self, row: Row, uri: str) -> RawMention:
        """``latest`` names the thread in the row; a thread's own page does not."""
        number, thread = identity(row, "id"), words(row, "uri") or uri
        return self.mention(
            number,
            f"{urljoin(self._website(), quote(thread, safe='/%?=&:#'))}#isso-{number}",
            html=True,
            written=row.get("created"),
            content=words(row, "text"),
            author_id=words(row, "hash"),
            author_name=words(row, "author"),
            thread_id=thread,
            metrics=counts(row, likes="likes", dislikes="dislikes"),
        )

    def _website(self) -> str:
        parts = urlsplit(self.job.url)
        return self.parameters.website or f"{parts.scheme}://{parts.netloc}/"


def _all(rows: list[Row]) -> Iterator[Row]:
    """The comments with the replies below them, however deep."""
    waiting = list(reversed(rows))
    while waiting:
        row = waiting.pop()
        yield row
        below = row.get("replies")
        waiting += [reply for reply in reversed(below) if isinstance(reply, dict)] if isinstance(below, list) else []
