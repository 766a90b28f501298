"""RSS, Atom and JSON Feed, with conditional GET.

fastfeedparser reads first; feedparser, slower and kinder, where that raises, finds nothing or finds no author. Neither
resolves entities that we did not check for: a document with a DOCTYPE that declares entities is refused before parsing
(billion laughs, XXE).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urljoin, urlsplit

import fastfeedparser
import feedparser

from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform
from listener.text.dates import read_date

_ENTITIES = re.compile(rb"<!ENTITY", re.IGNORECASE)
_END = re.compile(r"</(?:rss|feed|rdf:RDF|RDF)\s*>", re.IGNORECASE)
_DECLARED = re.compile(r"(^\s*<\?xml[^>]*encoding=[\"'])[^\"']+([\"'])")
_FEED = re.compile(r"<(?:rss|feed|rdf:RDF|RDF)\b", re.IGNORECASE)


class Feed(Platform):
    """One feed."""

    NAME: ClassVar[str] = "feed"

    class Parameters(base.Parameters):
        """A feed has no keys of its own."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._state: dict[str, Any] = dict(job.state)

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
        if page.status == 304:
            return Parsed()
        parsed = Parsed()
        if _is_cut(page):
            parsed.broken = "内容不完整，传输被截断"
        entries = _json_entries(page) if page.text.lstrip().startswith("{") else _xml_entries(page)
        if isinstance(entries, str):
            parsed.broken = entries
            return parsed
        if parsed.broken:
            entries = entries[:-1]  # the last one may be cut in its middle; it comes whole next time
        parsed.captures = [self._capture(entry, page) for entry in entries]
        self._state = {"etag": page.headers.get("etag", ""), "last_modified": page.headers.get("last-modified", "")}
        return parsed

    def next_state(self) -> dict[str, Any]:
        """The validators of the answer that was read."""
        return self._state

    def _capture(self, entry: Mapping[str, Any], page: Page) -> RawMention:
        link = urljoin(page.url, str(entry.get("link") or ""))
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


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:32]


def _json_entries(page: Page) -> list[dict[str, Any]] | str:
    """JSON Feed (https://www.jsonfeed.org/version/1.1/)."""
    try:
        found = json.loads(page.text)
    except (ValueError, RecursionError):
        return "不是有效的 JSON"
    if not isinstance(found, dict) or not isinstance(found.get("items"), list):
        return "不是 JSON Feed：没有 items"
    return [_json_entry(one) for one in found["items"] if isinstance(one, dict)]


def _json_entry(one: Mapping[str, Any]) -> dict[str, Any]:
    authors = one.get("authors")
    author = one.get("author") or (authors[0] if isinstance(authors, list) and authors else {})
    return {
        "id": one.get("id"),
        "link": one.get("url") or one.get("external_url"),
        "title": one.get("title"),
        "content": one.get("content_html") or one.get("content_text") or one.get("summary"),
        "author": author.get("name") if isinstance(author, dict) else "",
        "published": one.get("date_published") or one.get("date_modified"),
    }


def _is_cut(page: Page) -> bool:
    """True where an XML feed lacks its end; what plugins append after it (comments) is allowed."""
    return bool(_FEED.search(page.text[:5000])) and not _END.search(page.text[-5000:])


def _as_utf8(page: Page) -> bytes:
    """The page as it was decoded, whatever encoding it declares: some declare UTF-8 and are GBK."""
    return _DECLARED.sub(r"\1utf-8\2", page.text, count=1).encode("utf-8", "replace")


def _xml_entries(page: Page) -> list[dict[str, Any]] | str:
    if _ENTITIES.search(page.body):
        return "文档声明了实体，拒绝解析"
    if not _FEED.search(page.text[:5000]):
        return "不是 RSS、Atom 或 JSON Feed"
    entries: list[dict[str, Any]] = []
    with suppress(Exception):  # whatever it raises, the kinder parser has the word
        entries = [_fast_entry(one) for one in fastfeedparser.parse(_as_utf8(page)).entries]
    if entries and all(entry["author"] for entry in entries):
        return entries
    kind = feedparser.parse(_as_utf8(page), sanitize_html=False, resolve_relative_uris=False)
    kinder = [_kind_entry(one) for one in kind.entries]
    if len(kinder) >= len(entries):
        entries = kinder
    return "内容不完整，无法解析" if not entries and kind.bozo else entries


def _fast_entry(one: Any) -> dict[str, Any]:
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


def _kind_entry(one: Any) -> dict[str, Any]:
    content = one.get("content") or []
    return {
        "id": one.get("id"),
        "link": one.get("link"),
        "title": one.get("title"),
        "content": (content[0].get("value") if content else "") or one.get("summary"),
        "author": one.get("author"),
        "published": one.get("published") or one.get("updated"),
    }
