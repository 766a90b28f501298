"""Hacker News: what the search at hn.algolia.com finds, newest first, stories and comments.

    api/v1/search_by_date?query=…&tags=(story,comment)&numericFilters=created_at_i>T        found, 100 a page
    v0/item/ID.json at hacker-news.firebaseio.com                                           one of them again

A search shows no more than its first 1000 hits: beyond them it is asked again for what is older than the last one seen.
The index lags behind and forgets deleted ones late, so one reads a day back, and looks at Firebase for the truth, where
a deleted one has ``deleted`` or is null, and one killed by the moderators has ``dead``.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field, HttpUrl

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    Unreadable,
    counts,
    identified,
    identity,
    names,
    record,
    refusal,
    rows_of,
    words,
)

A_PAGE = 100
MOST_FOUND = 1000
"""Hits that a query shows (Algolia's ``paginationLimitedTo``)."""

PAGE_URL = "https://news.ycombinator.com/item?id="


class HackerNews(JsonPlatform):
    """Searches for words."""

    NAME: ClassVar[str] = "hackernews"
    SITE: ClassVar[str] = "news.ycombinator.com"
    OVERLAP: ClassVar[timedelta] = timedelta(days=1)

    class Parameters(base.Parameters):
        """``queries``: words, each searched for by itself; ``firebase_url``: where single ones are read again."""

        queries: tuple[str, ...] = Field(min_length=1, max_length=50)
        firebase_url: HttpUrl = HttpUrl("https://hacker-news.firebaseio.com/v0/")

    parameters: Parameters

    def start(self) -> list[Fetch]:
        """The first page of each search."""
        floor = self.floor()
        since = int(floor.timestamp()) if floor else 0
        return [self._search(query, 0, since, 0) for query in self.parameters.queries]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """What a search found, or one of them again."""
        if page.kind == "one":
            return self._read_one(page, payload)
        whole = record(payload)
        if "hits" not in whole and (said := words(whole, "message", "error")):
            raise refusal(said)
        rows = identified(rows_of(whole, "hits"), "objectID")
        parsed = Parsed(captures=[self._capture(row) for row in rows if _is_said(row)], fields=names("hit", rows))
        self._turn(page, whole, rows, parsed)
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The record at Firebase, which is the truth."""
        if not wanted.native_id.isdecimal():
            return None
        url = f"{str(self.parameters.firebase_url).rstrip('/')}/item/{wanted.native_id}.json"
        return Fetch(url, "one", context={"id": wanted.native_id, "thread": wanted.thread_id})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The comments on the story since the last crawl, whatever their words."""
        floor = self.floor()
        since = int(floor.timestamp()) if floor else 0
        return self._search("", 0, since, 0, thread.thread_id) if thread.thread_id.isdecimal() else None

    def _search(self, query: str, number: int, since: int, until: int, story: str = "") -> Fetch:
        """A page of what was written between two moments (seconds since the epoch; 0 for none), or on one story."""
        limits = [f"created_at_i>{since}"] if since else []
        limits += [f"created_at_i<={until}"] if until else []
        tags = f"comment,story_{story}" if story else "(story,comment)"
        asked: dict[str, object] = {"query": query, "tags": tags, "hitsPerPage": A_PAGE, "page": number}
        asked |= {"typoTolerance": "false", "advancedSyntax": "true"}
        asked |= {"numericFilters": ",".join(limits)} if limits else {}
        context = {"query": query, "page": number, "since": since, "until": until, "story": story}
        return Fetch(self.at("api/v1/search_by_date", **asked), "search", context=context)

    def _turn(self, page: Page, whole: Row, rows: list[Row], parsed: Parsed) -> None:
        """The next page; after the thousandth hit the same search for what is older."""
        pages, total = whole.get("nbPages"), whole.get("nbHits")
        query, story = str(page.context["query"]), str(page.context.get("story", ""))
        number = int(page.context["page"]) + 1
        since, until = int(page.context["since"]), int(page.context["until"])
        if not rows or not isinstance(pages, int):
            return
        if number < pages and number * A_PAGE < MOST_FOUND:
            self.turn(parsed, self._search(query, number, since, until, story), query or story)
        elif isinstance(total, int) and total > number * A_PAGE:
            oldest = min((at for row in rows if isinstance(at := row.get("created_at_i"), int)), default=0)
            if oldest and oldest != until:
                self.turn(parsed, self._search(query, 0, since, oldest, story), query or story)

    def _read_one(self, page: Page, payload: Any) -> Parsed:
        """A record of Firebase; null or ``deleted`` means that its author took it back, ``dead`` that it was killed."""
        native_id = str(page.context["id"])
        if payload is None:
            return Parsed(gone=[native_id])
        row = record(payload)
        if said := words(row, "error"):
            raise refusal(said)
        if row.get("deleted") is True or row.get("dead") is True:
            return Parsed(gone=[native_id], fields=names("item", [row]))
        if identity(row, "id") != native_id:
            raise Unreadable(say("没有找到 id，接口可能已改版", "no id; the interface may have changed"))
        thread = str(page.context.get("thread") or "") or (native_id if row.get("type") == "story" else "")
        capture = self.mention(
            native_id,
            PAGE_URL + native_id,
            written=row.get("time"),
            html=True,
            title=words(row, "title"),
            content=words(row, "text"),
            author_id=words(row, "by"),
            author_name=words(row, "by"),
            thread_id=thread,
            metrics=counts(row, likes="score", replies="descendants"),
            fields={"link": words(row, "url")},
        )
        return Parsed(captures=[capture], fields=names("item", [row]))

    def _capture(self, row: Row) -> RawMention:
        native_id = identity(row, "objectID")
        is_comment = bool(words(row, "comment_text"))
        return self.mention(
            native_id,
            PAGE_URL + native_id,
            written=row.get("created_at_i") or row.get("created_at"),
            html=True,
            title="" if is_comment else words(row, "title"),
            content=words(row, "comment_text", "story_text"),
            author_id=words(row, "author"),
            author_name=words(row, "author"),
            thread_id=identity(row, "story_id") or ("" if is_comment else native_id),
            metrics=counts(row, likes="points", replies="num_comments"),
            fields=_facts(row, is_comment),
        )


def _is_said(row: Row) -> bool:
    """False for what was deleted: its author and its text are null."""
    return bool(words(row, "author") and words(row, "comment_text", "story_text", "title"))


def _facts(row: Row, is_comment: bool) -> dict[str, str]:
    about = words(row, "story_title") if is_comment else ""
    link = words(row, "story_url", "url") if is_comment else words(row, "url")
    return {"story": about, "link": link}
