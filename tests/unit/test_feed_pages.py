"""A feed's further pages: in a backfill, and where the first page does not reach back to what was seen."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from listener.spiders.base import Fetch, Job, Page, Parsed, Revisit
from listener.spiders.feed import Feed, too_deep
from tests.factories import NOW

HOUR = timedelta(hours=1)
URL = "http://a.example/feed"


def feed(**changes: Any) -> Feed:
    return Feed(Job(**{"source": "s", "platform": "feed", "url": URL, "now": NOW, **changes}))


def page(*ages: int, link: str = "", kind: str = "feed", url: str = URL, context: Any = None) -> Page:
    """A page with entries so many hours old; what ``link`` holds stands in the channel."""
    entries = "".join(
        f"<item><guid>{age}</guid><title>t{age}</title><author>a</author><description>d</description>"
        f"<pubDate>{(NOW - age * HOUR).isoformat()}</pubDate></item>"
        for age in ages
    )
    text = f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>{link}{entries}</channel></rss>'
    return Page(url=url, status=200, body=text.encode(), text=text, kind=kind, context=context or {})


def read(made: Feed, found: Page) -> Parsed:
    parsed = made.read(found)
    assert not parsed.broken
    return parsed


def addresses(fetches: list[Fetch]) -> list[str]:
    return [fetch.url for fetch in fetches]


NEXT = '<atom:link rel="next" href="/feed?page=2"/>'
ARCHIVE = '<atom:link rel="next" href="/x"/><atom:link rel="prev-archive" href="http://a.example/2026/10"/>'
WORDPRESS = "<generator>https://wordpress.org/?v=6.9</generator>"


def test_a_first_crawl_reads_the_first_page_only() -> None:
    assert addresses(read(feed(), page(1, 2, link=NEXT)).fetches) == []


def test_a_backfill_turns_pages_until_it_is_back_far_enough() -> None:
    made = feed(since=NOW - 9 * HOUR)
    for link, wanted in ((NEXT, f"{URL}?page=2"), (ARCHIVE, "http://a.example/2026/10"), (WORDPRESS, f"{URL}?paged=2")):
        assert addresses(read(feed(since=NOW - 9 * HOUR), page(1, 2, link=link)).fetches) == [wanted]
    (second,) = read(made, page(1, 2, link=WORDPRESS)).fetches
    third = read(made, page(3, 4, link=WORDPRESS, kind="page", url=second.url, context=second.context))
    assert addresses(third.fetches) == [f"{URL}?paged=3"]
    assert read(made, page(5, 10, link=WORDPRESS, kind="page", url=third.fetches[0].url)).fetches == []


def test_a_site_that_answers_every_page_with_the_first_ends_it() -> None:
    made = feed(since=NOW - 99 * HOUR)
    (second,) = read(made, page(1, 2, link=WORDPRESS)).fetches
    assert read(made, page(1, 2, link=WORDPRESS, kind="page", url=second.url, context=second.context)).fetches == []


def test_a_feed_without_further_pages_is_at_its_end() -> None:
    assert read(feed(since=NOW - 9 * HOUR), page(1, 2)).fetches == []


def test_a_later_crawl_turns_pages_where_entries_left_the_first_one() -> None:
    state = {"newest": (NOW - 9 * HOUR).isoformat()}
    assert addresses(read(feed(state=state), page(1, 2, link=NEXT)).fetches) == [f"{URL}?page=2"]
    assert read(feed(state=state), page(1, 2, 11, link=NEXT)).fetches == []


def test_the_page_cap_is_said_and_the_rest_comes_next_time() -> None:
    parsed = read(feed(state={"newest": (NOW - 9 * HOUR).isoformat()}, max_pages=1), page(1, 2, link=NEXT))
    assert (parsed.fetches, addresses(parsed.later), "页数上限 1" in parsed.capped) == ([], [f"{URL}?page=2"], True)
    (later,) = parsed.later
    goes_on = feed(state={"newest": (NOW - HOUR).isoformat()})  # the watermark moved on, the page's own did not
    link = '<atom:link rel="next" href="/feed?page=3"/>'
    third = read(goes_on, page(3, 4, link=link, kind="page", url=later.url, context=later.context))
    assert addresses(third.fetches) == [f"{URL}?page=3"]


def test_the_newest_entry_is_the_watermark_and_never_the_future() -> None:
    made = feed()
    read(made, page(-5, 1, 2))
    assert datetime.fromisoformat(made.next_state()["newest"]) == NOW - HOUR


def test_an_entry_read_again_is_still_there() -> None:
    fetch = feed().revisit(Revisit("7", "http://a.example/7"))
    assert fetch is not None
    assert fetch.url == "http://a.example/7"
    found = Page(url=fetch.url, status=200, body=b"", text="<html>", kind=fetch.kind, context=fetch.context)
    assert read(feed(), found).there == ["7"]
    assert feed().revisit(Revisit("7", "")) is None


def test_an_item_of_a_json_feed_takes_the_feeds_author_where_it_has_none() -> None:
    items = [
        {"id": "1", "title": "a"},
        {"id": "2", "title": "b", "authors": [{"name": "李四"}]},
        {"id": "3", "title": "c", "authors": [{"url": "mailto:z@example.com"}]},
        {"id": "4", "title": "d", "author": {"url": "https://elsewhere.example/"}},
    ]
    authors = [{"name": "编辑部"}, {"name": "张三", "url": "mailto:z@example.com"}]
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "authors": authors, "items": items})
    shown = Page(url=URL, status=200, body=text.encode(), text=text, kind="feed")
    assert [one.author_name for one in feed().read(shown).captures] == ["编辑部", "李四", "张三", ""]


def test_tags_in_tags_without_end_are_not_parsed() -> None:
    assert too_deep("<rss>" + "<item>" * 3000)
    assert not too_deep("<rss><channel>" + "<item><description><![CDATA[<div><div>]]></description><br></item>" * 3000)
    assert not too_deep("<p>" * 5000 + "<br/>" * 5000)
