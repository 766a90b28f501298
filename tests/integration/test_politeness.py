"""Towards a real server: one robots.txt a day, Crawl-delay, Retry-After, and one pace over all crawls of a machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from listener.crawls.crawl import Work, crawl
from listener.model import CrawlReport, Outcome
from listener.spiders.hosts import Hosts
from tests.factories import NOW
from tests.integration.test_crawl import FEED, Hostile, Web, setting, source


class Busy(Hostile):
    """Notes when it was asked; asks for patience where told to."""

    def do_GET(self) -> None:
        self.server.times.append((time.monotonic(), self.path))  # type: ignore[attr-defined]
        super().do_GET()

    def do_wait(self) -> None:
        self.answer(429, b"", Retry_After="3600")

    def do_feed(self) -> None:
        self.answer(200, FEED.encode())


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(Busy) as server:
        server.times = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(web: Web, path: str, hosts: Path, later: timedelta = timedelta(), **changes: object) -> CrawlReport:
    made = source(f"http://127.0.0.1:{web.server_port}{path}", **changes)
    now = NOW + later
    return crawl(Work(source=made, state={}, on_captures=len), setting(now=now, clock=lambda: now, hosts=hosts))


def paths(web: Web) -> list[str]:
    return [path for _, path in web.times]  # type: ignore[attr-defined]


def test_robots_txt_is_read_once_a_day_for_all_sources_of_a_host(web: Web, tmp_path: Path) -> None:
    assert ask(web, "/feed", tmp_path).outcome is Outcome.OK
    assert ask(web, "/good", tmp_path, timedelta(hours=23)).outcome is Outcome.OK  # another source, another process
    assert paths(web) == ["/robots.txt", "/feed", "/good"]
    web.rules = b"User-agent: *\nDisallow: /\n"
    assert ask(web, "/feed", tmp_path, timedelta(hours=25)).outcome is Outcome.ROBOTS_DENIED


def test_a_retry_after_holds_over_crawls_and_over_sources(web: Web, tmp_path: Path) -> None:
    assert ask(web, "/wait", tmp_path).outcome is Outcome.BLOCKED
    for path in ("/wait", "/feed"):
        report = ask(web, path, tmp_path, timedelta(minutes=59))
        assert (report.outcome, report.requests) == (Outcome.BLOCKED, 0)
        assert "网站要求等到 2026-11-23 11:00" in report.detail
    assert paths(web) == ["/robots.txt", "/wait"]
    assert ask(web, "/feed", tmp_path, timedelta(minutes=61)).outcome is Outcome.OK


def test_a_crawl_delay_is_kept_by_crawls_at_the_same_time(web: Web, tmp_path: Path) -> None:
    """Three sources of one host in three processes at once: the host sees them one after the other."""
    web.rules = b"User-agent: *\nCrawl-delay: 1.5\n"
    ask(web, "/feed", tmp_path)
    crawls = [threading.Thread(target=ask, args=(web, path, tmp_path)) for path in ("/good", "/gbk", "/json")]
    for one in crawls:
        one.start()
    for one in crawls:
        one.join()
    assert sorted(paths(web)[2:]) == ["/gbk", "/good", "/json"]
    times = [at for at, path in web.times if path != "/robots.txt"]  # type: ignore[attr-defined]
    assert times[-1] - times[-3] > 1.0, "three seconds, less what the first of them was late on a busy machine"


def test_children_that_ask_at_once_get_places_one_after_the_other(tmp_path: Path) -> None:
    waits: list[float] = []

    def reserve() -> None:
        hosts = Hosts(tmp_path, lambda: NOW, lambda: 1_000.0)
        waits.extend(hosts.reserve("http://a.example/x", 1.0, 100) or 0.0 for _ in range(10))

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(waits) == list(range(40))
    later = Hosts(tmp_path, lambda: NOW, lambda: 1_030.0)
    assert later.reserve("http://a.example/y", 1.0, 5) is None, "no time for that"
    assert later.reserve("http://a.example/y", 1.0, 20) == 10.0
    assert later.reserve("http://b.example/", 1.0, 5) == 0.0
