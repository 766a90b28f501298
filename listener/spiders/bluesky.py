"""Bluesky: Jetstream (``wss://…/subscribe``) or the public search (``https://…``); the scheme of ``url`` says which.

    wss://HOST/subscribe?wantedCollections=app.bsky.feed.post&cursor=MICROSECONDS         all that is said from then on
    https://HOST/xrpc/app.bsky.feed.searchPosts?q=WORDS&sort=latest&limit=100&cursor=C
    https://HOST/xrpc/app.bsky.feed.getPostThread?uri=at://DID/app.bsky.feed.post/RKEY    one, with its replies

A mention's id is its at:// address, its thread that of the root. Jetstream names authors by their DID only. Of a stream
is kept what holds one of ``keywords``, or answers what was kept before. Formats: docs.bsky.app, and the README of
bluesky-social/jetstream, which advises to resume a few seconds before the last cursor.

The cursor is never what one event says: it is the middle of the last few, never before the one we had and never after
this crawl's beginning. A server that lies about the time costs repeated reading, not mentions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median_low
from typing import Any, ClassVar
from urllib.parse import urlencode

from pydantic import Field

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import ENDED, Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import (
    JsonPlatform,
    Row,
    Unreadable,
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
from listener.text.normalise import normalise

COLLECTION = "app.bsky.feed.post"
STREAM_OVERLAP = timedelta(seconds=5)
STREAM_BEHIND = timedelta(seconds=30)
"""A stream that is not further behind than this has caught up."""

FIRST_LOOK = timedelta(minutes=5)
"""How far back a first crawl of a stream begins; Jetstream keeps about a day."""

MOST_AHEAD = timedelta(hours=1)
"""What a message may be ahead of this crawl's beginning: its length, and clocks that differ."""

LAST_FEW = 9
KEPT = 5000
"""Mentions remembered, so that what answers, edits or deletes them is known."""

_GONE_ACCOUNTS = frozenset({"deleted", "takendown"})
_MICRO = 1_000_000


class Bluesky(JsonPlatform):
    """One stream or one search; ``keywords`` are the words wanted."""

    NAME: ClassVar[str] = "bluesky"
    SITE: ClassVar[str] = "bsky.app"
    SCHEMES: ClassVar[frozenset[str]] = frozenset({"https", "http", "wss", "ws"})
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 400})  # errors of the interface come with 400

    class Parameters(base.Parameters):
        """``languages``: codes such as zh, empty for all. ``authors``: DIDs, empty for all. ``listen``: seconds.

        ``threads``: read the replies of what was found. ``api``: where single mentions are read in a stream's stead.
        """

        keywords: tuple[str, ...] = Field(min_length=1)
        languages: tuple[str, ...] = ()
        authors: tuple[str, ...] = ()
        threads: bool = True
        listen: float = Field(default=20, ge=0.2, le=60)
        api: str = "https://public.api.bsky.app"

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._streams = job.url.startswith("ws")
        self._cursor = _whole(job.state.get("cursor"))
        self._kept: dict[str, int] = {uri: _whole(n) for uri, n in dict(job.state.get("kept") or {}).items()}
        for uri in (one for wanted in job.revisits for one in (wanted.native_id, wanted.thread_id) if one):
            self._kept.setdefault(uri, 0)
        self._wanted = [normalise(word).text.casefold() for word in self.parameters.keywords]

    def start(self) -> list[Fetch]:
        """The stream from the last cursor on, or the newest page of each search."""
        if self._streams:
            since = self.job.since or (None if self._cursor else self.job.now - FIRST_LOOK)
            return [self._stream(_micro(since) if since else self._cursor)]
        floor = self.floor()
        return [self._search(word, "", floor.isoformat() if floor else "") for word in self.parameters.keywords]

    def revisit(self, wanted: Revisit) -> Fetch:
        """The mention with its replies."""
        return self._thread(wanted.native_id)

    def reopen(self, thread: Revisit) -> Fetch | None:
        """The thread with its replies."""
        known = self._kept.get(thread.thread_id, 0)
        return self._thread(thread.thread_id, known) if thread.thread_id.startswith("at://") else None

    def next_state(self) -> dict[str, Any]:
        """The cursor of the stream or the time of the search, and what was kept with its number of replies."""
        kept = dict(list(self._kept.items())[-KEPT:])
        if self._streams:
            return {"cursor": self._cursor, "kept": kept}
        return {**super().next_state(), "kept": kept}

    def read(self, page: Page) -> Parsed:
        """The messages of a stream, a page of results, or a thread."""
        return self._read_stream(page) if page.kind == "stream" else super().read(page)

    # the stream

    def _stream(self, begin: int) -> Fetch:
        asked = [("wantedCollections", COLLECTION), *(("wantedDids", did) for did in self.parameters.authors)]
        cursor = begin - _MICRO * STREAM_OVERLAP // timedelta(seconds=1)
        url = f"{self.job.url.split('?')[0]}?{urlencode([*asked, ('cursor', cursor)])}"
        quiet = bool(self.parameters.authors)  # a few authors may well be silent, the whole network is not
        context = {"listen": self.parameters.listen, "quiet": quiet, "cursor": begin}
        return Fetch(url, "stream", context=context)

    def _read_stream(self, page: Page) -> Parsed:
        lines = [line for line in page.text.split("\n") if line.strip()]
        events = [event for line in lines if (event := _event(line)) is not None]
        if len(events) * 2 < len(lines):
            return Parsed(broken=say("收到的消息不是 Jetstream 的格式", "the messages are not those of Jetstream"))
        timely = [at for event in events if (at := _whole(event["time_us"])) < _micro(self.job.now + MOST_AHEAD)]
        if len(timely) * 2 < len(events):
            return Parsed(broken=say("消息的时间都在未来，不可信", "the messages say that they are of the future"))
        parsed = Parsed()
        if len(events) < len(lines):
            odd = len(lines) - len(events)
            parsed.audit.append(say(f"{odd} 条消息无法读取", f"{odd} messages could not be read"))
        for event in events:
            self._take(event, parsed)
        parsed.fields = names("event", events) | names("commit", (inner(event, "commit") for event in events))
        self._move_on(page, timely, parsed)
        return parsed

    def _move_on(self, page: Page, times: list[int], parsed: Parsed) -> None:
        """Move the cursor, and listen again where there is more than was said in this time."""
        before = reached = _whole(page.context["cursor"])
        if times:
            reached = max(before, min(median_low(times[-LAST_FEW:]), _micro(self.job.now)))
        elif page.headers.get(ENDED) == "time":  # authors who said nothing until now
            reached = max(before, _micro(self.job.now))
        self._cursor = max(self._cursor, reached)  # a backfill does not undo what was read
        behind = timedelta(microseconds=_micro(self.job.now) - reached)
        if reached > before and behind > STREAM_BEHIND:
            self._listen_on(parsed, reached, behind)

    def _listen_on(self, parsed: Parsed, reached: int, behind: timedelta) -> None:
        self._turned["stream"] += 1
        if self.job.since or self._turned["stream"] < self.job.max_pages:
            parsed.fetches.append(self._stream(reached))
            return
        minutes = behind // timedelta(minutes=1)
        parsed.capped = say(
            f"消息太多，还落后 {minutes} 分钟，下次接着读",
            f"too much was said: {minutes} min behind, to go on next time",
        )
        parsed.audit.append(parsed.capped)

    def _take(self, event: Row, parsed: Parsed) -> None:
        did = identity(event, "did")
        commit, account = inner(event, "commit"), inner(event, "account")
        uri = f"at://{did}/{identity(commit, 'collection')}/{identity(commit, 'rkey')}"
        if commit.get("operation") == "delete":
            parsed.gone += [uri] if uri in self._kept else []
        elif account.get("active") is False and account.get("status") in _GONE_ACCOUNTS:
            parsed.gone += [kept for kept in self._kept if kept.startswith(f"at://{did}/")]
        elif commit.get("collection") == COLLECTION and self._is_wanted(uri, inner(commit, "record")):
            self._kept.setdefault(uri, 0)
            parsed.captures.append(self._said(uri, {"did": did}, inner(commit, "record"), event["time_us"]))

    def _is_wanted(self, uri: str, said: Row) -> bool:
        """It has a keyword in a language wanted, or it answers or edits what was kept."""
        if uri in self._kept or _root(said) in self._kept:
            return True
        spoken = said.get("langs")
        languages = {str(code).split("-")[0] for code in spoken} if isinstance(spoken, list) else set()
        if self.parameters.languages and languages and not languages & set(self.parameters.languages):
            return False
        text = normalise(_text(said)).text.casefold()
        return any(word in text for word in self._wanted)

    # the interface

    def _search(self, word: str, cursor: str, floor: str) -> Fetch:
        query = {"q": word, "sort": "latest", "limit": 100, **({"cursor": cursor} if cursor else {})}
        if floor:
            query["since"] = moment(floor).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[union-attr]
        context = {"word": word, "cursor": cursor, "floor": floor}
        return Fetch(self.at("xrpc/app.bsky.feed.searchPosts", **query), "search", context=context)

    def _thread(self, uri: str, replies: int = 0) -> Fetch:
        place = self.parameters.api if self._streams else self.job.url
        query = urlencode({"uri": uri, "depth": 50, "parentHeight": 0})
        url = f"{place.rstrip('/')}/xrpc/app.bsky.feed.getPostThread?{query}"
        return Fetch(url, "thread", context={"uri": uri, "replies": replies})

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A page of results or a thread; errors come as {"error": "NotFound", "message": …}."""
        found = record(payload)
        if found.get("error"):
            if page.kind == "thread" and found["error"] == "NotFound":
                return Parsed(gone=[str(page.context["uri"])])
            raise refusal(f"{found['error']} {found.get('message', '')}")
        return self._read_thread(page, found) if page.kind == "thread" else self._read_search(page, found)

    def _read_search(self, page: Page, found: Row) -> Parsed:
        rows = rows_of(found, "posts")
        parsed = Parsed(captures=[self._shown(row) for row in rows], fields=names("view", rows))
        for row in rows:
            uri, replies = identity(row, "uri"), _whole(row.get("replyCount"))
            if self.parameters.threads and replies > self._kept.get(uri, 0):
                parsed.fetches.append(self._thread(uri, replies))
            self._kept.setdefault(uri, 0)
        cursor = identity(found, "cursor")
        if rows and cursor and cursor != page.context["cursor"]:
            word = str(page.context["word"])
            self.turn(parsed, self._search(word, cursor, str(page.context["floor"])), word)
        return parsed

    def _read_thread(self, page: Page, found: Row) -> Parsed:
        uri, thread = str(page.context["uri"]), inner(found, "thread")
        if thread.get("notFound"):
            return Parsed(gone=[uri])
        if thread.get("blocked"):
            return Parsed(audit=[say(f"发布者不对外公开：{uri}", f"its author does not show it: {uri}")])
        rows = list(_with_replies(thread))
        if not rows:
            raise Unreadable(say("没有找到主题，接口可能已改版", "no thread; the interface may have changed"))
        self._kept[uri] = max(self._kept.get(uri, 0), _whole(page.context.get("replies")))
        return Parsed(captures=[self._shown(row) for row in rows], fields=names("view", rows))

    # a mention

    def _shown(self, row: Row) -> RawMention:
        metrics = counts(row, replies="replyCount", reposts="repostCount", likes="likeCount")
        return self._said(
            identity(row, "uri"), inner(row, "author"), inner(row, "record"), words(row, "indexedAt"), metrics
        )

    def _said(
        self, uri: str, author: Row, said: Row, seen: object, metrics: Mapping[str, int] | None = None
    ) -> RawMention:
        """Authors write the time themselves: where it is missing or later than the network saw it, that one counts."""
        written, known = words(said, "createdAt"), self._seen(seen)
        stated = self.date(written)
        did = identity(author, "did")
        mention_at = known if known and (stated is None or stated > known) else stated
        return RawMention(
            source=self.job.source,
            platform=self.NAME,
            site=self.SITE,
            native_id=uri,
            url=f"https://bsky.app/profile/{did}/post/{uri.rpartition('/')[2]}",
            captured_at=self.job.now,
            content=_text(said),
            author_id=did,
            author_name=words(author, "displayName", "handle") or did,
            published_at=mention_at.astimezone(self.job.zone) if mention_at else None,
            published_raw=written,
            thread_id=_root(said) or uri,
            metrics=metrics or {},
            fields=_quoted(said),
        )

    def _seen(self, value: object) -> datetime | None:
        """When the network saw it: the microseconds of a stream's event, or ISO 8601; None where that cannot be."""
        return self.date(value // _MICRO if isinstance(value, int) else value)


def _event(line: str) -> Row | None:
    """A message of Jetstream: {"did": …, "time_us": …, "kind": "commit", "commit": {…}}; None for anything else."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    sound = isinstance(event, dict) and isinstance(event.get("did"), str) and _whole(event.get("time_us")) > 0
    return event if sound else None


def _with_replies(thread: Row) -> Iterator[Row]:
    """The one asked for and the replies below it; deleted and blocked ones have none of their own."""
    waiting: list[Row] = [thread]
    while waiting:
        node = waiting.pop()
        if inner(node, "post"):
            yield inner(node, "post")
        replies = node.get("replies")
        waiting += [reply for reply in replies if isinstance(reply, dict)] if isinstance(replies, list) else []


def _text(said: Row) -> str:
    """The words, and those of pictures and of a linked page."""
    embed = inner(said, "embed")
    media = inner(embed, "media") or embed
    pictures: Iterable[Any] = media.get("images") if isinstance(media.get("images"), list) else ()  # type: ignore[assignment]
    described = [words(picture, "alt") for picture in pictures if isinstance(picture, dict)]
    linked = inner(media, "external")
    return "\n".join(
        filter(None, (words(said, "text"), *described, words(linked, "title"), words(linked, "description")))
    )


def _root(said: Row) -> str:
    return identity(inner(inner(said, "reply"), "root"), "uri")


def _quoted(said: Row) -> dict[str, str]:
    embed = inner(said, "embed")
    quoted = identity(inner(embed, "record"), "uri") or identity(inner(inner(embed, "record"), "record"), "uri")
    return {"quoted": quoted} if quoted else {}


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 62 else 0


def _micro(at: datetime) -> int:
    return int(at.timestamp() * _MICRO)
