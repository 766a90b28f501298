"""The one Scrapy spider: it fetches what a platform asks for, within the rules, and never reads a page itself.

    platform.start() ┐                      ┌─ robots.txt, address ─▶ asked ─▶ answer ─▶ platform.read()
    left last time   ┘─▶ wanted (each once) ┤                                     │
                                            └─ not allowed, no time: left         └─▶ captures out, fetches wanted

What a crawl does not get to (no time left, too many pages, a host in trouble) is left for the next one, so that a big
first crawl comes to its end over several, and a page that failed is asked for again. Redirects are followed here and
not by Scrapy, because robots.txt has a word on each of them.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import scrapy
from scrapy.http import Response, TextResponse

from listener.language import say
from listener.model import Outcome
from listener.spiders import guard
from listener.spiders.asked import REVISITS_RANK, Asked, Chain
from listener.spiders.base import Fetch, Page, Parsed, Platform
from listener.spiders.decode import decode
from listener.spiders.failures import failure_kind
from listener.spiders.hosts import WAITS, Hosts, retry_after
from listener.spiders.left import Left
from listener.spiders.outcomes import BLOCKED, CEASE, LOGIN, Happened, outcome, wall, wall_at
from listener.spiders.pace import Later, ToldToWait
from listener.spiders.pages import again, as_page, target_of
from listener.spiders.robots import Robots, robots_url
from listener.spiders.rules import Backfill, Rules
from listener.spiders.takings import Send, Takings

MOST_REDIRECTS = 5
MOST_REFUSALS = 3
"""Refused answers after which the crawl stops asking."""


class Crawl(scrapy.Spider):
    """One crawl of one source."""

    name = "crawl"

    def __init__(
        self,
        platform: Platform,
        robots: Robots,
        rules: Rules,
        left: Left,
        send: Send,
        hosts: Hosts,
        backfill: Backfill | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.backfill = backfill
        self.platform, self.robots, self.rules, self.left, self.send = platform, robots, rules, left, send
        self.hosts, self.happened, self.asked = hosts, Happened(), Asked()
        self.takings = Takings(send, self.happened, hosts.clock, rules.keep_payloads)
        self.bytes = self.requests = self.refusals = 0
        self.began = time.monotonic()
        self.halted = self.start_failed = False

    async def start(self) -> AsyncIterator[Any]:
        """Scrapy's entry: the platform's beginning, then what the last crawl left, then what is to be read again."""
        resumed = self.backfill is not None and bool(self.backfill.begun)
        beginning = [] if resumed else self.platform.start()
        self.asked.starts = {fetch.url for fetch in beginning} | set(self.backfill.begun if self.backfill else ())
        for place, fetch in enumerate((*beginning, *self.left.begin())):
            self.asked.ranks[fetch.url] = -place if self.backfill else 0
            for request in self.wanted(fetch):
                yield request
        for fetch in again(self.platform):
            self.asked.ranks[fetch.url] = REVISITS_RANK
            for request in self.wanted(fetch):
                yield request

    def is_over(self) -> bool:
        """True when nothing more is to be asked for."""
        return self.halted or time.monotonic() - self.began > self.rules.seconds

    def seconds_until(self, request: scrapy.Request) -> float:
        """Seconds that ``request`` has to wait for its host; ``Later`` or ``ToldToWait`` where it is not made now."""
        until = self.hosts.waits_until(request.url)
        if until:
            raise ToldToWait(until.isoformat())
        gap = max(self.rules.delay, self.robots.delay(request.url) if self.rules.obey_robots else 0.0)
        wait = self.hosts.reserve(request.url, gap, self.rules.seconds - (time.monotonic() - self.began))
        if wait is None:
            raise Later("left for the next crawl")
        return wait

    # asking

    def wanted(self, fetch: Fetch, chain: Chain = ()) -> Iterator[scrapy.Request]:
        """The request for ``fetch`` (the end of ``chain`` where it was redirected), or first one for its robots.txt."""
        chain = chain or (fetch.url,)
        url = chain[-1]
        asked, key = (self.asked.again, f"{url} {fetch.again}") if fetch.again else (self.asked.urls, url)
        if key in asked:
            return
        if self.is_over() or (len(self.asked.urls) >= self.rules.requests and not fetch.again):
            self._later(fetch)
            return
        trouble = guard.screen(url, self.rules.allowed, proxied=bool(self.rules.proxy), schemes=self.platform.SCHEMES)
        if trouble:
            self._trouble(fetch, trouble)
        elif self.rules.obey_robots and not self.robots.known(url):
            yield from self._ask_robots(fetch, chain)
        elif self._is_allowed(fetch, url):
            asked.add(key)
            yield self._request(chain, self.answer, fetch)

    def _is_allowed(self, fetch: Fetch, url: str) -> bool:
        why = self.robots.why_not(url) if self.rules.obey_robots else ""
        if why and self._is_start(fetch):
            self.happened.denied.append(why)
            self.start_failed = True
            if self.backfill:
                self.left.keep(fetch)
        elif why:
            self.happened.skipped += [] if fetch.again else [why]
            self.takings.note(f"{why}: {url}")
        return not why

    def _ask_robots(self, fetch: Fetch, chain: Chain) -> Iterator[scrapy.Request]:
        place = robots_url(chain[-1])
        first = place not in self.asked.waiting
        self.asked.waiting.setdefault(place, []).append((fetch, chain))
        if first:
            yield self._request((place,), self.robots_answer, Fetch(place, "robots"))

    def _request(self, chain: Chain, callback: Any, fetch: Fetch) -> scrapy.Request:
        meta: dict[str, Any] = {"fetch": fetch, "chain": chain}
        if self.rules.proxy:
            meta["proxy"] = self.rules.proxy
        headers = {**fetch.headers, **self._secret_headers(fetch, chain[-1])}
        return scrapy.Request(
            chain[-1],
            callback=callback,
            errback=self.failed,
            headers=headers,
            meta=meta,
            dont_filter=True,
            priority=self.asked.ranks.get(fetch.url, 0),
        )

    def _secret_headers(self, fetch: Fetch, url: str) -> Mapping[str, str]:
        """What holds the operator's secret, where the address is the source's own; a redirect elsewhere gets none."""
        job = self.platform.job
        own, asked = urlsplit(job.url), urlsplit(url)
        same = (own.scheme, own.netloc) == (asked.scheme, asked.netloc)
        return self.platform.headers(fetch) if job.secret and same and fetch.kind != "robots" else {}

    def _is_start(self, fetch: Fetch) -> bool:
        return fetch.url in self.asked.starts

    # answers

    def robots_answer(self, response: Response) -> Iterator[scrapy.Request]:
        """The rules came: what waited for them goes on. More than five redirects count as no rules (RFC 9309)."""
        fetch, chain, target = response.meta["fetch"], response.meta["chain"], target_of(response)
        self._heed(response)
        trouble = guard.screen(target, self.rules.allowed, proxied=bool(self.rules.proxy)) if target else ""
        if target and len(chain) <= MOST_REDIRECTS and not trouble:
            yield self._request((*chain, target), self.robots_answer, fetch)
            return
        self.robots.answered(fetch.url, 404 if target else response.status, decode(response.body))
        for waiting, way in self.asked.waiting.pop(fetch.url, []):
            yield from self.wanted(waiting, way)

    def answer(self, response: Response) -> Iterator[scrapy.Request]:
        """An answer came: count it, read it, follow what it asks for."""
        fetch, body = response.meta["fetch"], response.body
        self.requests += 1
        self.bytes += len(body)
        digest = hashlib.sha256(body).hexdigest()
        self.send("page", url=response.url, status=response.status, bytes=len(body), sha256=digest)
        self._heed(response)
        target = target_of(response)
        if target:
            yield from self._follow(fetch, (*response.meta["chain"], target))
        elif response.status in self.platform.GONE and not self._is_start(fetch):
            self.takings.note(f"{response.url}: HTTP {response.status}")
            self.takings.is_gone(fetch.again)
        elif response.status in self.platform.READABLE:
            self.happened.statuses[304 if response.status == 304 else 200] += 1
            yield from self.read(response)
        else:
            self._refused(fetch, response.status)

    def _heed(self, response: Response) -> None:
        """Where a host asks to be left alone for a while, all crawls of this machine do so."""
        said = response.headers.get("Retry-After") if response.status in WAITS else None
        until = retry_after(said.decode("latin-1"), self.hosts.clock()) if said else None
        if until:
            self.hosts.told_to_wait(response.url, until)
            self.takings.note(
                say(f"{response.url}：网站要求等到 {until}", f"{response.url}: told to wait until {until}")
            )

    def _follow(self, fetch: Fetch, chain: Chain) -> Iterator[scrapy.Request]:
        elsewhere = urlsplit(chain[-1]).netloc != urlsplit(chain[0]).netloc
        found = wall_at(chain[-1]) if elsewhere else None
        if found and not fetch.again:  # a login or a captcha on another host: that page would only say so again
            self.happened.walls.append(found)
            self._failed(fetch)
        elif found:
            self._missed(fetch, chain[-1])
        elif len(chain) > MOST_REDIRECTS + 1 or chain[-1] in chain[:-1]:
            self._trouble(fetch, "redirects")
        else:
            yield from self.wanted(fetch, chain)

    def _refused(self, fetch: Fetch, status: int) -> None:
        if fetch.again and status not in BLOCKED | LOGIN:
            self._missed(fetch, f"HTTP {status}")
            return
        self.happened.statuses[status] += 1
        self._failed(fetch)
        self.refusals += status in BLOCKED | LOGIN
        self.halted = self.halted or status in CEASE or self.refusals >= MOST_REFUSALS

    def read(self, response: Response) -> Iterator[scrapy.Request]:
        """Have the platform read a page; what it raises is a broken parser, never a dead crawl."""
        fetch: Fetch = response.meta["fetch"]
        page = as_page(response, fetch)
        try:
            parsed = self.platform.read(page)
        except Exception as error:
            logging.getLogger(__name__).exception("%s", response.url)
            why = say("解析出错", "the parser failed")
            parsed = Parsed(broken=f"{why}: {type(error).__name__}: {str(error)[:120]}")
        self.takings.reading(response)
        self._take(page, parsed, fetch, isinstance(response, TextResponse))
        # Scrapy takes what came last first: so a backfill reads what a list led to before the next list
        for follow in reversed(parsed.fetches) if self.backfill else parsed.fetches:
            self.asked.ranks.setdefault(follow.url, self.asked.ranks.get(fetch.url, 0))
            yield from self.wanted(follow)

    def _take(self, page: Page, parsed: Parsed, fetch: Fetch, is_text: bool) -> None:
        found = parsed.wall or (wall(page.text, page.url) if parsed.broken and is_text else None)
        if found:
            self.happened.walls.append(found)
            self.happened.refusal = self.happened.refusal or (parsed.broken if parsed.wall else "")
            self.halted = self.halted or parsed.wall is Outcome.BLOCKED  # it was asked too often: ask no more
        if fetch.again and parsed.broken and not found:
            self._missed(fetch, parsed.broken)
            return
        if parsed.broken:
            self.happened.broken.append(" ".join(f"{parsed.broken}（{urlsplit(page.url).path}）".split()))
        if parsed.broken or found:
            self._failed(fetch)
        else:
            self.happened.read += 1
        if parsed.closed and not fetch.again:
            self.happened.closed.append(parsed.closed)
        for later in parsed.later:
            self.left.keep(later)
        self.takings.take(parsed, page.kind, is_start=self._is_start(fetch))

    # trouble

    def failed(self, failure: Any) -> Iterator[scrapy.Request]:
        """No answer came. Without robots.txt nothing of that host is fetched."""
        fetch: Fetch = failure.request.meta["fetch"]
        told = failure.check(ToldToWait)
        is_later = bool(failure.check(Later) or told)
        if told and str(failure.value) not in self.happened.told_to_wait:
            self.happened.told_to_wait.append(str(failure.value))
        if fetch.kind == "robots":
            self._no_robots(fetch.url, is_later, failure)
        elif is_later:
            self._later(fetch)
        else:
            self._trouble(fetch, failure_kind(failure.value))
        yield from ()

    def _no_robots(self, place: str, is_later: bool, failure: Any) -> None:
        waiting = [fetch for fetch, _ in self.asked.waiting.pop(place, [])]
        if not is_later:
            self.robots.silent(place)
            self.happened.failures[failure_kind(failure.value)] += 1
        for fetch in waiting:
            self.start_failed = self.start_failed or self._is_start(fetch)
            self._later(fetch)

    def _later(self, fetch: Fetch) -> None:
        """No time for it in this crawl. A beginning that was not read keeps the old state, else its news were lost."""
        if fetch.again:
            return  # it is due until it was read
        self.left.keep(fetch)
        if self._is_start(fetch) and not self.backfill and not self.start_failed:
            self.start_failed = True
            self.happened.failures["late"] += 1

    def _missed(self, fetch: Fetch, why: str) -> None:
        """A mention could not be read again: nothing is known of it, and nothing follows for the source."""
        self.takings.note(f"{fetch.url}: {why}")

    def _trouble(self, fetch: Fetch, kind: str) -> None:
        if fetch.again:
            self._missed(fetch, kind)
            return
        self.happened.failures[kind] += 1
        self._failed(fetch)

    def _failed(self, fetch: Fetch) -> None:
        """A page that could not be had or read: a beginning keeps the old state, any other is tried again."""
        if fetch.again:
            return
        if self._is_start(fetch) and not self.backfill:
            self.start_failed = True
        elif not self.left.failed(fetch):
            self.takings.note(say(f"多次失败，不再重试：{fetch.url}", f"failed too often, given up: {fetch.url}"))

    def closed(self, reason: str) -> None:
        """Scrapy's end: say how it went."""
        if not self.backfill:
            self.left.drop(self.asked.starts)
        if self.left.dropped:
            count = self.left.dropped
            self.takings.note(
                say(f"{count} 页超出可保留的数量，未保留", f"{count} pages more than can be kept are not kept")
            )
        self.happened.left = len(self.left.kept)
        found, detail = outcome(self.happened)
        keeps_old = self.start_failed and not self.backfill
        state = dict(self.platform.job.state) if keeps_old else self.platform.next_state()
        self.send(
            "result",
            outcome=found.value,
            detail=detail,
            state={"platform": state, "robots": self.robots.state(), "left": self.left.state()} | self._begun(),
            requests=self.requests,
            bytes=self.bytes,
            **self.takings.facts(),
        )

    def _begun(self) -> dict[str, Any]:
        return {"begun": sorted(self.asked.starts)} if self.backfill else {}
