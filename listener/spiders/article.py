"""Articles of a news site or a blog, found by its sitemap and read by trafilatura.

    robots.txt ─▶ sitemap index ─▶ sitemap ─▶ article        (``url`` is any of the first three)

An article is read once, and again where its ``lastmod`` changes. A first crawl takes those of the last days, and of
those without a date the first ones; a later one whatever is new. Of an index the maps that did not change since the
last crawl are passed over. The time of an article is the page's own, else the news sitemap's, never ``lastmod``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urldefrag, urljoin, urlsplit

from pydantic import Field, field_validator

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform, Revisit
from listener.spiders.payload import moment
from listener.spiders.selecting import compiled
from listener.spiders.sitemaps import Place, Sitemap, read_sitemap, robots_sitemaps
from listener.text.dates import read_date

OVERLAP = timedelta(hours=2)
COARSE = timedelta(days=1)
"""Many sitemaps tell the day only."""

KEPT = 20_000
"""Articles that are remembered as read."""

SHORTEST = 30
"""Characters of an article; what is shorter is a list of links or a heading."""

DEEPEST = 3
MOST_EMPTY = 3
"""Pages without an article after which a crawl that found none is one whose pages were redesigned."""


class ArticleSource(Platform):
    """One sitemap with what it leads to."""

    NAME: ClassVar[str] = "article"

    class Parameters(base.Parameters):
        """``match`` and ``exclude``: patterns (RE2) of addresses; ``most``: articles a crawl; ``first_days``: how far
        the first crawl goes back; ``hosts``: further hosts that the sitemap may lead to."""

        match: str = ""
        exclude: str = ""
        most: int = Field(default=200, ge=1, le=5000)
        first_days: int = Field(default=7, ge=1, le=3650)
        hosts: tuple[str, ...] = ()

        @field_validator("match", "exclude")
        @classmethod
        def _compiles(cls, given: str) -> str:
            compiled(given)
            return given

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        since = moment(job.state.get("since"))
        self._first = not since and not job.since
        first = job.now - timedelta(days=self.parameters.first_days)
        self._floor = job.since or (since - OVERLAP if since else first)
        self._read: dict[str, str] = dict(job.state.get("read") or {})
        self._listed: set[str] = set()
        self._maps = self._taken = self._empty = self._good = 0

    def start(self) -> list[Fetch]:
        """The sitemap, or the robots.txt that names it."""
        kind = "robots" if urlsplit(self.job.url).path == "/robots.txt" else "sitemap"
        return [Fetch(self.job.url, kind, context={"depth": 0})]

    def read(self, page: Page) -> Parsed:
        """A robots.txt, a sitemap or an article."""
        if page.kind == "article":
            return self._article(page)
        if page.kind == "robots":
            names = robots_sitemaps(page.text)
            broken = "" if names else say("robots.txt 中没有 Sitemap", "robots.txt names no sitemap")
            return Parsed(broken=broken, fetches=self._further([Place(loc=name) for name in names], page, Parsed()))
        found, parsed = read_sitemap(page), Parsed()
        parsed.broken, parsed.fields = found.broken, found.fields
        parsed.fetches = self._further(found.maps, page, parsed) + self._articles(found, page, parsed)
        if not found.maps and not found.places and not found.broken:
            parsed.audit.append(f"{page.url}: {say('站点地图是空的', 'an empty sitemap')}")
        return parsed

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """The article."""
        return Fetch(wanted.native_id, "article", context={"loc": wanted.native_id})

    def next_state(self) -> dict[str, Any]:
        """When this crawl began, and what was read, by a hash of its address, with its ``lastmod``."""
        return {"since": self.job.now.isoformat(), "read": dict(list(self._read.items())[-KEPT:])}

    def _further(self, maps: list[Place], page: Page, parsed: Parsed) -> list[Fetch]:
        """The maps of an index that changed, newest first."""
        depth = int(page.context["depth"]) + 1
        dated = [(self._date(place.lastmod), place) for place in maps]
        wanted = [(at, place) for at, place in dated if at is None or at + COARSE >= self._floor]
        wanted.sort(key=lambda pair: pair[0] or self.job.now, reverse=True)
        urls = [self._ours(place.loc, page, parsed) for _, place in wanted if depth <= DEEPEST]
        room = len(urls) if self.job.since else max(0, self.job.max_pages - self._maps)
        taken = [url for url in urls if url]
        if len(taken) > room:
            parsed.capped = say(f"达到页数上限 {self.job.max_pages}", f"the cap of {self.job.max_pages} pages is hit")
            parsed.audit.append(parsed.capped)
        self._maps += len(taken[:room])
        return [Fetch(url, "sitemap", context={"depth": depth}) for url in taken[:room]]

    def _articles(self, found: Sitemap, page: Page, parsed: Parsed) -> list[Fetch]:
        """The articles to read, newest first; beyond ``most`` later, or never where this is the first crawl."""
        fresh = sorted(self._fresh(found.places, page, parsed), key=lambda pair: pair[0], reverse=True)
        fetches = [
            Fetch(
                place.loc,
                "article",
                context={"loc": place.loc, "lastmod": place.lastmod, "written": place.published, "title": place.title},
            )
            for _, place in fresh
        ]
        for fetch in fetches:  # what fails or waits is left for the next crawl by itself
            self._read.pop(_key(fetch.url), None)
            self._read[_key(fetch.url)] = str(fetch.context["lastmod"])
        room = len(fetches) if self.job.since else max(0, self.parameters.most - self._taken)
        over = fetches[room:]
        self._taken += len(fetches[:room])
        if over:
            count, most = len(over), self.parameters.most
            rest = say("不再读取", "are not read") if self._first else say("留到下次", "are left for the next crawl")
            parsed.capped = say(
                f"一次最多 {most} 篇，另有 {count} 篇{rest}", f"{most} articles a crawl; {count} more {rest}"
            )
            parsed.audit.append(parsed.capped)
            parsed.later += [] if self._first else over
        return fetches[:room]

    def _fresh(self, places: list[Place], page: Page, parsed: Parsed) -> Iterable[tuple[datetime, Place]]:
        """Those that were not read, or changed since; with their time, the earliest possible where none is told."""
        match, exclude = compiled(self.parameters.match), compiled(self.parameters.exclude)
        for place in places:
            url = self._ours(place.loc, page, parsed)
            if not url or url in self._listed or not match.search(url):
                continue
            if self.parameters.exclude and exclude.search(url):
                continue
            self._listed.add(url)
            place.loc = url
            at = self._date(place.lastmod) or self._date(place.published)
            known = self._read.get(_key(url))
            changed = known is not None and bool(place.lastmod) and known != place.lastmod
            unread = known is None and (at is None or at + COARSE >= self._floor)
            if unread or changed or (self.job.since and at and at >= self.job.since):
                yield at or self._floor, place

    def _article(self, page: Page) -> Parsed:
        """The article; pages that hold none are passed over, unless all do."""
        from listener.text.articles import read_article  # takes long to load, and only a crawl needs it

        loc = str(page.context["loc"])
        article = read_article(page.text, page.url)
        if len(article.text) < SHORTEST:
            self._empty += 1
            said = f"{page.url}: {say('页面上没有文章', 'no article on the page')}"
            return Parsed(audit=[said], broken="" if self._good or self._empty < MOST_EMPTY else said)
        self._good += 1
        written = article.written or str(page.context.get("written") or "")
        title = article.title or str(page.context.get("title") or "")
        parsed = Parsed(captures=[self._capture(loc, title, article.author, article.text, written)])
        if not parsed.captures[0].published_at:
            parsed.audit.append(f"{page.url}: {say('没有读到发布时间', 'no time of publishing')}")
        return parsed

    def _capture(self, loc: str, title: str, author: str, text: str, written: str) -> RawMention:
        return RawMention(
            source=self.job.source,
            platform=self.NAME,
            site=urlsplit(self.job.url).netloc,
            native_id=loc,
            url=loc,
            captured_at=self.job.now,
            title=title,
            content=text,
            author_name=author,
            published_at=self._date(written),
            published_raw=written,
        )

    def _date(self, text: str) -> datetime | None:
        return read_date(text, self.job.now, self.job.zone) if text else None

    def _ours(self, loc: str, page: Page, parsed: Parsed) -> str:
        """The address where it is one of this site, "" otherwise; a sitemap may name its host without www."""
        url = urldefrag(urljoin(page.url, loc)).url
        parts = urlsplit(url)
        own = {urlsplit(self.job.url).netloc, urlsplit(page.url).netloc, *self.parameters.hosts}
        if parts.scheme in ("http", "https") and parts.netloc.removeprefix("www.") in {
            h.removeprefix("www.") for h in own
        }:
            return url
        if not any("hosts" in line for line in parsed.audit):
            said = say(f"{url} 属于其他主机，未跟随（见 hosts）", f"{url} is on another host, not followed (see hosts)")
            parsed.audit.append(said)
        return ""


def _key(url: str) -> str:
    return hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:16]
