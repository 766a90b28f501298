"""Which elements the records of an XML feed or sitemap have, as ``payload.shape`` tells it of JSON. Pure.

    item.title, item.dc:creator, entry.author.name, url.news:news      a name a kind of record, counted once a record

What is in the format's own namespace, or in none, has its bare name; a known extension its usual prefix, whatever the
document calls it; any other the host of its namespace, so that it cannot pass for one that is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlsplit

from lxml import etree  # type: ignore[import-untyped]

__all__ = ["EXTENSIONS", "Elements", "elements", "name_of"]

_OWN = frozenset(
    {
        "",
        "http://www.w3.org/2005/Atom",
        "http://purl.org/atom/ns#",
        "http://purl.org/rss/1.0/",
        "http://my.netscape.com/rdf/simple/0.9/",
        "http://www.sitemaps.org/schemas/sitemap/0.9",
        "http://www.google.com/schemas/sitemap/0.84",
    }
)
"""Namespaces of the formats themselves: Atom (RFC 4287, 0.3), RSS 1.0 and 0.90, sitemaps."""

EXTENSIONS = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
    "http://purl.org/rss/1.0/modules/content/": "content",
    "http://purl.org/rss/1.0/modules/slash/": "slash",
    "http://purl.org/rss/1.0/modules/syndication/": "sy",
    "http://purl.org/syndication/thread/1.0": "thr",
    "http://wellformedweb.org/CommentAPI/": "wfw",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "https://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://itunes.apple.com/rss": "im",
    "http://search.yahoo.com/mrss/": "media",
    "http://search.yahoo.com/mrss": "media",
    "http://www.georss.org/georss": "georss",
    "http://www.opengis.net/gml": "gml",
    "http://www.w3.org/2003/01/geo/wgs84_pos#": "geo",
    "http://www.youtube.com/xml/schemas/2015": "yt",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://www.pheedo.com/namespace/pheedo": "pheedo",
    "http://backend.userland.com/creativeCommonsRssModule": "creativeCommons",
    "http://cyber.law.harvard.edu/rss/creativeCommonsRssModule.html": "creativeCommons",
    "http://creativecommons.org/ns#": "cc",
    "http://web.resource.org/cc/": "cc",
    "https://podcastindex.org/namespace/1.0": "podcast",
    "http://www.google.com/schemas/play-podcasts/1.0": "googleplay",
    "http://a9.com/-/spec/opensearch/1.1/": "openSearch",
    "http://a9.com/-/spec/opensearchrss/1.0/": "openSearch",
    "http://schemas.google.com/g/2005": "gd",
    "http://schemas.google.com/blogger/2008": "blogger",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.w3.org/2007/app": "app",
    "http://purl.org/rss/1.0/modules/annotate/": "annotate",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    "http://activitystrea.ms/spec/1.0/": "activity",
    "http://webfeeds.org/rss/1.0": "webfeeds",
    "com-wordpress:feed-additions:1": "wp",
    "http://www.google.com/schemas/sitemap-news/0.9": "news",
    "http://www.google.com/schemas/sitemap-image/1.1": "image",
    "http://www.google.com/schemas/sitemap-video/1.1": "video",
    "http://www.google.com/schemas/sitemap-mobile/1.0": "mobile",
}
"""Extensions of feeds and sitemaps that many use, by their namespace: one that comes up is told, but doubts nothing."""

_KINDS = frozenset({"item", "entry", "channel", "feed", "url", "sitemap", "author", "contributor", "source"})
"""Elements that are records; ``author`` and the like count below the record that they stand in."""

_LISTED = frozenset({"item", "entry", "url", "sitemap"})
"""How many of these there are is news, not a field."""

MOST_RECORDS = 5000
MOST_NAMES = 400

Elements = dict[str, tuple[int, int]]
"""By name, how many records had the element, and how many there were."""


def name_of(tag: object) -> str:
    """An element's name, with the usual prefix of its namespace; "" for what is no element (a comment)."""
    if not isinstance(tag, str):
        return ""
    found = etree.QName(tag)
    space, local = found.namespace or "", re.sub(r"[^\w-]", "_", found.localname)[:60]
    if space.strip() in _OWN:
        return local
    known = EXTENSIONS.get(space.strip())
    if known:
        return f"{known}:{local}"
    host = re.sub(r"[^\w-]", "_", urlsplit(space).hostname or space)[:60]
    return f"{local}@{host}"


def elements(body: bytes) -> Elements:
    """The elements of every record in a document (UTF-8), as ``record.element``; what cannot be read counts no more.

    The document must have been looked at before: no entities, not nested without end.
    """
    has: Counter[str] = Counter()
    records: Counter[str] = Counter()
    for kind, names in _records(body):
        records[kind] += 1
        has.update(f"{kind}.{name}" for name in names)
        if sum(records.values()) >= MOST_RECORDS or len(has) >= MOST_NAMES:
            break
    return {name: (count, records[name.rpartition(".")[0]]) for name, count in has.items()}


def _records(body: bytes) -> Iterator[tuple[str, frozenset[str]]]:
    """Each record's kind with the names of its children. Read piece by piece: what is done with is let go."""
    open_ones: list[tuple[str, set[str]]] = []
    way: list[str] = []
    reading = etree.iterparse(
        BytesIO(body), events=("start", "end"), resolve_entities=False, no_network=True, recover=True, load_dtd=False
    )
    try:
        for event, node in reading:
            name = name_of(node.tag)
            if event == "start":
                if open_ones and way and open_ones[-1][0].rpartition(".")[2] == way[-1] and name not in ("", *_LISTED):
                    open_ones[-1][1].add(name)
                way.append(name)
                if name in _KINDS:
                    open_ones.append((_kind(name, open_ones), set()))
            else:
                way.pop()
                if name in _KINDS and open_ones:
                    kind, names = open_ones.pop()
                    yield kind, frozenset(names)
                node.clear()
    except etree.XMLSyntaxError:
        return


def _kind(name: str, outer: list[tuple[str, set[str]]]) -> str:
    """``item`` by itself, ``item.author`` where it stands in one; a channel's own author is no entry's."""
    if name in ("author", "contributor", "source") and outer:
        return f"{outer[-1][0]}.{name}"
    return name
