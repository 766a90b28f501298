"""RSS, Atom and JSON Feed, with conditional GET.

fastfeedparser reads first; feedparser, slower and kinder, where that raises, finds nothing or finds no author or text.
Neither resolves entities that we did not check for: a document with a DOCTYPE that declares entities is refused before
parsing (billion laughs, XXE).

A feed shows its newest entries only. Its further pages (RFC 5005: ``prev-archive``, else ``next``; WordPress:
``?paged=N``) are read by a backfill, and by a later crawl of which every entry is newer than what the last one saw:
then some that lie between have left the first page. An entry that is read again is asked for at its link: it is gone or
still there, what it says by now is not read.

Dates are taken as they stand in the document: fastfeedparser reads one without a zone as UTC (eight hours off for most
Chinese feeds), CST as American, and drops 「昨天 21:05」.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from html import escape
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

import fastfeedparser
import feedparser
from parsel import Selector

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform, Revisit
from listener.spiders.elements import elements
from listener.spiders.payload import shape
from listener.text.dates import read_date

_ENTITIES = re.compile(r"<!ENTITY", re.IGNORECASE)
_END = re.compile(r"</(?:rss|feed|rdf:RDF|RDF)\s*>", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*>")
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF|RDF)\b", re.IGNORECASE)


_WORDPRESS = re.compile(r"<generator>https?://wordpress\.org/", re.IGNORECASE)

OVERLAP = timedelta(hours=1)
"""Entries that appear late, dated this long before the newest one that was seen, are still found."""


class Feed(Platform):
    """One feed."""

    NAME: ClassVar[str] = "feed"
    SMALL: ClassVar[bool] = True

    class Parameters(base.Parameters):
        """A feed has no keys of its own."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._state: dict[str, Any] = dict(job.state)
        self._pages = 0
        self._ids: set[str] = set()

    def start(self) -> list[Fetch]:
        """The feed, asked only for what changed since."""
        headers = {}
        if self.job.state.get("etag"):
            headers["If-None-Match"] = str(self.job.state["etag"])
        if self.job.state.get("last_modified"):
            headers["If-Modified-Since"] = str(self.job.state["last_modified"])
        return [Fetch(self.job.url, "feed", headers)]

    def read(self, page: Page) -> Parsed:
        """The entries; none where nothing changed (304)."""
        if page.kind == "again":
            return Parsed(there=[str(page.context["id"])])
        if page.status == 304:
            return self._unchanged()
        parsed = Parsed()
        if _is_cut(page):
            parsed.broken = say("内容不完整，传输被截断", "the feed has no end: it was cut on its way")
        entries = _json_entries(page) if page.text.lstrip().startswith("{") else _xml_entries(page)
        if isinstance(entries, str):
            parsed.broken = entries
            return parsed
        if parsed.broken:
            entries = entries[:-1]  # the last one may be cut in its middle; it comes whole next time
        parsed.captures = [self._capture(entry, page) for entry in entries if entry["title"] or entry["content"]]
        if len(parsed.captures) < len(entries):
            empty = len(entries) - len(parsed.captures)
            parsed.audit.append(say(f"{empty} 条既没有标题也没有正文", f"{empty} entries without title and text"))
        if int(page.context.get("page", 1)) == 1:
            self._state |= {
                "etag": page.headers.get("etag", ""),
                "last_modified": page.headers.get("last-modified", ""),
            }
        parsed.fields = _fields(page)
        self._keep_newest(parsed)
        self._turn(page, parsed)
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The entry's own page: it is gone, or still there; what it says by now is not read."""
        if not wanted.url.startswith(("http://", "https://")):
            return None
        return Fetch(wanted.url, "again", context={"id": wanted.native_id})

    def next_state(self) -> dict[str, Any]:
        """The validators of the answer that was read, and when the newest entry was written."""
        return self._state

    def _keep_newest(self, parsed: Parsed) -> None:
        times = [capture.published_at for capture in parsed.captures if capture.published_at]
        newest = [
            *(moment.isoformat() for moment in times if moment <= self.job.now),
            str(self._state.get("newest", "")),
        ]
        known = [datetime.fromisoformat(text) for text in newest if text]
        if known:
            self._state["newest"] = max(known).isoformat()

    def _floor(self, page: Page) -> datetime | None:
        """How far back is read; it is that of the crawl that began to turn pages. None: the first page is enough."""
        written = page.context.get("floor") or self.job.state.get("newest")
        return self.job.since or (datetime.fromisoformat(str(written)) - OVERLAP if written else None)

    def _turn(self, page: Page, parsed: Parsed) -> None:
        """Go on to the next page where this one does not reach back far enough."""
        floor, number = self._floor(page), int(page.context.get("page", 1)) + 1
        times = [capture.published_at for capture in parsed.captures if capture.published_at]
        url = _following(page, number) if parsed.captures else ""
        fresh = {capture.native_id for capture in parsed.captures} - self._ids  # a site may answer any page with one
        self._ids |= fresh
        if floor is None or not fresh or not times or min(times) < floor or not url or url == page.url:
            return
        context = {"page": number, "floor": "" if self.job.since else str(self.job.state.get("newest", ""))}
        fetch = Fetch(url, "page", context=context)
        self._pages += 1
        if self.job.since or self._pages < self.job.max_pages:
            parsed.fetches.append(fetch)
            return
        most = self.job.max_pages
        parsed.later.append(fetch)
        parsed.capped = say(
            f"达到页数上限 {most}，其余留到下次", f"the cap of {most} pages is hit; the rest comes next time"
        )

    def _unchanged(self) -> Parsed:
        """Nothing, where we asked for what changed; a 304 that nobody asked for says nothing about the feed."""
        if self.job.state.get("etag") or self.job.state.get("last_modified"):
            return Parsed()
        return Parsed(broken=say("没有条件请求，却回答 304", "answered 304 to a request without a condition"))

    def _capture(self, entry: Mapping[str, Any], page: Page) -> RawMention:
        link = _absolute(page.url, str(entry.get("link") or ""))
        raw_date = str(entry.get("published") or "")
        title, content = str(entry.get("title") or ""), str(entry.get("content") or "")
        return RawMention(
            source=self.job.source,
            platform=self.NAME,
            site=urlsplit(self.job.url).netloc,
            native_id=str(entry.get("id") or "") or link or _hash(title, raw_date, content),
            url=link if link.startswith(("http://", "https://")) else "",
            captured_at=self.job.now,
            title=title,
            content=content,
            content_type="text/html",
            author_name=str(entry.get("author") or ""),
            published_at=self._date(raw_date),
            published_raw=raw_date,
        )

    def _date(self, text: str) -> datetime | None:
        return read_date(text, self.job.now, self.job.zone) if text else None


def _fields(page: Page) -> dict[str, tuple[int, int]]:
    """What the entries and the feed have: one that this source never had before is reported."""
    if not page.text.lstrip().startswith("{"):
        return elements(_as_utf8(page))
    try:
        return shape("feed", json.loads(page.text))
    except (ValueError, RecursionError):
        return {}


def _following(page: Page, number: int) -> str:
    """The next older page: as the feed links it (RFC 5005), else by WordPress' numbering; "" where there is none."""
    if page.text.lstrip().startswith("{"):
        with suppress(ValueError, RecursionError):
            return _absolute(page.url, _words(json.loads(page.text), "next_url"))
        return ""
    document = Selector(body=_as_utf8(page), type="xml")
    for relation in ("prev-archive", "next"):
        link = document.xpath(
            "/*/*[local-name()='link'][@rel=$rel]/@href | /*/*/*[local-name()='link'][@rel=$rel]/@href", rel=relation
        )
        if link:
            return _absolute(page.url, link[0].get())
    if not _WORDPRESS.search(page.text[:5000]):
        return ""
    parts = urlsplit(page.url)
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "paged"]
    return urlunsplit(parts._replace(query=urlencode([*query, ("paged", str(number))])))


def _absolute(base: str, stated: str) -> str:
    """The whole address, "" where none is stated or it is none: one bad link must not cost the other entries."""
    with suppress(ValueError):
        return urljoin(base, stated) if stated else ""
    return ""


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _json_entries(page: Page) -> list[dict[str, Any]] | str:
    """JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    try:
        found = json.loads(page.text)
    except (ValueError, RecursionError):
        return say("不是有效的 JSON", "not valid JSON")
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        return say("不是 JSON Feed：没有 items", "not a JSON Feed: no items")
    whole = _json_authors(found)
    return [_json_entry(one, whole) for one in found["items"] if isinstance(one, dict)]


def _json_authors(one: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """``authors`` of 1.1, or ``author`` of 1.0."""
    authors = one.get("authors")
    wanted = authors if isinstance(authors, list) and authors else [one.get("author")]
    return [author for author in wanted if isinstance(author, dict)]


def _json_author(one: Mapping[str, Any], whole: list[Mapping[str, Any]]) -> str:
    """The name of an item's author; an item without one takes the feed's, and a bare address the name it has there."""
    own = _json_authors(one)
    url = _words(own[0], "url") if own else ""
    same = [author for author in whole if not own or (url and author.get("url") == url)]
    return next((name for author in (*own[:1], *same) if (name := _words(author, "name"))), "")


def _json_entry(one: Mapping[str, Any], whole: list[Mapping[str, Any]]) -> dict[str, Any]:
    content = _words(one, "content_html")
    return {
        "id": one.get("id") if isinstance(one.get("id"), str | int | float) else "",
        "link": _words(one, "url", "external_url"),
        "title": _words(one, "title"),
        "content": content or escape(_words(one, "content_text", "summary"), quote=False),
        "author": _json_author(one, whole),
        "published": _words(one, "date_published", "date_modified"),
    }


def _words(one: Mapping[str, Any], *keys: str) -> str:
    """The first of the keys that holds text; what is no text is none."""
    return next((value for key in keys if isinstance(value := one.get(key), str) and value), "")


def _is_cut(page: Page) -> bool:
    """True where an XML feed lacks its end; what plugins append after it (comments) is allowed."""
    return bool(_FEED.search(page.text[:5000])) and not _END.search(page.text[-5000:])


def _as_utf8(page: Page) -> bytes:
    """The page as it was decoded, without its XML declaration: some declare UTF-8 and are GBK.

    What we looked for entities in is so exactly what the parsers see, and no declared encoding can hide one.
    """
    return _DECLARATION.sub("", page.text, count=1).encode("utf-8", "replace")


_NO_MARKUP = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->", re.DOTALL)
_TAG = re.compile(r"<(/?)([A-Za-z][\w:.-]*)[^<>]*?(/?)>")
_NEVER_CLOSED = frozenset({"br", "img", "hr", "p", "li", "input", "meta", "link", "td", "tr"})
DEEPEST = 2000
"""Tags open at once; a parser builds a tree of them, at some kilobytes each."""


def too_deep(text: str) -> bool:
    """True for a document that only wants to fill the memory: tags in tags in tags. Never closed HTML is let be."""
    depth = 0
    for found in _TAG.finditer(_NO_MARKUP.sub("", text)):
        closing, name, empty = found.groups()
        if not empty and name.lower() not in _NEVER_CLOSED:
            depth = max(0, depth - 1) if closing else depth + 1
            if depth > DEEPEST:
                return True
    return False


def _xml_entries(page: Page) -> list[dict[str, Any]] | str:
    if _ENTITIES.search(page.text):
        return say("文档声明了实体，拒绝解析", "the document declares entities and is not parsed")
    if not _FEED.search(page.text[:5000]):
        return say("不是 RSS、Atom 或 JSON Feed", "neither RSS, Atom nor JSON Feed")
    if too_deep(page.text):
        return say("标签嵌套过深，拒绝解析", "the tags are nested too deeply; it is not parsed")
    body = _as_utf8(page)
    entries: list[dict[str, Any]] = []
    with suppress(Exception):  # whatever it raises, the kinder parser has the word
        entries = _with_dates([_entry(one) for one in fastfeedparser.parse(body).entries], body)
    if entries and all(entry["author"] for entry in entries) and any(entry["content"] for entry in entries):
        return entries
    kind = feedparser.parse(body, sanitize_html=False, resolve_relative_uris=False)
    kinder = [_entry(one) for one in kind.entries]
    if len(kinder) >= len(entries):
        entries = kinder
    if not entries and kind.bozo:
        return say("内容不完整，无法解析", "the feed is damaged and cannot be read")
    return entries


def _entry(one: Any) -> dict[str, Any]:
    content = one.get("content") or []
    text = content[0].get("value") if content and isinstance(content[0], dict) else ""
    return {
        "id": one.get("id"),
        "link": one.get("link"),
        "title": one.get("title"),
        "content": text or one.get("description") or one.get("summary"),
        "author": one.get("author"),
        "published": one.get("published") or one.get("updated"),
    }


def _with_dates(entries: list[dict[str, Any]], body: bytes) -> list[dict[str, Any]]:
    """The entries with their dates as written; none where they cannot be told apart, and feedparser has the word."""
    nodes = Selector(body=body, type="xml").xpath("//*[local-name()='item' or local-name()='entry']")
    if len(nodes) != len(entries):
        return []
    return [{**entry, "published": _written_date(node)} for entry, node in zip(entries, nodes, strict=True)]


def _written_date(node: Selector) -> str:
    """The first of the kinds of dates that RSS, RDF and Atom know, the day of publishing before that of an edit."""
    for name in ("pubDate", "published", "date", "issued", "created", "updated", "modified"):
        text = node.xpath("string(./*[local-name()=$name])", name=name).get("").strip()
        if text:
            return text
    return ""
