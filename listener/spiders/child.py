"""One crawl in a process of its own: ``python -m listener.spiders.child`` reads a job on stdin, writes JSON lines.

    {"capture": {…}}         each mention as it is found
    {"page": {…}}            each answer: url, status, bytes, sha256
    {"result": {…}}          last: outcome, detail, state, counts

Scrapy fetches, the platform reads. Standard output carries the protocol only; logs go to standard error.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response, TextResponse

from listener.model import Outcome, RawMention
from listener.spiders import guard
from listener.spiders.base import Fetch, Job, Page, Platform
from listener.spiders.decode import decode
from listener.spiders.outcomes import Happened, outcome, wall
from listener.spiders.registry import platforms
from listener.spiders.robots import Robots, robots_url

AGENT = "ListenerBot"
LARGEST_BODY = 5 * 1024 * 1024
CPU_SECONDS = 600
VIRTUAL_BYTES = 4 * 1024**3
"""Beyond this an allocation fails; the resident limit is watched by the parent."""


def settings(job: dict[str, Any]) -> dict[str, Any]:
    """The hardened Scrapy settings of one job."""
    agent = f"{AGENT}/0.1" + (f" (+{job['contact']})" if job.get("contact") else "")
    return {
        "USER_AGENT": agent,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "ROBOTSTXT_OBEY": False,  # ours is stricter: see robots.py
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "s3": None, "ftp": None},
        "DOWNLOAD_MAXSIZE": LARGEST_BODY,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": job.get("request_timeout", 30),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "RETRY_TIMES": 1,
        "RETRY_HTTP_CODES": [502, 504, 408],
        "REDIRECT_MAX_TIMES": 5,
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": bool(job.get("proxy")),
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": job.get("delay", 0.5),
        "AUTOTHROTTLE_MAX_DELAY": 30,
        "CONCURRENT_REQUESTS": 4,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2,
        "DOWNLOAD_DELAY": job.get("delay", 0.5),
        "DEPTH_LIMIT": 10_000,
        "HTTPERROR_ALLOW_ALL": True,
        "LOG_LEVEL": "ERROR",
        "DNS_TIMEOUT": 10,
        "DOWNLOADER_STATS": True,
    }


class Crawl(scrapy.Spider):
    """Fetches what a platform asks for, within the rules of robots.txt."""

    name = "crawl"

    def __init__(self, platform: Platform, robots: Robots, obey: bool, proxy: str, limit: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.platform, self.robots, self.obey, self.proxy, self.limit = platform, robots, obey, proxy, limit
        self.happened = Happened()
        self.seen: set[tuple[str, str]] = set()
        self.asked: set[str] = set()
        self.waiting: dict[str, list[Fetch]] = {}
        self.audit: list[str] = []
        self.bytes = self.requests = 0

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's entry."""
        for fetch in self.platform.start():
            for request in self.wanted(fetch):
                yield request

    def wanted(self, fetch: Fetch) -> Iterator[scrapy.Request]:
        """The request for ``fetch``, or for the robots.txt that has to be known first; nothing where it is denied."""
        if fetch.url in self.asked or len(self.asked) >= self.limit:
            return
        if self.obey and not self.robots.known(fetch.url):
            yield from self._ask_robots(fetch)
            return
        why = self.robots.why_not(fetch.url) if self.obey else ""
        if why:
            self.happened.denied.append(why)
            return
        self.asked.add(fetch.url)
        yield self._request(fetch.url, self.answer, fetch)

    def _ask_robots(self, fetch: Fetch) -> Iterator[scrapy.Request]:
        place = robots_url(fetch.url)
        first = place not in self.waiting
        self.waiting.setdefault(place, []).append(fetch)
        if first:
            yield self._request(place, self.robots_answer, Fetch(place, "robots"))

    def _request(self, url: str, callback: Any, fetch: Fetch) -> scrapy.Request:
        meta: dict[str, Any] = {"fetch": fetch}
        if self.proxy:
            meta["proxy"] = self.proxy
        return scrapy.Request(
            url, callback=callback, errback=self.failed, headers=dict(fetch.headers), meta=meta, dont_filter=True
        )

    def robots_answer(self, response: Response) -> Iterator[scrapy.Request]:
        """The rules came: what waited for them goes on."""
        place = response.meta["fetch"].url
        self.robots.answered(place, response.status, decode(response.body))
        for fetch in self.waiting.pop(place, []):
            yield from self.wanted(fetch)

    def answer(self, response: Response) -> Iterator[scrapy.Request]:
        """An answer came: count it, read it, follow what it asks for."""
        self.happened.statuses[response.status] += 1
        self.requests += 1
        self.bytes += len(response.body)
        send("page", url=response.url, status=response.status, bytes=len(response.body), sha256=digest(response.body))
        if response.status in self.platform.GONE and self.happened.read:
            del self.happened.statuses[response.status]
            self.audit.append(f"{response.url}: HTTP {response.status}")
            return
        if response.status == 200 or response.status == 304:
            yield from self.read(response)

    def read(self, response: Response) -> Iterator[scrapy.Request]:
        """Have the platform read a page; what it raises is a broken parser, never a dead crawl."""
        fetch: Fetch = response.meta["fetch"]
        page = as_page(response, fetch)
        try:
            parsed = self.platform.read(page)
        except Exception as error:
            self.happened.broken.append(f"解析出错：{type(error).__name__}: {str(error)[:120]}")
            logging.getLogger(__name__).exception("%s", response.url)
            return
        if parsed.broken:
            found = wall(page.text) if isinstance(response, TextResponse) else None
            self.happened.walls += [found] if found else []
            self.happened.broken.append(f"{parsed.broken}（{urlsplit(page.url).path}）")
        self.happened.read += not parsed.broken
        self.audit += parsed.audit
        self.emit(parsed.captures)
        for follow in parsed.fetches:
            yield from self.wanted(follow)

    def emit(self, captures: list[RawMention]) -> None:
        """Write captures out, each once a crawl."""
        for capture in captures:
            key = (capture.site, capture.native_id)
            if key not in self.seen:
                self.seen.add(key)
                self.happened.captures += 1
                send("capture", **asdict(capture))

    def failed(self, failure: Any) -> Iterator[scrapy.Request]:
        """No answer came. Without robots.txt nothing of that host is fetched."""
        fetch: Fetch = failure.request.meta["fetch"]
        kind = failure_kind(failure.value)
        if fetch.kind == "robots":
            self.robots.silent(fetch.url)
            self.happened.failures[kind] += 1
            self.waiting.pop(fetch.url, None)
            return
        self.happened.failures[kind] += 1
        yield from ()

    def closed(self, reason: str) -> None:
        """Scrapy's end: say how it went."""
        found, detail = outcome(self.happened)
        good = not found.bad
        state = self.platform.next_state() if good else dict(self.platform.job.state)
        send(
            "result",
            outcome=found.value,
            detail=detail,
            state={"platform": state, "robots": self.robots.state()},
            found=self.happened.captures,
            requests=self.requests,
            bytes=self.bytes,
            audit=self.audit[:50],
        )


def as_page(response: Response, fetch: Fetch) -> Page:
    """A Scrapy response as the platform sees it."""
    headers = {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
        for name, values in response.headers.items()
    }
    text = decode(response.body, headers.get("content-type", ""))
    return Page(
        url=response.url, status=response.status, body=response.body, text=text, kind=fetch.kind, headers=headers
    )


def failure_kind(error: BaseException) -> str:
    """A failure's kind, a key of ``outcomes.FAILURES``."""
    whole = " ".join((type(error).__name__, str(error), *(str(r) for r in getattr(error, "reasons", ()))))
    for kind, signs in FAILURE_SIGNS.items():
        if any(sign in whole for sign in signs):
            return kind
    return "lost"


FAILURE_SIGNS = {
    "forbidden": ("is not a public address", "Permission denied", "Errno 13"),
    "dns": ("DNSLookup", "CannotResolveHost"),
    "too_large": ("DownloadCancelled", "larger than", "MaxSize", "CancelledError", "Decompress"),
    "timeout": ("Timeout", "TimedOut"),
    "redirects": ("redirect", "Redirect"),
    "address": ("Unsupported", "NotSupported"),
    "tls": ("SSL", "Certificate", "certificate"),
    "refused": ("ConnectionRefused", "refused"),
}
"""Words in an exception's name or text by which its kind is known; the first hit counts."""


def digest(body: bytes) -> str:
    """SHA-256 of a body, hex: evidence of what was answered."""
    return hashlib.sha256(body).hexdigest()


def send(kind: str, **facts: Any) -> None:
    """One line of the protocol."""
    _protocol.write(json.dumps({kind: facts}, ensure_ascii=True, default=str) + "\n")
    _protocol.flush()


_protocol = sys.stdout


def _reserve_stdout() -> None:
    """Keep standard output for the protocol, whatever a library prints."""
    global _protocol
    _protocol = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)


def main() -> None:
    """Run the job that stands on standard input."""
    _reserve_stdout()
    given = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_AS, (VIRTUAL_BYTES, VIRTUAL_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    opened = [given["url"]] if given.get("allow_private_addresses") else []
    opened += [given["proxy"]] if given.get("proxy") else []
    guard.install(guard.opened(opened))
    job = Job(
        source=given["source"],
        platform=given["platform"],
        url=given["url"],
        parameters=given.get("parameters", {}),
        state=given.get("state", {}).get("platform", {}),
        now=datetime.fromisoformat(given["now"]),
        timezone=given["timezone"],
        max_pages=given["max_pages"],
    )
    platform = platforms()[job.platform](job)
    robots = Robots(AGENT, job.now, given.get("state", {}).get("robots", {}))
    process = CrawlerProcess(settings(given), install_root_handler=False)
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    process.crawl(
        Crawl,
        platform=platform,
        robots=robots,
        obey=given.get("obey_robots", True),
        proxy=given.get("proxy", ""),
        limit=given.get("max_requests", 5000),
    )
    process.start()


if __name__ == "__main__":
    main()

__all__ = ["Crawl", "Outcome", "main"]
