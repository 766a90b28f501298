"""WordPress: posts and comments by the REST API (wp/v2), by the feeds where that is closed.

    wp-json/wp/v2/posts?after=A&page=N            what was published since; a scheduled one keeps its old edit time
    wp-json/wp/v2/posts?modified_after=A&page=N   what was edited since (WordPress 5.7)
    wp-json/wp/v2/comments?after=A&page=N         new comments, on whatever old entry they stand
    ?feed=rss2&paged=N, ?feed=comments-rss2       where a site answers 401, 403 or 404 to the above

X-WP-TotalPages says how many pages there are. Past the end posts answer 400 ``rest_post_invalid_page_number``, comments
200 with an empty list, feeds 404; the feed of comments has no pages and holds the newest ten. What a moderator lets
through appears under the time it was written: the window of comments goes back two days. Ids are those of the
database with a letter, p13 and c4, in feeds too.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode, urljoin, urlsplit

from pydantic import Field

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.feed import Feed
from listener.spiders.payload import JsonPlatform, Row, Unreadable, decoded, identity, inner, words

MODERATION = timedelta(days=2)
"""How long a comment may wait for a moderator and is still found."""

_POST_ID = re.compile(r"[?&]p=(\d+)")
_COMMENT_ID = re.compile(r"#comment-(\d+)$")
_HIDDEN = frozenset({"rest_forbidden", "rest_cannot_read", "rest_cannot_read_comment", "rest_cannot_read_post"})
"""What single entries answer that are in the trash or held back; a closed interface uses other words."""

_PAST_THE_END = "rest_post_invalid_page_number"
_FIELDS = "id,date,date_gmt,link,title,content,author,post,author_name,_links,_embedded,yoast_head_json.author"
"""What we read, and nothing else: a page of whole entries with their search-engine texts is easily over 5 MB."""


class WordPress(JsonPlatform):
    """One site or blog; ``url`` is its home page."""

    NAME: ClassVar[str] = "wordpress"
    GONE: ClassVar[frozenset[int]] = frozenset()
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 304, 400, 401, 403, 404, 410})

    class Parameters(base.Parameters):
        """``kinds``: REST names of what is read besides comments; ``comments``: whether these are."""

        kinds: tuple[str, ...] = ("posts",)
        comments: bool = True
        per_page: int = Field(default=50, ge=1, le=100)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._home = job.url.rstrip("/") + "/"
        parts = urlsplit(self._home)
        self._site = f"{parts.netloc}{parts.path}".rstrip("/")  # blogs of one host count their ids each for itself

    def start(self) -> list[Fetch]:
        """What is new, what was edited, and new comments."""
        wanted = [(kind, "after") for kind in self.parameters.kinds]
        if self.floor() and not self.job.since:
            wanted += [(kind, "modified_after") for kind in self.parameters.kinds]
        if self.parameters.comments:
            wanted.append(("comments", "after"))
        return [self._list(kind, window, self._window(kind), 1) for kind, window in wanted]

    def read(self, page: Page) -> Parsed:
        """A page of entries or comments, of REST or of a feed; or a single one that is read again."""
        if page.kind == "feed":
            return self._read_feed(page)
        if page.kind == "single":
            return self._read_single(page)
        if page.status != 200:
            return self._read_refusal(page)
        parsed = super().read(page)
        if parsed.broken and not parsed.wall and page.context["style"] == "query":  # the theme answered, not REST
            return self._to_feed(str(page.context["kind"]), say("回答的是网页", "a web page in its place"))
        return parsed

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """A page of a list."""
        if not isinstance(payload, list):
            return self._read_refusal(page)
        rows = [row for row in payload if isinstance(row, dict)]
        kind = str(page.context["kind"])
        parsed = Parsed(captures=[self._capture(row, kind) for row in rows if identity(row, "id")])
        if len(parsed.captures) < len(payload):
            parsed.broken = say("有条目没有编号", "an entry without an id")
        if any(not capture.author_name for capture in parsed.captures):
            parsed.audit.append(f"{kind}: {say('有内容没有发布者', 'something without an author')}")
        self._next(page, len(rows), parsed)
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The entry or comment by its number."""
        letter, number = wanted.native_id[:1], wanted.native_id[1:]
        if letter not in ("p", "c") or not number.isdigit():
            return None
        kind = "comments" if letter == "c" else self.parameters.kinds[0]
        query = urlencode({"_embed": "author", "_fields": _FIELDS})
        context = {"kind": kind, "native_id": wanted.native_id}
        return Fetch(f"{self._home}wp-json/wp/v2/{kind}/{number}?{query}", "single", context=context)

    def _window(self, kind: str) -> str:
        """The moment from which on is asked for, "" for everything."""
        floor = self.floor()
        if floor and kind == "comments" and not self.job.since:
            floor -= MODERATION
        return floor.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if floor else ""

    def _list(self, kind: str, window: str, since: str, number: int, style: str = "path") -> Fetch:
        """A page of a list, newest first. ``style``: the path of the interface, or a query where paths are plain."""
        query = {"per_page": str(self.parameters.per_page), "page": str(number), "_fields": _FIELDS}
        query |= {"orderby": "modified"} if window == "modified_after" else {}
        query |= {window: since} if since else {}
        query |= {} if kind == "comments" else {"_embed": "author"}
        route = f"wp/v2/{kind}"
        plain = {"rest_route": f"/{route}"}
        url = f"wp-json/{route}?{urlencode(query)}" if style == "path" else f"?{urlencode(plain | query)}"
        context = {"kind": kind, "window": window, "since": since, "page": number, "style": style}
        return Fetch(urljoin(self._home, url), "list", context=context)

    def _again(self, page: Page, number: int, style: str) -> Fetch:
        """Another page of the list that ``page`` is of."""
        kind, window, since = (str(page.context[name]) for name in ("kind", "window", "since"))
        return self._list(kind, window, since, number, style)

    def _next(self, page: Page, count: int, parsed: Parsed) -> None:
        number, total = int(page.context["page"]), page.headers.get("x-wp-totalpages", "")
        if (number < int(total)) if total.isdigit() else (count >= self.parameters.per_page):
            following = self._again(page, number + 1, str(page.context["style"]))
            self.turn(parsed, following, f"{page.context['kind']} {page.context['window']}")

    def _read_refusal(self, page: Page) -> Parsed:
        """No list: past the end, an interface below another address, or closed."""
        code = _code(page)
        kind, style = str(page.context["kind"]), str(page.context["style"])
        if code == _PAST_THE_END:
            return Parsed()
        if page.status == 404 and not code and style == "path":  # addresses are plain: /?p=1
            return Parsed(fetches=[self._again(page, int(page.context["page"]), "query")])
        if page.status == 403 and not code:  # a firewall's word, not WordPress'
            return Parsed(broken=say("网站拒绝访问", "the site refuses"), wall=Outcome.BLOCKED)
        if page.status in (401, 403, 404, 410) or style == "query":
            return self._to_feed(kind, code or f"HTTP {page.status}")
        what = say("REST 接口的回答无法识别", "not an answer of the REST interface")
        return Parsed(broken=f"{what}: {code or page.status}")

    def _to_feed(self, kind: str, why: str) -> Parsed:
        said = say(f"{kind} 的 REST 接口未开放（{why}）", f"REST for {kind} is closed ({why})")
        if kind not in ("posts", "comments"):
            return Parsed(broken=said)
        return Parsed(fetches=[self._feed(kind, 1)], audit=[f"{said}{say('，改读订阅源', '; the feed is read')}"])

    def _feed(self, kind: str, number: int) -> Fetch:
        query = {"feed": "comments-rss2" if kind == "comments" else "rss2"}
        query |= {"paged": str(number)} if number > 1 else {}
        return Fetch(f"{self._home}?{urlencode(query)}", "feed", context={"kind": kind, "page": number})

    def _read_feed(self, page: Page) -> Parsed:
        """Entries of a feed; the next page while something on this one is new."""
        kind, number = str(page.context["kind"]), int(page.context["page"])
        if page.status in (404, 410) and number > 1:
            return Parsed()
        if page.status != 200:
            wall = Outcome.BLOCKED if page.status in (401, 403) else None
            said = say(f"订阅源回答 HTTP {page.status}", f"the feed answers HTTP {page.status}")
            return Parsed(broken=said, wall=wall)
        parsed = Feed(replace(self.job, platform="feed", parameters={}, state={})).read(page)
        parsed.captures = [self._of_feed(capture, kind) for capture in parsed.captures]
        dates = [capture.published_at for capture in parsed.captures if capture.published_at]
        since, floor = self._window(kind), self.floor()
        if kind == "comments" and floor and dates and min(dates) > floor:
            said = say(
                "评论订阅源只有最新的几条，之间可能有遗漏",
                "the feed holds the newest comments only: some may be missing",
            )
            parsed.audit.append(said)
        elif kind != "comments" and dates and (not since or max(dates) >= datetime.fromisoformat(since)):
            self.turn(parsed, self._feed(kind, number + 1), f"{kind} feed")
        return parsed

    def _of_feed(self, capture: RawMention, kind: str) -> RawMention:
        """A feed's entry with the ids that REST would have given it, where the feed tells the numbers."""
        is_comment = kind == "comments"
        pattern, letter = (_COMMENT_ID, "c") if is_comment else (_POST_ID, "p")
        found = pattern.search(capture.native_id) or pattern.search(capture.url)
        native_id = f"{letter}{found.group(1)}" if found else capture.native_id
        entry = _POST_ID.search(capture.native_id)
        thread = f"p{entry.group(1)}" if entry else capture.url.split("#", 1)[0] if is_comment else native_id
        title = "" if is_comment else capture.title  # 「… by …」 is WordPress' sentence, nobody's title
        return replace(capture, platform=self.NAME, site=self._site, native_id=native_id, title=title, thread_id=thread)

    def _read_single(self, page: Page) -> Parsed:
        """One entry read again: it stands there, or it was deleted or taken back."""
        context, code = page.context, _code(page)
        if code.endswith("_invalid_id") or (page.status in (401, 403) and code in _HIDDEN):
            return Parsed(gone=[str(context["native_id"])])
        with suppress(Unreadable):
            row = decoded(page)
            if page.status == 200 and isinstance(row, dict) and identity(row, "id"):
                return Parsed(captures=[self._capture(row, str(context["kind"]))])
        return Parsed(audit=[f"{page.url}: HTTP {page.status} {code}"])

    def _capture(self, row: Row, kind: str) -> RawMention:
        is_comment = kind == "comments"
        native_id = f"{'c' if is_comment else 'p'}{identity(row, 'id')}"
        written = words(row, "date_gmt")
        raw = self.mention(
            native_id,
            words(row, "link"),
            html=True,
            title=words(inner(row, "title"), "rendered"),
            content=words(inner(row, "content"), "rendered"),
            author_id=identity(row, "author") if row.get("author") else "",
            author_name=words(row, "author_name") if is_comment else _author(row),
            thread_id=f"p{identity(row, 'post')}" if is_comment else native_id,
        )
        published = self.date(f"{written}Z" if written else "") or self.date(row.get("date"))
        return replace(raw, site=self._site, published_at=published, published_raw=written or words(row, "date"))


def _code(page: Page) -> str:
    """WordPress' word for what went wrong, "" where it is not WordPress that speaks."""
    with suppress(Unreadable):
        answer = decoded(page)
        return words(answer, "code") if isinstance(answer, dict) else ""
    return ""


def _author(row: Row) -> str:
    """The name that is embedded; where a site hides its users, the one that a search-engine plugin gives."""
    authors = inner(row, "_embedded").get("author")
    first = authors[0] if isinstance(authors, list) and authors and isinstance(authors[0], dict) else {}
    return words(first, "name") or words(inner(row, "yoast_head_json"), "author")
