"""Weibo by its mobile pages' JSON: what accounts say, what a search finds, and what is commented.

    /api/container/getIndex?type=uid&value=UID&containerid=107603UID        one account; then since_id=… or page=N
    /api/container/getIndex?containerid=100103type=61&q=WORDS&page_type=searchall&page=N      a search, newest first
    /statuses/extend?id=ID             the whole of a long text       /statuses/show?id=ID        one
    /comments/hotflow?id=ID&mid=ID&max_id_type=0&max_id=N             comments, with the answers to them

Most of it wants the cookie of an account, which the operator supplies (``secret``); one that has run out is answered
with {"ok": -100} or the page of a login. A long text stands cut in lists and is read whole before it is kept. Of a
forwarding, the own words are the mention; the original stays beside it in ``fields``. Ids of texts and comments come
from one sequence. Formats: as recorded by public repositories in 2018, 2019.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from parsel import Selector
from pydantic import model_validator

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.payload import JsonPlatform, Row, Unreadable, identity, inner, moment, names, record, refusal
from listener.spiders.payload import words as text_of
from listener.text.dates import read_date_why

KEPT = 5000
LONGEST_ORIGINAL = 1500
"""Characters of a forwarded text that are kept beside the forwarding."""

_NOTHING = re.compile(r"没有内容|还没有|暂无|没有更多|没有找到|抢沙发")
_GONE = re.compile(r"不存在|已被?删除|已删除|暂时无法查看|20101")
_CUT = re.compile(r">\s*全文\s*</a>\s*$")
_COUNT = re.compile(r"([\d.]+)\s*(万|亿)?")
_UNITS = {"": 1, "万": 10_000, "亿": 100_000_000}
_SLIM = ("id", "mid", "bid", "created_at", "text", "user", "reposts_count", "comments_count", "attitudes_count")
_SLIM_MORE = ("retweeted_status", "region_name", "edit_config")


class Weibo(JsonPlatform):
    """``url`` is https://m.weibo.cn/."""

    NAME: ClassVar[str] = "weibo"
    SITE: ClassVar[str] = "weibo.com"

    class Parameters(base.Parameters):
        """``users``: numbers of accounts; ``queries``: words; at least one. ``comments``: read them too."""

        users: tuple[int, ...] = ()
        queries: tuple[str, ...] = ()
        comments: bool = True

        @model_validator(mode="after")
        def _is_something(self) -> Weibo.Parameters:
            if not self.users and not self.queries:
                raise ValueError(
                    say('写明 queries = ["…"] 或 users = [数字]', 'give queries = ["…"] or users = [number]')
                )
            return self

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._comments: dict[str, int] = dict(job.state.get("comments") or {})

    def start(self) -> list[Fetch]:
        """The newest page of each account and search."""
        floor = self.floor()
        written = floor.isoformat() if floor else ""
        users = [
            self._list(f"type=uid&value={uid}&containerid=107603{uid}", "", written) for uid in self.parameters.users
        ]
        found = [f"containerid={quote(f'100103type=61&q={q}&t=')}&page_type=searchall" for q in self.parameters.queries]
        return [*users, *(self._list(query, "", written) for query in found)]

    def headers(self, fetch: Fetch) -> dict[str, str]:
        """The operator's cookie."""
        return {"Cookie": self.job.secret}

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The text itself; single comments are shown nowhere."""
        if wanted.thread_id and wanted.thread_id != wanted.native_id:
            return None
        return Fetch(self.at("statuses/show", id=wanted.native_id), "one", context={"id": wanted.native_id})

    def reopen(self, thread: Revisit) -> Fetch | None:
        """Its comments."""
        tid = thread.thread_id
        return self._flow(tid, self._comments.get(tid, 0)) if self.parameters.comments and tid.isdecimal() else None

    def next_state(self) -> dict[str, Any]:
        """The time of this crawl, and how many comments what was read had."""
        return {**super().next_state(), "comments": dict(list(self._comments.items())[-KEPT:])}

    def _list(self, query: str, turned: str, floor: str) -> Fetch:
        url = f"{self.at('api/container/getIndex')}?{query}{turned}"
        return Fetch(url, "list", context={"query": query, "turned": turned, "floor": floor})

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A list, one text, the whole of a long one, or comments."""
        found = record(payload)
        reads = {"extend": self._read_whole, "one": self._read_one, "comments": self._read_comments}
        if page.kind in reads:
            return reads[page.kind](page, found)
        return self._read_list(page, _content(found))

    # lists

    def _read_list(self, page: Page, found: Row) -> Parsed:
        cards = found.get("cards")
        if found and not isinstance(cards, list):
            raise Unreadable(say("没有找到 cards，接口可能已改版", "no cards; the interface may have changed"))
        rows = list(_blogs(cards or []))
        parsed = Parsed(fields=names("mblog", rows))
        for row in rows:
            self._take(row, parsed)
        following = _following(inner(found, "cardlistInfo"), str(page.context["turned"]))
        if following and self._is_fresh(rows, moment(page.context["floor"])):
            query = str(page.context["query"])
            self.turn(parsed, self._list(query, following, str(page.context["floor"])), query)
        return parsed

    def _take(self, row: Row, parsed: Parsed) -> None:
        """Keep it, or read the whole of it first; and its comments where there are more than before."""
        native_id = identity(row, "mid", "id")
        if not native_id:
            return
        if not inner(row, "user"):  # deleted or hidden: a text of Weibo's own stands in its place
            parsed.gone += [native_id] if row.get("deleted") else []
            return
        whole = text_of(inner(row, "longText"), "longTextContent")
        if not whole and (row.get("isLongText") is True or _CUT.search(text_of(row, "text"))):
            slim = {key: row[key] for key in (*_SLIM, *_SLIM_MORE) if key in row}
            parsed.fetches.append(Fetch(self.at("statuses/extend", id=native_id), "extend", context={"row": slim}))
        else:
            parsed.captures.append(self._capture(row, whole))
        count = _count(row.get("comments_count"))
        if self.parameters.comments and count > self._comments.get(native_id, 0):
            parsed.fetches.append(self._flow(native_id, count))

    def _is_fresh(self, rows: list[Row], floor: datetime | None) -> bool:
        """True where one that is not pinned to the top is newer than what is known, or of unknown time."""
        usual = [row for row in rows if not row.get("isTop") and text_of(inner(row, "title"), "text") != "置顶"]
        return floor is None or any(self._latest(row, floor) >= floor for row in usual)

    def _latest(self, row: Row, unknown: datetime) -> datetime:
        """When it was said at the latest: of a bare day (07-14) its end."""
        reading = read_date_why(text_of(row, "created_at"), self.job.now, self.job.zone)
        return reading.at + timedelta(days=reading.unit == "day") if reading.at else unknown

    def _read_whole(self, page: Page, found: Row) -> Parsed:
        """The long text; where it cannot be had, the cut one is kept, and said to be cut."""
        row = inner(page.context, "row")
        whole = text_of(inner(found, "data"), "longTextContent")
        if whole:
            return Parsed(captures=[self._capture(row, whole)])
        if _is_gone(found):
            return Parsed(gone=[identity(row, "mid", "id")])
        try:
            _content(found)
            trouble = Unreadable(say("没有长文全文", "no whole of a long text"))
        except Unreadable as error:
            trouble = error
        return Parsed(captures=[self._capture(row)], broken=trouble.why, wall=trouble.wall)

    def _read_one(self, page: Page, found: Row) -> Parsed:
        if _is_gone(found):
            return Parsed(gone=[str(page.context["id"])])
        row = _content(found)
        if not identity(row, "mid", "id"):
            raise Unreadable(say("没有找到微博，接口可能已改版", "no text; the interface may have changed"))
        parsed = Parsed(fields=names("mblog", [row]))
        self._take(row, parsed)
        return parsed

    # comments

    def _flow(self, native_id: str, count: int, max_id: str = "", kind: str = "0") -> Fetch:
        asked = {"id": native_id, "mid": native_id, "max_id_type": kind, **({"max_id": max_id} if max_id else {})}
        context = {"id": native_id, "count": count, "max_id": max_id}
        return Fetch(self.at("comments/hotflow", **asked), "comments", context=context)

    def _read_comments(self, page: Page, found: Row) -> Parsed:
        content, native_id = _content(found), str(page.context["id"])
        listed = [one for key in ("data", "hot_data") if isinstance(part := content.get(key), list) for one in part]
        rows = list(_comments(listed))
        parsed = Parsed(captures=[self._comment(row, native_id) for row in rows], fields=names("comment", rows))
        count = int(page.context["count"])
        self._comments.pop(native_id, None)  # what was read last stands last: the oldest are forgotten first
        self._comments[native_id] = count
        max_id = identity(content, "max_id")
        if rows and max_id not in ("", "0", page.context["max_id"]):
            self.turn(parsed, self._flow(native_id, count, max_id, identity(content, "max_id_type") or "0"), native_id)
        return parsed

    def _comment(self, row: Row, thread: str) -> RawMention:
        user = inner(row, "user")
        return self.mention(
            identity(row, "id", "mid"),
            f"https://m.weibo.cn/detail/{thread}",
            written=text_of(row, "created_at"),
            html=True,
            content=text_of(row, "text"),
            author_id=identity(user, "id"),
            author_name=text_of(user, "screen_name"),
            thread_id=thread,
            metrics=_metrics(user, {"likes": row.get("like_count", row.get("like_counts"))}),
            fields={"region": place} if (place := text_of(row, "source").removeprefix("来自")) else {},
        )

    def _capture(self, row: Row, whole: str = "") -> RawMention:
        user, native_id = inner(row, "user"), identity(row, "mid", "id")
        numbers = {
            "reposts": row.get("reposts_count"),
            "replies": row.get("comments_count"),
            "likes": row.get("attitudes_count"),
        }
        return self.mention(
            native_id,
            f"https://m.weibo.cn/detail/{native_id}",
            written=text_of(row, "created_at"),
            html=True,
            content=whole or text_of(row, "text"),
            author_id=identity(user, "id"),
            author_name=text_of(user, "screen_name"),
            thread_id=native_id,
            metrics=_metrics(user, numbers),
            fields=_beside(row, cut=not whole and bool(_CUT.search(text_of(row, "text")))),
        )


def _content(found: Row) -> Row:
    """What an answer holds; empty where Weibo says that there is nothing. Raises for a login and every other error."""
    if found.get("ok") == 1:
        return inner(found, "data")
    said = text_of(found, "msg", "message")
    if found.get("ok") == -100 or "passport" in text_of(found, "url"):
        raise Unreadable(
            say("微博要求重新登录，cookie 已失效", "Weibo wants a login: the cookie has run out"), Outcome.LOGIN_EXPIRED
        )
    if found.get("ok") == 0 and (_NOTHING.search(said) or found.get("data") == {"cards": []}):
        return {}
    raise refusal(said or f"ok={found.get('ok')}")


def _is_gone(found: Row) -> bool:
    said = f"{found.get('msg', '')} {found.get('errno', '')}"
    return found.get("ok") != 1 and bool(_GONE.search(said))


def _blogs(cards: list[Any]) -> Iterator[Row]:
    """The texts on the cards and on those grouped in them; all else is adornment."""
    for card in cards:
        if not isinstance(card, dict):
            continue
        group = card.get("card_group")
        for one in (card, *(group if isinstance(group, list) else ())):
            if isinstance(one, dict) and inner(one, "mblog"):
                yield inner(one, "mblog")


def _comments(listed: list[Any]) -> Iterator[Row]:
    """Comments and the answers that stand below them (false where there are none)."""
    for row in listed:
        if isinstance(row, dict) and identity(row, "id", "mid"):
            yield row
            below = row.get("comments")
            yield from _comments(below if isinstance(below, list) else [])


def _following(listed: Row, turned: str) -> str:
    """What is added to the address for the next page, "" on the last one; the same again is no next page."""
    since, number = identity(listed, "since_id"), identity(listed, "page")
    following = f"&since_id={since}" if since and since != "0" else f"&page={number}" if number not in ("", "0") else ""
    return following if following != turned else ""


def _count(value: object) -> int:
    """A number, or one as people write it: 1.2万, 100万+."""
    if isinstance(value, int):
        return int(value)
    found = _COUNT.match(value) if isinstance(value, str) else None
    try:
        return round(float(found.group(1)) * _UNITS[found.group(2) or ""]) if found else 0
    except ValueError:
        return 0


def _metrics(user: Row, numbers: Row) -> dict[str, int]:
    known = {**numbers, "followers": user.get("followers_count")}
    return {name: _count(value) for name, value in known.items() if value is not None}


def _beside(row: Row, cut: bool) -> dict[str, str]:
    """The forwarded original, the region, and whether the text is not whole or was edited."""
    original, fields = inner(row, "retweeted_status"), {}
    if original:
        long = text_of(inner(original, "longText"), "longTextContent")
        fields["forwarded_id"] = identity(original, "mid", "id")
        fields["forwarded_author"] = text_of(inner(original, "user"), "screen_name")
        fields["forwarded_text"] = _plain(long or text_of(original, "text"))[:LONGEST_ORIGINAL]
    fields["region"] = text_of(row, "region_name").removeprefix("发布于").strip()
    fields["edited"] = "1" if inner(row, "edit_config").get("edited") is True else ""
    fields["incomplete"] = "1" if cut else ""
    return {name: value for name, value in fields.items() if value}


def _plain(markup: str) -> str:
    return " ".join(Selector(text=f"<p>{markup}</p>", type="html").xpath("string(.)").get("").split())
