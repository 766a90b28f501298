"""A blog in the shape of WordPress on loopback, crawled end to end: by REST, by feeds, read again, in trouble."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said, told
from tests.factories import NOW
from tests.json_site import JsonSite, serving

HOUR = timedelta(hours=1)
MISSING = (404, {"code": "rest_no_route", "message": "No route", "data": {"status": 404}}, {})


@dataclass
class Row:
    number: int
    entry: int
    author: str
    text: str
    at: datetime
    edited: datetime


@dataclass
class Blog:
    """``rows`` by kind. ``instead`` answers for the interface while it is set; ``users``: whether names are shown."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {"posts": [], "comments": []})
    instead: tuple[int, Any, dict[str, str]] | None = None
    pretty: bool = True
    site: JsonSite = field(default_factory=lambda: JsonSite(lambda path, query: MISSING))

    def say(self, kind: str, author: str, text: str, at: datetime, entry: int = 0) -> str:
        """Somebody writes; the id that it must get."""
        number = len(self.rows[kind]) + 1  # posts and comments count each for themselves
        self.rows[kind].append(Row(number, entry or number, author, text, at, at))
        return f"{kind[0]}{number}"

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        if "feed" in query:
            return self._feed(query)
        if "rest_route" in query:
            return self.instead or self._rest(query["rest_route"].removeprefix("/wp/v2/"), query)
        if not self.pretty:
            return 404, "<title>Page not found</title>", {"Content-Type": "text/html"}
        return self.instead or self._rest(path.removeprefix("/wp-json/wp/v2/"), query)

    def _rest(self, path: str, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        kind, _, number = path.partition("/")
        if number:
            found = [row for row in self.rows[kind] if row.number == int(number)]
            word = {"posts": "post", "comments": "comment"}[kind]
            return (200, self._row(kind, found[0]), {}) if found else (404, {"code": f"rest_{word}_invalid_id"}, {})
        wanted = sorted(self.rows[kind], key=lambda row: row.at, reverse=True)
        if "after" in query:
            wanted = [row for row in wanted if row.at > datetime.fromisoformat(query["after"])]
        if "modified_after" in query:
            wanted = [row for row in wanted if row.edited > datetime.fromisoformat(query["modified_after"])]
        size, page = int(query["per_page"]), int(query["page"])
        pages = -(-len(wanted) // size)
        if kind == "posts" and page > max(pages, 1):
            return 400, {"code": "rest_post_invalid_page_number"}, {}
        shown = wanted[(page - 1) * size : page * size]
        return 200, [self._row(kind, row) for row in shown], {"X-WP-TotalPages": str(pages)}

    def _row(self, kind: str, row: Row) -> dict[str, Any]:
        at = row.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        link = f"{self.site.url}?p={row.entry}"
        facts = {"id": row.number, "date_gmt": at, "content": {"rendered": f"<p>{row.text}</p>"}, "link": link}
        if kind == "comments":
            return facts | {"post": row.entry, "author": 0, "author_name": row.author}
        return facts | {"author": 7, "title": {"rendered": "公告"}, "_embedded": {"author": [{"name": row.author}]}}

    def _feed(self, query: dict[str, str]) -> tuple[int, Any, dict[str, str]]:
        kind = "comments" if query["feed"] == "comments-rss2" else "posts"
        newest = sorted(self.rows[kind], key=lambda row: row.at, reverse=True)
        page = int(query.get("paged", "1")) if kind == "posts" else 1
        shown = newest[(page - 1) * 10 : page * 10]
        rows = "".join(
            f"<item><title>公告</title><link>{self.site.url}?p={row.entry}</link><dc:creator>{row.author}</dc:creator>"
            f"<pubDate>{row.at.astimezone(UTC):%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
            f"<guid>{self.site.url}?p={row.entry}{f'#comment-{row.number}' if kind == 'comments' else ''}</guid>"
            f"<description>&lt;p&gt;{row.text}&lt;/p&gt;</description></item>"
            for row in shown
        )
        text = f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>{rows}</channel></rss>'
        return (200 if shown else 404), text, {"Content-Type": "application/rss+xml"}


@pytest.fixture
def blog() -> Iterator[Blog]:
    made = Blog()
    for number in range(12):
        at = NOW - timedelta(days=40 - number)
        made.say("posts", "店长", f"第{number}篇😡", at)
        for place in range(3):
            made.say("comments", f"车主{place}", f"第{number}篇的第{place}条", at + place * HOUR, entry=number + 1)
    with serving(JsonSite(made.answer)) as site:
        made.site = site
        yield made


def crawl(blog: Blog, state: Any = None, **changes: Any) -> tuple[Result, dict[str, RawMention]]:
    given = job(blog.site.url, "wordpress", state=state or {}, parameters={"per_page": 5}, **changes)
    result, found = said(run_child(given))
    assert len({mention.native_id for mention in found}) == len(found)
    return result, {mention.native_id: mention for mention in found}


def truth(blog: Blog) -> dict[str, tuple[str, str, datetime, str]]:
    return {
        f"{kind[0]}{row.number}": (row.author, row.text, row.at, f"p{row.entry}")
        for kind, rows in blog.rows.items()
        for row in rows
    }


def shown(found: dict[str, RawMention]) -> dict[str, tuple[str, str, Any, str]]:
    return {
        key: (m.author_name, m.content.removeprefix("<p>").removesuffix("</p>"), m.published_at, m.thread_id)
        for key, m in found.items()
    }


def test_everything_comes_once_where_addresses_are_plain(blog: Blog) -> None:
    blog.pretty = False
    result, found = crawl(blog)
    assert result.outcome is Outcome.OK, result.detail
    assert shown(found) == truth(blog)


def test_a_later_crawl_finds_new_comments_on_old_entries_and_edits(blog: Blog) -> None:
    first, found = crawl(blog)
    assert shown(found) == truth(blog)
    quiet, nothing = crawl(blog, first.state, now=(NOW + HOUR).isoformat())
    assert (quiet.outcome, nothing) == (Outcome.EMPTY, {})
    late = blog.say("comments", "车主乙", "还没修好", NOW + 2 * HOUR, entry=1)
    held = blog.say(
        "comments", "车主丙", "刚过审核", NOW - 30 * HOUR, entry=2
    )  # let through a day after it was written
    blog.rows["posts"][0].text, blog.rows["posts"][0].edited = "更正", NOW + 2 * HOUR
    again, found = crawl(blog, quiet.state, now=(NOW + 3 * HOUR).isoformat())
    assert again.outcome is Outcome.OK
    assert set(found) == {late, held, "p1"}
    assert "更正" in found["p1"].content


def test_a_mention_is_read_again_and_a_deleted_one_is_gone(blog: Blog) -> None:
    first, _ = crawl(blog)
    blog.rows["comments"][4].text = "已解决"
    del blog.rows["comments"][5]
    wanted = [{"native_id": key, "url": "", "thread_id": "p2"} for key in ("c5", "c6")]
    given = job(blog.site.url, "wordpress", state=first.state, revisits=wanted)
    done = run_child(given)
    _, found = said(done)
    assert {mention.native_id: mention.content for mention in found} == {"c5": "<p>已解决</p>"}
    assert told(done) == {"c6": True}


def test_a_closed_interface_is_read_by_feeds_under_the_same_ids(blog: Blog) -> None:
    blog.instead = 401, {"code": "rest_cannot_access", "message": "no"}, {}
    result, found = crawl(blog)
    assert result.outcome is Outcome.OK, result.detail
    newest = [f"c{number}" for number in range(27, 37)]  # the feed of comments has no second page
    assert sorted(found) == sorted([f"p{number}" for number in range(1, 13)] + newest)
    assert shown(found) == {key: truth(blog)[key] for key in found}


def test_trouble_is_named_and_keeps_the_watermark(blog: Blog) -> None:
    first, _ = crawl(blog)
    late = blog.say("comments", "车主乙", "还没修好", NOW + HOUR, entry=1)
    blog.instead = 403, "<title>403 Forbidden</title>", {}
    bad, found = crawl(blog, first.state, now=(NOW + 2 * HOUR).isoformat())
    assert (bad.outcome, found) == (Outcome.BLOCKED, {})
    blog.instead = None
    good, found = crawl(blog, bad.state, now=(NOW + 99 * HOUR).isoformat())
    assert (good.outcome, set(found)) == (Outcome.OK, {late})
