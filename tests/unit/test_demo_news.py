"""The demo's news feed and article pages: all that was written, and validators that work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import feedparser
import httpx
import pytest
from defusedxml.ElementTree import fromstring
from lxml import html

from listener.demo.mentions import Content, load_content
from listener.demo.site import serve

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    site = serve(NOW)
    with httpx.Client(base_url=site.url, trust_env=False, timeout=10) as found:
        yield found
    site.close()


@pytest.fixture(scope="module")
def written() -> Content:
    return load_content()


def body_of(entry: feedparser.FeedParserDict) -> str:
    markup = entry.content[0].value if "content" in entry else entry.summary
    return "\n".join(p.text_content() for p in html.fragments_fromstring(markup) if not isinstance(p, str))


def test_the_news_feed_is_exactly_what_was_written(client: httpx.Client, written: Content) -> None:
    feed = feedparser.parse(client.get("news/feed.xml").content)
    assert feed.bozo is False
    read = {e.id: (e.title, e.author, body_of(e), datetime(*e.published_parsed[:6], tzinfo=UTC)) for e in feed.entries}
    assert read == {
        f"demo-news-{a.native_id}": (a.title, a.author, a.text, a.published_at(NOW)) for a in written.articles
    }
    assert len(feed.entries) >= 40


def test_long_articles_have_an_excerpt_and_the_whole(client: httpx.Client) -> None:
    entries = fromstring(client.get("news/feed.xml").content).findall("./channel/item")
    long = [entry for entry in entries if entry.find(CONTENT) is not None]
    assert 10 < len(long) < len(entries)
    for entry in long:
        assert "[&hellip;]" in (entry.findtext("description") or "")
        assert len(entry.findtext(CONTENT) or "") > len(entry.findtext("description") or "") - 20
    assert all(entry.findtext(CREATOR) for entry in entries)


def test_article_pages_hold_the_articles(client: httpx.Client, written: Content) -> None:
    feed = feedparser.parse(client.get("news/feed.xml").content)
    article = max(written.articles, key=lambda a: len(a.text))
    (link,) = [entry.link for entry in feed.entries if entry.title == article.title]
    tree = html.document_fromstring(client.get(link).text)
    assert tree.xpath("string(//article/h1)") == article.title
    text = "\n".join(p.text_content() for p in tree.xpath("//article/p")[1:])
    assert text == article.text
    assert datetime.fromisoformat(tree.xpath("string(//time/@datetime)")) == article.published_at(NOW)


def test_the_feed_answers_304_to_who_has_it(client: httpx.Client, written: Content) -> None:
    first = client.get("news/feed.xml")
    tag, changed = first.headers["ETag"], first.headers["Last-Modified"]
    assert parsedate_to_datetime(changed) == max(a.published_at(NOW) for a in written.articles)
    for headers in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-Modified-Since": changed},
        {"If-None-Match": tag, "If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        again = client.get("news/feed.xml", headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag


def test_the_feed_is_sent_whole_to_who_has_another(client: httpx.Client, written: Content) -> None:
    newest = max(a.published_at(NOW) for a in written.articles)
    old = format_datetime(newest - timedelta(seconds=1), usegmt=True)
    recent = format_datetime(newest + timedelta(days=1), usegmt=True)
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-Modified-Since": old},
        {"If-Modified-Since": "no date"},
        {"If-None-Match": '"other"', "If-Modified-Since": recent},  # RFC 9110: the date is then not looked at
    ):
        assert client.get("news/feed.xml", headers=headers).status_code == 200
