"""V2EX: topics of nodes (or the latest of all) and their replies; by the old interface or, with a token, the new one.

    api/topics/show.json?node_name=N  api/topics/latest.json      about ten or twenty topics, no paging
    api/replies/show.json?topic_id=T&page=P                       100 replies a page
    api/v2/nodes/N/topics?p=P         api/v2/topics/T             with a token: 20 a page; a list names no author
    api/v2/topics/T/replies?p=P                                   20 a page

A topic is opened again where it has more replies than were read. The old interface shows so few topics that a busy node
outruns it: that is said. What the author adds later (附言, ``supplements``) is part of the topic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    counts,
    identified,
    identity,
    inner,
    moment,
    names,
    refusal,
    rows_of,
    words,
)

OLD_PAGE, NEW_PAGE = 100, 20
KEPT_TOPICS = 2000
FEW_LEFT = 3
"""Requests of the hour's quota (120 for an address, 600 for a token) at which the rest waits for the next crawl."""


class V2EX(JsonPlatform):
    """Nodes, or the whole site."""

    NAME: ClassVar[str] = "v2ex"
    SITE: ClassVar[str] = "www.v2ex.com"
    EXPERIMENTAL: ClassVar[bool] = True

    class Parameters(base.Parameters):
        """``nodes``: their names in the addresses (/go/qna); none means the latest topics of all."""

        nodes: tuple[str, ...] = Field(default=(), max_length=50)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._topics: dict[str, list[int]] = dict(job.state.get("topics") or {})
        self._opened: set[str] = set()

    def start(self) -> list[Fetch]:
        """The topics of each node."""
        if not self.parameters.nodes:
            return [Fetch(self.at("api/topics/latest.json"), "topics", context={"node": ""})]
        if self.job.secret:
            return [self._node(node, 1, self.floor()) for node in self.parameters.nodes]
        return [
            Fetch(self.at("api/topics/show.json", node_name=node), "topics", context={"node": node})
            for node in self.parameters.nodes
        ]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """Topics, one topic, or replies."""
        found = _result(payload)
        if page.kind == "node":
            parsed = self._read_node(page, rows_of(found))
        elif page.kind in ("topics", "topic"):
            parsed = self._read_topics(page, rows_of([found] if isinstance(found, Mapping) else found))
        else:
            parsed = self._read_replies(page, rows_of(found))
        return self._spare(page, parsed)

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """A topic (with its unread replies); for a reply all replies to its topic, since none is shown alone."""
        kind, _, number = wanted.native_id.partition("-")
        if kind == "topic" and number.isdecimal():
            url = self.at(f"api/v2/topics/{number}") if self.job.secret else self.at("api/topics/show.json", id=number)
            return Fetch(url, "topic", context={"again": wanted.native_id})
        topic = wanted.thread_id
        return self._page(topic, 1, wanted.native_id) if kind == "reply" and topic.isdecimal() else None

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The topic, which leads to its unread replies."""
        fetch = self.revisit(Revisit(f"topic-{thread.thread_id}", thread.url, thread.thread_id))
        return replace(fetch, context={}) if fetch else None

    def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """A Personal Access Token (https://www.v2ex.com/settings/tokens)."""
        return {"Authorization": f"Bearer {self.job.secret}"}

    def next_state(self) -> dict[str, Any]:
        """Of each topic how many replies it showed, and how many were read (a deleted one makes the two differ)."""
        return {**super().next_state(), "topics": dict(list(self._topics.items())[-KEPT_TOPICS:])}

    # addresses

    def _node(self, node: str, number: int, since: datetime | None) -> Fetch:
        context = {"node": node, "page": number, "since": since.isoformat() if since else ""}
        return Fetch(self.at(f"api/v2/nodes/{node}/topics", p=number), "node", context=context)

    def _page(self, topic: str, number: int, want: str = "", size: int = 0) -> Fetch:
        """A page of replies by the interface that has ``size`` on one; ``want``: the one that is looked for."""
        size = size or self._size()
        if size == NEW_PAGE:
            url = self.at(f"api/v2/topics/{topic}/replies", p=number)
        else:
            url = self.at("api/replies/show.json", topic_id=topic, page=number, page_size=OLD_PAGE)
        return Fetch(url, "replies", context={"topic": topic, "page": number, "size": size, "want": want}, again=want)

    def _size(self) -> int:
        return NEW_PAGE if self.job.secret else OLD_PAGE

    # reading

    def _read_node(self, page: Page, rows: list[Row]) -> Parsed:
        """A list by the new interface: it names no author, so each topic that changed is asked for by itself."""
        parsed = Parsed(fields=names("topic", rows))
        since, node = moment(page.context["since"]), str(page.context["node"])
        for topic in [identity(row, "id") for row in identified(rows, "id") if self._has_news(row)]:
            parsed.fetches.append(Fetch(self.at(f"api/v2/topics/{topic}"), "topic", context={}))
        fresh = [row for row in rows if not (since and (at := self.date(row.get("last_touched"))) and at < since)]
        if fresh and len(rows) >= NEW_PAGE:
            self.turn(parsed, self._node(node, int(page.context["page"]) + 1, since), node)
        return parsed

    def _has_news(self, row: Row) -> bool:
        """True for a topic that is new, or shows another number of replies than before, or all in a backfill."""
        known = self._topics.get(identity(row, "id"))
        return bool(self.job.since) or known is None or row.get("replies") != known[0]

    def _read_topics(self, page: Page, rows: list[Row]) -> Parsed:
        again = str(page.context.get("again") or "")
        told = identified(rows, "id")
        parsed = Parsed(
            captures=[self._topic(row) for row in told if not row.get("deleted")],
            gone=[f"topic-{identity(row, 'id')}" for row in told if row.get("deleted")],
            fields=names("topic", rows),
        )
        parsed.gone += [again] if again and not told else []
        if page.kind == "topics" and self.job.state and told and not any(self._is_known(row) for row in told):
            parsed.audit.append(self._outrun(str(page.context["node"]), len(told)))
        for row in told:
            if self._has_news(row) and not row.get("deleted"):
                parsed.fetches += self._unread(row)
        return parsed

    def _is_known(self, row: Row) -> bool:
        return identity(row, "id") in self._topics

    def _outrun(self, node: str, count: int) -> str:
        return say(
            f"{node or '最新主题'}：{count} 个主题全是新的，可能有遗漏；请缩短间隔或使用令牌",
            f"{node or 'latest'}: all {count} topics are new, some may be missed; crawl more often or use a token",
        )

    def _unread(self, row: Row) -> list[Fetch]:
        """The page where a topic's unread replies begin; none where it has none."""
        topic, shown = identity(row, "id"), row.get("replies")
        if topic in self._opened:
            return []
        self._opened.add(topic)
        replies = shown if isinstance(shown, int) else 1
        read = 0 if self.job.since else self._topics.get(topic, [0, 0])[1]
        self._topics.pop(topic, None)  # what was read last stands last: the oldest are forgotten first
        self._topics[topic] = [replies, min(read, replies)]
        first = max(0, min(read, replies) - 1) // self._size() + 1
        return [self._page(topic, first)] if replies else []

    def _read_replies(self, page: Page, rows: list[Row]) -> Parsed:
        topic, number, size = str(page.context["topic"]), int(page.context["page"]), int(page.context["size"])
        replies = identified(rows, "id")
        parsed = Parsed(captures=[self._reply(row, topic) for row in replies], fields=names("reply", rows))
        want = str(page.context["want"])
        is_here = want in {capture.native_id for capture in parsed.captures}
        if not want:
            self._topics[topic] = [self._topics.get(topic, [0, 0])[0], (number - 1) * size + len(rows)]
        if len(rows) >= size and not (want and is_here):
            parsed.fetches.append(self._page(topic, number + 1, want, size))
        elif want and not is_here:
            parsed.gone = [want]
        return parsed

    def _spare(self, page: Page, parsed: Parsed) -> Parsed:
        """Near the end of the hour's quota the rest is left for the next crawl."""
        left = page.headers.get("x-rate-limit-remaining", "")
        if left.isdecimal() and int(left) <= FEW_LEFT and parsed.fetches:
            parsed.audit.append(say(f"本小时的配额只剩 {left} 次", f"{left} requests are left of this hour's quota"))
            parsed.later += parsed.fetches
            parsed.fetches = []
        return parsed

    def _topic(self, row: Row) -> RawMention:
        supplements = row.get("supplements")
        added = [one for one in supplements if isinstance(one, Mapping)] if isinstance(supplements, list) else []
        parts = [words(one, "content_rendered", "content") for one in (row, *added)]
        number = identity(row, "id")
        node = words(inner(row, "node"), "name")
        return self._capture(
            f"topic-{number}",
            row,
            number,
            f"t/{number}",
            "\n".join(filter(None, parts)),
            {"node": node},
        )

    def _reply(self, row: Row, topic: str) -> RawMention:
        number = identity(row, "id")
        return self._capture(
            f"reply-{number}", row, topic, f"t/{topic}#r_{number}", words(row, "content_rendered", "content"), {}
        )

    def _capture(
        self, native_id: str, row: Row, topic: str, place: str, content: str, fields: dict[str, str]
    ) -> RawMention:
        member = inner(row, "member")
        return self.mention(
            native_id,
            f"https://{self.SITE}/{place}",
            written=row.get("created"),
            html=True,
            title=words(row, "title"),
            content=content,
            author_id=identity(member, "id") or identity(row, "member_id"),
            author_name=words(member, "username"),
            thread_id=topic,
            metrics=counts(row, replies="replies"),
            fields=fields,
        )


def _result(payload: Any) -> Any:
    """What an answer holds; both interfaces say "error" in their own way. Old lists are bare."""
    if not isinstance(payload, Mapping):
        return payload
    if payload.get("success") is True and "result" in payload:
        return payload["result"]
    raise refusal(words(payload, "message", "error") or payload.get("success", say("内容不是预期的结构", "no list")))
