"""Sitemaps (https://www.sitemaps.org/protocol.html): indexes, lists of addresses, news, gzip, plain text. Pure."""

from __future__ import annotations

import io
import re
import zlib
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from listener.language import say
from listener.spiders.base import Page
from listener.spiders.decode import decode
from listener.spiders.elements import Elements, elements

MOST_BYTES = 30_000_000
"""Of an unpacked sitemap: the protocol allows 50 MB, but a crawl has 300 MB for everything."""

MOST_ENTRIES = 50_000
"""The protocol's own limit."""

_ENTITIES = re.compile(r"<!ENTITY", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_FIELDS = {"loc": "loc", "lastmod": "lastmod", "publication_date": "published", "title": "title"}


@dataclass(slots=True)
class Place:
    """One address. ``lastmod`` and ``published`` as written; the latter and ``title`` stand in news sitemaps only."""

    loc: str = ""
    lastmod: str = ""
    published: str = ""
    title: str = ""


@dataclass(slots=True)
class Sitemap:
    """``maps`` are further sitemaps, ``places`` pages; ``broken`` says why it could not be read, or not whole.

    ``fields`` are the elements that its addresses have (``elements``).
    """

    maps: list[Place] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    broken: str = ""
    fields: Elements = field(default_factory=dict)


def read_sitemap(page: Page) -> Sitemap:
    """What a sitemap lists. What came of one that was cut is kept, and it is broken."""
    text = page.text
    if page.body[:2] == b"\x1f\x8b":
        body = _unpacked(page.body)
        if body is None:
            return Sitemap(broken=say("gzip 内容损坏或过大", "damaged gzip, or far too large"))
        text = decode(body)
    if "<" not in text[:1000]:
        return _plain(text)
    if _ENTITIES.search(text):
        return Sitemap(broken=say("文档声明了实体，拒绝解析", "the document declares entities and is not parsed"))
    return _xml(text)


def robots_sitemaps(text: str) -> list[str]:
    """The sitemaps that a robots.txt names."""
    return re.findall(r"^\s*sitemap\s*:\s*(\S+)", text, re.IGNORECASE | re.MULTILINE)


def _unpacked(body: bytes) -> bytes | None:
    """Gzip undone, at most ``MOST_BYTES``; one that is larger, damaged or cut is None."""
    unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = unpack.decompress(body, MOST_BYTES)
    except zlib.error:
        return None
    return text if unpack.eof else None


def _plain(text: str) -> Sitemap:
    """One address a line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    places = [Place(loc=line) for line in lines if line.startswith(("http://", "https://"))][:MOST_ENTRIES]
    broken = "" if places or not lines else say("不是站点地图", "not a sitemap")
    return Sitemap(places=places, broken=broken)


def _xml(text: str) -> Sitemap:
    """Read piece by piece: 50,000 addresses make no tree."""
    found, place, root = Sitemap(), Place(), ""
    body = _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    source = io.BytesIO(body)
    reading = etree.iterparse(
        source, events=("start", "end"), resolve_entities=False, no_network=True, recover=True, load_dtd=False
    )
    try:
        for event, node in reading:
            name = etree.QName(node).localname if isinstance(node.tag, str) else ""
            root = root or name
            if event == "start" or root not in ("urlset", "sitemapindex"):
                continue
            if name in _FIELDS and not getattr(place, _FIELDS[name]):
                setattr(place, _FIELDS[name], " ".join((node.text or "").split()))
            elif name in ("url", "sitemap"):
                if place.loc and len(found.places) + len(found.maps) < MOST_ENTRIES:
                    (found.places if name == "url" else found.maps).append(place)
                place = Place()
                node.clear()
    except etree.XMLSyntaxError:
        found.broken = say("内容损坏", "damaged")
    if root not in ("urlset", "sitemapindex"):
        found.broken = say("不是站点地图", "not a sitemap")
    elif not re.search(rf"</(?:\w+:)?{root}\s*>\s*(?:<!--.*)?$|<{root}[^<]*/>", text[-5000:], re.DOTALL):
        found.broken = say("内容不完整，传输被截断", "it has no end: it was cut on its way")
    else:
        found.fields = elements(body)
    return found
