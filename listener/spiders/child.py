"""One crawl in a process of its own: ``python -m listener.spiders.child`` reads a job on stdin, writes ``protocol``.

Scrapy fetches (``fetcher``), the platform reads. Standard output carries the protocol only; logs go to standard error.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TextIO

from scrapy.crawler import CrawlerProcess

from listener import language
from listener.spiders import guard, protocol
from listener.spiders.base import Job, Platform, Revisit
from listener.spiders.fetcher import Backfill, Brake, Crawl, Rules
from listener.spiders.left import Left
from listener.spiders.registry import platforms
from listener.spiders.robots import Robots
from listener.spiders.streams import Streams

AGENT = "ListenerBot"
LARGEST_BODY = 5 * 1024 * 1024
CPU_SECONDS = 600
VIRTUAL_BYTES = 4 * 1024**3
"""Beyond this an allocation fails; the resident limit is watched by the parent."""


def settings(job: Mapping[str, Any], pause: float = 0.0) -> dict[str, Any]:
    """The hardened Scrapy settings of one job; ``pause``: seconds between requests that the platform asks for."""
    delay = job.get("delay", 0.5) if job.get("allow_private_addresses") else max(pause, job.get("delay", 0.5))
    agent = f"{AGENT}/0.1" + (f" (+{job['contact']})" if job.get("contact") else "")
    return {
        "USER_AGENT": agent,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "ROBOTSTXT_OBEY": False,  # ours is stricter: see robots.py
        "REDIRECT_ENABLED": False,  # the fetcher follows them itself, robots.txt has a word on each
        "METAREFRESH_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {Brake: 50},
        "DOWNLOAD_HANDLERS": {"data": None, "file": None, "s3": None, "ftp": None, "ws": Streams, "wss": Streams},
        "DOWNLOAD_MAXSIZE": LARGEST_BODY,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_TIMEOUT": job.get("request_timeout", 30),
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "RETRY_TIMES": 1,
        "RETRY_HTTP_CODES": [502, 504, 408],
        "COOKIES_ENABLED": False,
        "HTTPPROXY_ENABLED": bool(job.get("proxy")),
        "AUTOTHROTTLE_ENABLED": True,
        "AUTOTHROTTLE_START_DELAY": delay,
        "AUTOTHROTTLE_MAX_DELAY": 30,
        "CONCURRENT_REQUESTS": 4,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 2,
        "DOWNLOAD_DELAY": delay,
        "DEPTH_LIMIT": 0,  # pages, not depth, are what is limited: a long thread is deep
        "HTTPERROR_ALLOW_ALL": True,
        "LOG_LEVEL": "ERROR",
        "DNS_TIMEOUT": 10,
    }


def _reserve_stdout() -> TextIO:
    """Keep standard output for the protocol, whatever a library prints."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _sender(out: TextIO) -> Callable[..., None]:
    def send(kind: str, **facts: Any) -> None:
        out.write(protocol.line(kind, facts))
        out.flush()

    return send


def _die_with_parent(parent: int) -> None:
    """Linux: be killed when the parent dies, however it dies (prctl(2), PR_SET_PDEATHSIG); it may be dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if parent and os.getppid() != parent:
        sys.exit("the parent is gone")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (VIRTUAL_BYTES, VIRTUAL_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _guarded(given: Mapping[str, Any]) -> frozenset[tuple[str, int]]:
    """Raise the guard; what it leaves open: the source's own address where it may be private, and the proxy."""
    opened = [given["url"]] if given.get("allow_private_addresses") else []
    opened += [given["proxy"]] if given.get("proxy") else []
    allowed = guard.opened(opened)
    guard.install(allowed)
    return allowed


def _platform(given: Mapping[str, Any]) -> Platform:
    job = Job(
        source=given["source"],
        platform=given["platform"],
        url=given["url"],
        parameters=given.get("parameters", {}),
        state=given.get("state", {}).get("platform", {}),
        now=datetime.fromisoformat(given["now"]),
        timezone=given["timezone"],
        max_pages=given["max_pages"],
        since=datetime.fromisoformat(given["since"]) if given.get("since") else None,
        revisits=tuple(Revisit(**one) for one in given.get("revisits", ())),
        secret=given.get("secret", ""),
    )
    return platforms()[job.platform](job)


def main() -> None:
    """Run the job that stands on standard input."""
    send = _sender(_reserve_stdout())
    given = json.load(sys.stdin)
    _die_with_parent(int(given.get("parent", 0)))
    _limit()
    language.choose(given.get("language", "zh"))
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    platform = _platform(given)
    state = given.get("state", {})
    process = CrawlerProcess(settings(given, platform.PAUSE), install_root_handler=False)
    rules = Rules(
        obey_robots=given.get("obey_robots", True),
        proxy=given.get("proxy", ""),
        seconds=given.get("seconds", 240.0),
        requests=given.get("max_requests", 5000),
        allowed=_guarded(given),
    )
    robots = Robots(AGENT, platform.job.now, state.get("robots", {}))
    left = Left(state.get("left", ()))
    backfill = Backfill(tuple(state.get("begun", ()))) if platform.job.since else None
    process.crawl(Crawl, platform=platform, robots=robots, rules=rules, left=left, send=send, backfill=backfill)
    process.start()


if __name__ == "__main__":
    main()
