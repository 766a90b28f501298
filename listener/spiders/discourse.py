"""Discourse forums: everything that is said, newest first, or the topics of some categories.

    posts.json?before=ID                    the latest of the whole forum, at most 50, by falling id
    c/SLUG/ID/l/latest.json?page=N          the topics of a category, newest reply first; page 0 is the first
    t/ID.json                               a topic's first 20 and the ids of all (``post_stream.stream``)
    t/ID/posts.json?post_ids[]=…            any of them, by id
    posts/ID.json                           one of them again

``before`` takes a window of 50 ids (posts_controller.rb, ``LatestPostsQuery``), not of 50 visible rows: a window that
holds only private ones is empty though there is more below it, so it is walked by ids. Small actions (closed, pinned …)
and whispers of the staff are no mentions. What its author or a moderator deleted stays in the stream with a line in
place of its text: it is gone, not edited.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from pydantic import Field, field_validator

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

WINDOW = 50
"""Ids that one answer of posts.json looks at."""

BATCH = 20
"""Ids asked for at once; a topic's own page has as many (``TopicView.chunk_size``)."""

MOST_EMPTY = 5
"""Windows without a visible row after which a first crawl ends; a later one goes on to where the last one was."""

KEPT_TOPICS = 5000
SMALL_ACTION, WHISPER = 3, 4
"""Values of ``post_type``; 1 is regular, 2 a moderator's (Post.types)."""


class Discourse(JsonPlatform):
    """One forum."""

    NAME: ClassVar[str] = "discourse"
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 403})

    class Parameters(base.Parameters):
        """``categories``: as "slug/id" from their addresses (``/c/support/5``); none means the whole forum."""

        categories: tuple[str, ...] = Field(default=(), max_length=50)

        @field_validator("categories")
        @classmethod
        def _has_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
            if wrong := [one for one in value if not one.rpartition("/")[2].isdecimal()]:
                raise ValueError(say(f"{wrong[0]} 应写作 “support/5”", f'{wrong[0]} is written as "support/5"'))
            return value

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._newest = int(job.state.get("newest") or 0)
        self._top = self._newest
        self._seen: dict[str, int] = dict(job.state.get("topics") or {})
        self._empty = 0
        self._opened: set[str] = set()

    def start(self) -> list[Fetch]:
        """The latest of the forum, or the first page of each category."""
        if self.parameters.categories:
            return [self._category(category.strip("/"), 0, self.floor()) for category in self.parameters.categories]
        return [self._window(0, 0 if self.job.since else self._newest, self.job.since)]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A window of the forum, a list of topics, a topic, some of its rows, or one of them."""
        if page.status == 403 or (isinstance(payload, Mapping) and payload.get("errors")):
            return self._closed(page, payload)
        read = {
            "window": self._read_window,
            "list": self._read_list,
            "topic": self._read_topic,
            "batch": self._read_batch,
            "one": self._read_one,
        }[page.kind]
        return read(page, record(payload))

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The mention alone; 404 where it was deleted."""
        if not wanted.native_id.isdecimal():
            return None
        return Fetch(self.at(f"posts/{wanted.native_id}.json"), "one", context={"id": wanted.native_id})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The topic: what stands in its stream beyond what was seen. A whole forum's windows show all that is new."""
        topic = thread.thread_id
        wanted = bool(self.parameters.categories) and topic.isdecimal()
        return self._topic(topic, self._seen.get(topic, 0)) if wanted else None

    def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """The operator's own user API key (https://meta.discourse.org/t/48536)."""
        return {"User-Api-Key": self.job.secret}

    def next_state(self) -> dict[str, Any]:
        """The highest id seen in the forum and in each topic."""
        newest = dict(list(self._seen.items())[-KEPT_TOPICS:])
        return {**super().next_state(), "newest": max(self._top, self._newest), "topics": newest}

    # addresses

    def _window(self, before: int, newest: int, since: datetime | None) -> Fetch:
        url = self.at("posts.json", before=before) if before else self.at("posts.json")
        context = {"before": before, "newest": newest, "since": since.isoformat() if since else ""}
        return Fetch(url, "window", context=context)

    def _category(self, category: str, number: int, since: datetime | None) -> Fetch:
        url = self.at(f"c/{category}/l/latest.json", order="activity", page=number)
        context = {"category": category, "page": number, "since": since.isoformat() if since else ""}
        return Fetch(url, "list", context=context)

    def _topic(self, topic: str, seen: int) -> Fetch:
        return Fetch(self.at(f"t/{topic}.json"), "topic", context={"topic": topic, "seen": seen})

    def _batch(self, topic: str, title: str, ids: list[int]) -> Fetch:
        query = urlencode([("post_ids[]", number) for number in ids])
        return Fetch(self.at(f"t/{topic}/posts.json") + f"?{query}", "batch", context={"topic": topic, "title": title})

    # reading

    def _closed(self, page: Page, payload: Any) -> Parsed:
        """A refusal. One private topic among others is no error; a forum or a list that is closed is one."""
        errors = payload.get("errors") if isinstance(payload, Mapping) else None
        said = " ".join(map(str, errors)) if isinstance(errors, list) else str(payload)[:200]
        kind = identity(payload, "error_type") if isinstance(payload, Mapping) else ""
        trouble = refusal(f"{said} {kind}")
        if page.kind in ("topic", "batch", "one") and trouble.wall is not Outcome.BLOCKED:
            return Parsed(audit=[f"{page.url}: {trouble.why}"], closed=Outcome.LOGIN_EXPIRED)
        if page.status == 403 and trouble.wall is None:
            raise Unreadable(trouble.why, Outcome.LOGIN_EXPIRED)
        raise trouble

    def _read_window(self, page: Page, payload: Row) -> Parsed:
        rows = rows_of(payload, "latest_posts")
        ids = [row["id"] for row in rows if isinstance(row.get("id"), int)]
        self._top = max([self._top, *ids])
        self._empty = 0 if ids else self._empty + 1
        parsed = self._parsed(rows, "")
        before, newest, since = int(page.context["before"]), int(page.context["newest"]), page.context["since"]
        lowest = min(ids) if ids else before - WINDOW + 1
        ended = lowest <= max(newest, 1) or (not ids and not before) or self._is_older(rows, moment(since))
        if not ended and (newest or since or self._empty < MOST_EMPTY):
            self.turn(parsed, self._window(lowest - 1, newest, moment(since)))
        return parsed

    def _is_older(self, rows: Iterable[Row], since: datetime | None) -> bool:
        times = [at for row in rows if (at := self.date(row.get("created_at")))]
        return bool(since and times and max(times) < since)

    def _read_list(self, page: Page, payload: Row) -> Parsed:
        topics = identified(rows_of(inner(payload, "topic_list"), "topics"), "id")
        since, category = moment(page.context["since"]), str(page.context["category"])
        fresh = [row for row in topics if self._is_fresh(row, since)]
        parsed = Parsed(fetches=self._open(fresh), fields=names("topic", topics))
        pinned_only = all(row.get("pinned") or row.get("pinned_globally") for row in topics)
        if inner(payload, "topic_list").get("more_topics_url") and (fresh or pinned_only):
            self.turn(parsed, self._category(category, int(page.context["page"]) + 1, since), category)
        return parsed

    def _is_fresh(self, row: Row, since: datetime | None) -> bool:
        """False where nothing was said since; pinned ones stand first however old. An unreadable time may be any."""
        spoken = self.date(row.get("last_posted_at")) or self.date(row.get("bumped_at"))
        return not (since and spoken and spoken < since)

    def _open(self, rows: Iterable[Row]) -> list[Fetch]:
        """Each topic once a crawl: it moves between the pages of a list while they are read."""
        found = []
        for topic in (identity(row, "id") for row in rows):
            if topic and topic not in self._opened:
                self._opened.add(topic)
                found.append(self._topic(topic, 0 if self.job.since else self._seen.get(topic, 0)))
        return found

    def _read_topic(self, page: Page, payload: Row) -> Parsed:
        stream = inner(payload, "post_stream")
        rows = rows_of(stream, "posts")
        topic, title = str(page.context["topic"]), words(payload, "title")
        parsed = self._parsed(rows, title)
        listed = stream.get("stream")
        everything = [one for one in listed if isinstance(one, int)] if isinstance(listed, list) else []
        here = {row.get("id") for row in rows}
        wanted = [one for one in everything if one > int(page.context["seen"]) and one not in here]
        for start in range(0, len(wanted), BATCH):
            parsed.fetches.append(self._batch(topic, title, wanted[start : start + BATCH]))
        self._seen.pop(topic, None)  # what was read last stands last: the oldest are forgotten first
        self._seen[topic] = max([*everything, *(one for one in here if isinstance(one, int)), 0])
        return parsed

    def _read_batch(self, page: Page, payload: Row) -> Parsed:
        return self._parsed(rows_of(inner(payload, "post_stream"), "posts"), str(page.context.get("title", "")))

    def _read_one(self, page: Page, payload: Row) -> Parsed:
        if not identity(payload, "id"):
            raise Unreadable(say("没有找到 id，接口可能已改版", "no id; the interface may have changed"))
        return self._parsed([payload], "")

    def _parsed(self, rows: list[Row], title: str) -> Parsed:
        said = [row for row in identified(rows, "id") if row.get("post_type") not in (SMALL_ACTION, WHISPER)]
        return Parsed(
            captures=[self._capture(row, title) for row in said if not _is_gone(row)],
            gone=[identity(row, "id") for row in said if _is_gone(row)],
            fields=names("post", rows),
        )

    def _capture(self, row: Row, title: str) -> RawMention:
        topic, number = identity(row, "topic_id"), identity(row, "post_number")
        slug = identity(row, "topic_slug") or "-"
        title = words(row, "topic_title") or title
        # Not every answer has the cooked text (HTML); the raw one is Markdown.
        cooked, raw = words(row, "cooked"), words(row, "raw")
        return self.mention(
            identity(row, "id"),
            self.at(f"t/{slug}/{topic}/{number}"),
            written=row.get("created_at"),
            html=bool(cooked),
            title=title if number == "1" else "",
            content=cooked or raw,
            author_id=identity(row, "user_id"),
            author_name=words(row, "username"),
            thread_id=topic,
            metrics=counts(row, replies="reply_count", views="reads"),
            fields=_facts(row),
        )


def _is_gone(row: Row) -> bool:
    """Deleted by its author or the staff, or hidden after flags: what stands there is not what was said."""
    return bool(row.get("deleted_at") or row.get("user_deleted") or row.get("cooked_hidden") or row.get("hidden"))


def _facts(row: Row) -> dict[str, str]:
    """Who of the forum's staff speaks, under which name, and when it was edited (``version`` counts the edits)."""
    version = row.get("version")
    edited = words(row, "updated_at") if isinstance(version, int) and version > 1 else ""
    shown = words(row, "name", "display_username")
    facts = {"edited_at": edited, "display_name": shown if shown != words(row, "username") else ""}
    facts["staff"] = "yes" if row.get("staff") is True else ""
    return facts
