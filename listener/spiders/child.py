"""One crawl, or many small ones, in a process of its own: reads a job on stdin, writes ``protocol``.

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
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.reactor import is_reactor_installed

from listener import language
from listener.spiders import guard, protocol
from listener.spiders.base import Job, Platform, Revisit
from listener.spiders.fetcher import Crawl
from listener.spiders.hosts import Hosts
from listener.spiders.left import Left
from listener.spiders.pace import Brake, Paced
from listener.spiders.registry import platform_named
from listener.spiders.robots import Robots
from listener.spiders.rules import Backfill, Rules
from listener.spiders.streams import Streams

Pairs = frozenset[tuple[str, int]]

AGENT = "ListenerBot"
LARGEST_BODY = 5 * 1024 * 1024
CPU_SECONDS = 600
VIRTUAL_BYTES = 4 * 1024**3
"""Beyond this an allocation fails; the resident limit is watched by the parent."""


def pause(job: Mapping[str, Any], wanted: float) -> float:
    """Seconds between two requests of a job; ``wanted``: what its platform asks for. One's own site may be fast."""
    own = float(job.get("delay", 0.5))
    return own if job.get("allow_private_addresses") else max(wanted, own)


def settings(job: Mapping[str, Any], wanted: float = 0.0) -> dict[str, Any]:
    """The hardened Scrapy settings of one job; ``wanted``: seconds between requests that the platform asks for."""
    delay = pause(job, wanted)
    agent = f"{AGENT}/0.1" + (f" (+{job['contact']})" if job.get("contact") else "")
    return {
        "USER_AGENT": agent,
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "ROBOTSTXT_OBEY": False,  # ours is stricter: see robots.py
        "REDIRECT_ENABLED": False,  # the fetcher follows them itself, robots.txt has a word on each
        "METAREFRESH_ENABLED": False,
        "DOWNLOADER_MIDDLEWARES": {Brake: 50},
        "DOWNLOAD_HANDLERS": {"http": Paced, "https": Paced, "ws": Streams, "wss": Streams}
        | dict.fromkeys(("data", "file", "s3", "ftp")),
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
        "REACTOR_THREADPOOL_MAXSIZE": 20,
    }


def _reserve_stdout() -> TextIO:
    """Keep standard output for the protocol, whatever a library prints."""
    kept = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return kept


def _sender(out: TextIO, place: int | None) -> Callable[..., None]:
    def send(kind: str, **facts: Any) -> None:
        out.write(protocol.line(kind, facts, place))
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


def _guarded(jobs: Sequence[Mapping[str, Any]]) -> Pairs:
    """Raise the guard; what it leaves open: the sources' own addresses where they may be private, and the proxies.

    Jobs that share a child open the same: who groups them sees to it (``together.key_of``).
    """
    opened = {job["url"] for job in jobs if job.get("allow_private_addresses")}
    opened |= {job["proxy"] for job in jobs if job.get("proxy")}
    allowed = guard.opened(sorted(opened))
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
    platform = platform_named(job.platform)
    assert platform is not None  # the parent checked it
    return platform(job)


def _add(process: CrawlerProcess, given: Mapping[str, Any], allowed: Pairs, send: Callable[..., None]) -> None:
    """Give the process one job more."""
    platform = _platform(given)
    state, began = given.get("state", {}), time.monotonic()
    rules = Rules(
        obey_robots=given.get("obey_robots", True),
        proxy=given.get("proxy", ""),
        seconds=given.get("seconds", 240.0),
        requests=given.get("max_requests", 5000),
        allowed=allowed,
        keep_payloads=bool(given.get("keep_payloads")),
        delay=pause(given, platform.PAUSE),
    )
    folder = Path(given["hosts"]) if given.get("hosts") else None
    hosts = Hosts(folder, lambda: platform.job.now + timedelta(seconds=time.monotonic() - began))
    # a priority above the process' own settings, which would win over those of a job that is not the first
    own = Settings(settings(given, platform.PAUSE), priority="cmdline")
    process.crawl(
        Crawler(Crawl, own, init_reactor=not is_reactor_installed()),
        platform=platform,
        robots=Robots(AGENT, platform.job.now, state.get("robots", {}), hosts),
        rules=rules,
        left=Left(state.get("left", ())),
        send=send,
        hosts=hosts,
        backfill=Backfill(tuple(state.get("begun", ()))) if platform.job.since else None,
    )


def main() -> None:
    """Run the job that stands on standard input, or each of its ``jobs``."""
    out = _reserve_stdout()
    given = json.load(sys.stdin)
    jobs: list[dict[str, Any]] = given.get("jobs") or [given]
    _die_with_parent(int(jobs[0].get("parent", 0)))
    _limit()
    language.choose(jobs[0].get("language", "zh"))
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR)
    logging.disable(logging.WARNING)  # Scrapy opens the root logger for all that it has to say
    allowed = _guarded(jobs)
    process = CrawlerProcess(settings(jobs[0]), install_root_handler=False)
    for place, job in enumerate(jobs):
        try:
            _add(process, job, allowed, _sender(out, place if "jobs" in given else None))
        except Exception:
            if "jobs" not in given:
                raise
            logging.getLogger(__name__).exception("%s", job.get("source"))  # it is crawled again, alone
    process.start()


if __name__ == "__main__":
    main()
