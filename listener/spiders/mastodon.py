"""Mastodon and what speaks its API: the public timelines of hashtags, searches, and what was answered.

    /api/v1/timelines/tag/TAG?limit=40&max_id=ID          newest first; the next page stands in the Link header
    /api/v2/search?q=WORDS&type=statuses&offset=N          needs a token almost everywhere, without order in time
    /api/v1/statuses/ID, /api/v1/statuses/ID/context       one, and all above and below it

A mention's id is that of the server asked, an author is user@host. What is answered is read where the number of replies
has grown. A server whose timelines are for members answers 401 or 422 and needs a token (``secret``). Formats:
docs.joinmastodon.org/methods.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import model_validator

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    counts,
    identity,
    inner,
    moment,
    names,
    record,
    refusal,
    rows_of,
    words,
)

ON_A_PAGE = 40
"""The most that a server gives at once (docs.joinmastodon.org/methods/timelines)."""

KEPT = 5000
_NEXT = re.compile(r"<[^<>]*[?&]max_id=([^&<>]+)[^<>]*>\s*;\s*rel=\"?next")


class Mastodon(JsonPlatform):
    """One server; ``hashtags`` without their mark, ``queries`` for its search."""

    NAME: ClassVar[str] = "mastodon"
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 422})  # 422: "requires an authenticated user"

    class Parameters(base.Parameters):
        """``hashtags``, ``queries``: at least one; ``contexts``: read what is answered."""

        hashtags: tuple[str, ...] = ()
        queries: tuple[str, ...] = ()
        contexts: bool = True

        @model_validator(mode="after")
        def _is_something(self) -> Mastodon.Parameters:
            if not self.hashtags and not self.queries:
                raise ValueError(say('写明 hashtags = ["…"] 或 queries', 'give hashtags = ["…"] or queries'))
            return self

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._replies: dict[str, int] = dict(job.state.get("replies") or {})

    def start(self) -> list[Fetch]:
        """The newest page of each hashtag and search."""
        floor = self.floor()
        written = floor.isoformat() if floor else ""
        tags = [self._timeline(tag.lstrip("#"), "", written) for tag in self.parameters.hashtags]
        return [*tags, *(self._search(query, 0, written) for query in self.parameters.queries)]

    def revisit(self, wanted: Revisit) -> Fetch:
        """The mention itself; its answers follow where there are more."""
        return Fetch(self.at(f"api/v1/statuses/{quote(wanted.native_id, safe='')}"), "one")

    def reopen(self, thread: Revisit) -> Fetch | None:
        """What was answered to it; where it was not the root itself, the root is found above it."""
        tid = thread.thread_id
        return self._context({"id": tid, "replies_count": self._replies.get(tid, 0)}) if tid else None

    def headers(self, fetch: Fetch) -> dict[str, str]:
        """The operator's access token."""
        return {"Authorization": f"Bearer {self.job.secret}"}

    def next_state(self) -> dict[str, Any]:
        """The time of this crawl, and how many replies what was read had."""
        return {**super().next_state(), "replies": dict(list(self._replies.items())[-KEPT:])}

    def _timeline(self, tag: str, max_id: str, floor: str) -> Fetch:
        query = {"limit": ON_A_PAGE, **({"max_id": max_id} if max_id else {})}
        context = {"tag": tag, "max_id": max_id, "floor": floor}
        return Fetch(self.at(f"api/v1/timelines/tag/{quote(tag, safe='')}", **query), "timeline", context=context)

    def _search(self, query: str, offset: int, floor: str) -> Fetch:
        asked = {"q": query, "type": "statuses", "limit": ON_A_PAGE, "offset": offset}
        return Fetch(
            self.at("api/v2/search", **asked), "search", context={"q": query, "offset": offset, "floor": floor}
        )

    def _context(self, row: Row) -> Fetch:
        native_id = identity(row, "id")
        context = {"id": native_id, "replies": counts(row, n="replies_count").get("n", 0)}
        return Fetch(self.at(f"api/v1/statuses/{quote(native_id, safe='')}/context"), "context", context=context)

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A page of a timeline or a search, one status, or a context; errors come as {"error": …}."""
        if isinstance(payload, dict) and payload.get("error"):
            raise refusal(payload["error"])
        reads = {"timeline": self._read_timeline, "search": self._read_search, "context": self._read_context}
        return reads.get(page.kind, self._read_one)(page, payload)

    def _read_timeline(self, page: Page, payload: Any) -> Parsed:
        rows = rows_of(payload)
        parsed = self._parsed(rows)
        found = _NEXT.search(page.headers.get("link", ""))
        if found and found.group(1) != page.context["max_id"] and self._is_fresh(rows, page):
            tag = str(page.context["tag"])  # the address is ours: a server behind a proxy may name itself wrongly
            self.turn(parsed, self._timeline(tag, found.group(1), str(page.context["floor"])), tag)
        return parsed

    def _read_search(self, page: Page, payload: Any) -> Parsed:
        rows = rows_of(record(payload), "statuses")
        parsed = self._parsed(rows)
        query, offset = str(page.context["q"]), int(page.context["offset"])
        if len(rows) >= ON_A_PAGE and self._is_fresh(rows, page):
            self.turn(parsed, self._search(query, offset + len(rows), str(page.context["floor"])), query)
        return parsed

    def _read_one(self, page: Page, payload: Any) -> Parsed:
        row = record(payload)
        if not identity(row, "id"):
            raise refusal("id")
        return self._parsed([row])

    def _read_context(self, page: Page, payload: Any) -> Parsed:
        found = record(payload)
        above, below = rows_of(found, "ancestors"), rows_of(found, "descendants")
        asked = str(page.context["id"])
        root = identity(above[0], "id") if above else asked
        self._replies.pop(asked, None)  # what was read last stands last: the oldest are forgotten first
        self._replies[asked] = int(page.context["replies"])
        rows = [row for row in (*above, *below) if identity(row, "id")]
        return Parsed(captures=[self._capture(row, root) for row in rows], fields=names("status", rows))

    def _is_fresh(self, rows: list[Row], page: Page) -> bool:
        """True where one of them is newer than what is known, or of unknown time."""
        floor = moment(page.context["floor"])
        times = [self.date(row.get("created_at")) for row in rows]
        return bool(rows) and (floor is None or any(at is None or at >= floor for at in times))

    def _parsed(self, rows: list[Row]) -> Parsed:
        own = [inner(row, "reblog") or row for row in rows]  # a boost is somebody else's words
        own = [row for row in own if identity(row, "id")]
        parsed = Parsed(captures=[self._capture(row) for row in own], fields=names("status", own))
        if self.parameters.contexts:
            parsed.fetches += [self._context(row) for row in own if self._has_new_replies(row)]
        return parsed

    def _has_new_replies(self, row: Row) -> bool:
        return counts(row, n="replies_count").get("n", 0) > self._replies.get(identity(row, "id"), 0)

    def _capture(self, row: Row, root: str = "") -> RawMention:
        account, native_id = inner(row, "account"), identity(row, "id")
        media = row.get("media_attachments")
        pictures = [one for one in media if isinstance(one, dict)] if isinstance(media, list) else []
        described = [words(one, "description") for one in pictures]
        return self.mention(
            native_id,
            words(row, "url", "uri"),
            written=words(row, "created_at"),
            html=True,
            title=words(row, "spoiler_text"),
            content="\n".join([words(row, "content"), *(f"<p>{_plain(text)}</p>" for text in described if text)]),
            author_id=self._account(account),
            author_name=words(account, "display_name", "acct", "username"),
            thread_id=root or identity(row, "in_reply_to_id") or native_id,
            metrics=counts(row, replies="replies_count", reposts="reblogs_count", likes="favourites_count"),
            fields={"edited_at": words(row, "edited_at")} if words(row, "edited_at") else {},
        )

    def _account(self, account: Row) -> str:
        """user@host: the server's own accounts come without their host."""
        name = words(account, "acct", "username")
        return name if not name or "@" in name else f"{name}@{urlsplit(self.job.url).netloc}"


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
