"""NodeBB forums: the topics of the forum or of categories by their last reply, and what is said in them.

    api/recent?page=N                                   topics of the whole forum, newest reply first
    api/category/CID?page=N&sort=recently_replied       those of a category, pinned ones first
    api/topic/TID?page=N&sort=oldest_to_newest          what is said in a topic
    api/post/PID                                        answers with the address of the page that PID stands on

The interface redirects by status 200 with an address as a JSON text. A page past the end is 404, also where a topic
grew shorter than it was: then it is read from its first page. Guests get a deleted reply as a line in its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    Unreadable,
    counts,
    identified,
    identity,
    inner,
    moment,
    names,
    record,
    refusal,
    rows_of,
    words,
)

KEPT_TOPICS = 5000


class NodeBB(JsonPlatform):
    """One forum."""

    NAME: ClassVar[str] = "nodebb"
    GONE: ClassVar[frozenset[int]] = frozenset({410})
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 401, 403, 404})

    class Parameters(base.Parameters):
        """``categories``: their numbers (/category/5/…); none means the whole forum."""

        categories: tuple[int, ...] = Field(default=(), max_length=100)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._pages: dict[str, int] = dict(job.state.get("pages") or {})
        self._opened: set[str] = set()

    def start(self) -> list[Fetch]:
        """The first page of each list of topics."""
        paths = [f"category/{number}" for number in self.parameters.categories] or ["recent"]
        return [self._list(path, 1, self.floor()) for path in paths]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A list of topics, a topic, or the address of another page."""
        if page.status != 200:
            return self._refused(page, payload)
        if isinstance(payload, str):
            return self._moved(page, payload)
        whole = record(payload)
        if "status" in whole and not ("topics" in whole or "posts" in whole):
            status = inner(whole, "status")
            raise refusal(words(status, "message", "code") or whole.get("status"))
        return self._read_list(page, whole) if page.kind == "list" else self._read_topic(page, whole)

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The page of the topic that it stands on, by way of its address."""
        if not wanted.native_id.isdecimal():
            return None
        return Fetch(self.at(f"api/post/{wanted.native_id}"), "place", context={"id": wanted.native_id})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The topic's last page that was read."""
        topic = thread.thread_id
        return self._topic(topic, self._pages.get(topic, 1)) if topic.isdecimal() else None

    def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """A user token that the forum's administrator made for the operator."""
        return {"Authorization": f"Bearer {self.job.secret}"}

    def next_state(self) -> dict[str, Any]:
        """Where each topic's unread pages begin."""
        return {**super().next_state(), "pages": dict(list(self._pages.items())[-KEPT_TOPICS:])}

    # addresses

    def _list(self, path: str, number: int, since: datetime | None) -> Fetch:
        query: dict[str, object] = {"page": number} | ({} if path == "recent" else {"sort": "recently_replied"})
        context = {"path": path, "page": number, "since": since.isoformat() if since else ""}
        return Fetch(self.at(f"api/{path}", **query), "list", context=context)

    def _topic(self, topic: str, number: int) -> Fetch:
        url = self.at(f"api/topic/{topic}", page=number, sort="oldest_to_newest")
        return Fetch(url, "topic", context={"topic": topic, "page": number})

    # reading

    def _refused(self, page: Page, payload: Any) -> Parsed:
        """Deleted, or not for guests. One such topic is no error, a list is."""
        whole = payload if isinstance(payload, Mapping) else {}
        said = words(inner(whole, "status"), "message", "code") or words(whole, "error", "message") or str(page.status)
        if page.status == 404:
            return self._missing(page, said)
        trouble = refusal(said)
        if page.kind != "list" and trouble.wall is not Outcome.BLOCKED:
            return Parsed(audit=[f"{page.url}: {trouble.why}"], closed=Outcome.LOGIN_EXPIRED)
        raise Unreadable(trouble.why, trouble.wall or Outcome.LOGIN_EXPIRED)

    def _missing(self, page: Page, said: str) -> Parsed:
        if page.kind == "list":
            raise refusal(f"HTTP 404 {said}")
        if wanted := str(page.context.get("id") or ""):
            return Parsed(gone=[wanted])
        if int(page.context.get("page", 1)) > 1:
            return Parsed(fetches=[self._topic(str(page.context["topic"]), 1)])
        self._pages.pop(str(page.context["topic"]), None)
        return Parsed(audit=[f"{page.url}: HTTP 404"])

    def _moved(self, page: Page, place: str) -> Parsed:
        """The interface's own way to redirect; followed once, and inside the forum only."""
        if not place.startswith("/") or place.startswith("//") or page.context.get("moved"):
            raise Unreadable(say("内容不是预期的结构，接口可能已改版", "not the shape expected; it may have changed"))
        kind = "topic" if page.kind == "place" else page.kind
        context = {**page.context, "moved": True}
        again = str(page.context.get("id") or "")
        return Parsed(fetches=[Fetch(self.at(f"api{place}"), kind, context=context, again=again)])

    def _read_list(self, page: Page, payload: Row) -> Parsed:
        rows = identified(rows_of(payload, "topics"), "tid")
        since = moment(page.context["since"])
        fresh = [row for row in rows if self._is_fresh(row, since)]
        parsed = Parsed(fetches=self._open(fresh), fields=names("topic", rows))
        path, number = str(page.context["path"]), int(page.context["page"]) + 1
        if rows and (fresh or all(row.get("pinned") for row in rows)) and number <= _page_count(payload):
            self.turn(parsed, self._list(path, number, since), path)
        return parsed

    def _is_fresh(self, row: Row, since: datetime | None) -> bool:
        """False where nothing was said since; a time that cannot be read may be any."""
        spoken = self.date(row.get("lastposttime") or row.get("lastposttimeISO"))
        return not (row.get("deleted") or (since and spoken and spoken < since))

    def _open(self, rows: Iterable[Row]) -> list[Fetch]:
        """For each topic the page where its unread replies begin; each once a crawl."""
        found = []
        for topic in (identity(row, "tid") for row in rows):
            if topic and topic not in self._opened:
                self._opened.add(topic)
                found.append(self._topic(topic, 1 if self.job.since else self._pages.get(topic, 1)))
        return found

    def _read_topic(self, page: Page, payload: Row) -> Parsed:
        rows = identified(rows_of(payload, "posts"), "pid")
        topic, title = identity(payload, "tid"), words(payload, "title")
        wanted = str(page.context.get("id") or "")
        parsed = Parsed(
            captures=[self._capture(row, topic, title) for row in rows if not _is_gone(row)],
            gone=[identity(row, "pid") for row in rows if _is_gone(row)],
            fields=names("topic", [payload]) | names("post", rows),
        )
        if wanted:
            missing = wanted not in {identity(row, "pid") for row in rows}
            parsed.gone += [wanted] if missing else []
            return parsed
        number, last = int(page.context["page"]), _page_count(payload)
        self._pages.pop(topic, None)  # what was read last stands last: the oldest are forgotten first
        self._pages[topic] = min(number, last)
        if number < last:
            parsed.fetches.append(self._topic(topic, number + 1))
        return parsed

    def _capture(self, row: Row, topic: str, title: str) -> RawMention:
        user = inner(row, "user")
        name = words(user, "displayname", "username")
        uid = identity(row, "uid")
        edited = self.date(row.get("edited") or "")
        return self.mention(
            identity(row, "pid"),
            self.at(f"post/{identity(row, 'pid')}"),
            written=row.get("timestamp") or row.get("timestampISO"),
            html=True,
            title=title if row.get("index") == 0 else "",
            content=words(row, "content"),
            author_id="" if uid == "0" else uid,
            # a guest's own name; the words for "guest" and "former user" come untranslated
            author_name=words(row, "handle") or ("" if name.startswith("[[") else name),
            thread_id=topic,
            metrics=counts(row, likes="upvotes", dislikes="downvotes"),
            fields={"edited_at": edited.isoformat() if edited else ""},
        )


def _is_gone(row: Row) -> bool:
    return bool(row.get("deleted")) or "[[topic:post-is-deleted]]" in words(row, "content")


def _page_count(payload: Row) -> int:
    found = inner(payload, "pagination").get("pageCount") or payload.get("pageCount")
    return found if isinstance(found, int) and found > 0 else 1
