"""Scrapy's HTTP handler with a pace: a request goes out when its host may be asked, over all crawls of the machine.

It is the last step before the socket, behind Scrapy's own queue and delays, so that what is reserved is what happens.
Waiting here is not counted as the site's time to answer.
"""

from __future__ import annotations

from typing import Any

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred


class Later(IgnoreRequest):
    """A request that this crawl does not make any more."""


class ToldToWait(IgnoreRequest):
    """The host asked to be left alone until then: ``until`` is in the text."""


async def wait_for(crawler: Any, request: Request) -> None:
    """Wait until ``request`` may go out; ``Later`` where there is no time for that, ``ToldToWait`` where it may not."""
    seconds = crawler.spider.seconds_until(request)
    if seconds > 0:
        await maybe_deferred_to_future(_sleep(seconds))


def _sleep(seconds: float) -> Deferred[None]:
    from twisted.internet import reactor  # installed by Scrapy when the crawl begins

    waiting: Deferred[None] = Deferred()
    reactor.callLater(seconds, waiting.callback, None)  # type: ignore[arg-type]
    return waiting


class Paced(HTTP11DownloadHandler):
    """Scrapy's handler of http and https behind ``wait_for``."""

    async def download_request(self, request: Request) -> Response:
        """Scrapy's call for each request."""
        await wait_for(self.crawler, request)
        return await super().download_request(request)


class Brake:
    """Downloader middleware: what Scrapy still has in its queue when the crawl is to end is not asked for."""

    def __init__(self, crawler: Any) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Any) -> Brake:
        """Scrapy's way to make one."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Scrapy's question before each request."""
        if self.crawler.spider.is_over():
            raise Later("left for the next crawl")
