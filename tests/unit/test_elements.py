"""Elements of XML feeds and sitemaps, counted as the fields of JSON are; a feed that changes is told of once."""

from __future__ import annotations

from listener.spiders.base import Job, Page
from listener.spiders.elements import elements
from listener.spiders.feed import Feed
from listener.spiders.sitemaps import read_sitemap
from tests.factories import NOW

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:d="http://purl.org/dc/elements/1.1/" xmlns:x="http://ads.example/ns" xmlns:media="http://z.example/m">
<channel><title>车友论坛</title><link>https://a.example/</link>{items}</channel></rss>"""
ITEM = "<item><title>刹车异响</title><link>https://a.example/{n}</link><d:creator>老王</d:creator>{more}</item>"
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0">
<title>t</title><author><name>site</name></author>
<entry><id>1</id><title>a</title><author><name>n</name><uri>u</uri></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><title>not a field</title><p>x</p></div></content>
<thr:total>3</thr:total></entry>
<entry><id>2</id><title>b</title></entry></feed>"""


def feed(count: int, more: str = "") -> bytes:
    return RSS.format(items="".join(ITEM.format(n=n, more=more) for n in range(count))).encode()


def test_items_and_the_channel_are_counted() -> None:
    found = elements(feed(3, "<category>a</category><category>b</category>"))
    assert found == {
        "channel.title": (1, 1),
        "channel.link": (1, 1),
        "item.title": (3, 3),
        "item.link": (3, 3),
        "item.dc:creator": (3, 3),
        "item.category": (3, 3),
    }


def test_a_namespace_counts_and_not_what_a_document_calls_it() -> None:
    found = elements(feed(1, "<x:title>a</x:title><media:title>b</media:title><!-- c --><d:date>2026</d:date>"))
    assert set(found) >= {"item.title@ads_example", "item.title@z_example", "item.dc:date"}
    assert "item.media:title" not in found, "only the namespace itself is known"


def test_atom_tells_an_entrys_author_from_the_feeds_and_looks_into_no_text() -> None:
    found = elements(ATOM.encode())
    assert found["entry.title"] == (2, 2) and found["entry.content"] == (1, 2) and found["entry.thr:total"] == (1, 2)
    assert found["entry.author.uri"] == (1, 1) and found["feed.author.name"] == (1, 1)
    assert not [name for name in found if "div" in name or "xhtml" in name]


def test_a_damaged_document_counts_as_far_as_it_goes() -> None:
    assert elements(feed(3)[:-90])["item.title"][0] >= 1
    assert elements(b"no xml at all") == {} == elements(b"")


def test_a_sitemap_tells_what_its_addresses_have() -> None:
    body = b"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
    xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://a.example/1</loc><lastmod>2026</lastmod>
    <n:news><n:title>t</n:title></n:news></url><url><loc>https://a.example/2</loc></url></urlset>"""
    found = read_sitemap(Page(url="https://a.example/s.xml", status=200, body=body, text=body.decode()))
    assert found.fields == {"url.loc": (2, 2), "url.lastmod": (1, 2), "url.news:news": (1, 2)}


def test_the_feed_platform_hands_them_on() -> None:
    job = Job(source="s", platform="feed", url="https://a.example/feed", now=NOW)
    for body, wanted in ((feed(2), "item.dc:creator"), (JSON_FEED, "feed.items.content_text")):
        page = Page(url=job.url, status=200, body=body, text=body.decode(), kind="feed")
        assert Feed(job).read(page).fields[wanted][0] == 2


JSON_FEED = b"""{"version": "https://jsonfeed.org/version/1.1", "title": "t",
"items": [{"id": "1", "content_text": "x"}, {"id": "2", "content_text": "y"}]}"""
