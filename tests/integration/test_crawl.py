"""Crawls of a hostile web server: the right outcome each, one clear line, and the parent unharmed."""

from __future__ import annotations

import contextlib
import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from listener.crawls import child
from listener.crawls.crawl import Setting, Work, crawl
from listener.language import speaking
from listener.model import CrawlReport, Outcome, RawMention
from listener.settings import Installation, SourceSettings
from listener.spiders.protocol import capture_facts, line
from tests import child_runs
from tests.canary import Canary
from tests.factories import NOW

CAPTURE = RawMention(
    source="s", platform="feed", site="a", native_id="1", url="http://a.example/1", captured_at=NOW, content="没人管"
)

ITEM = "<item><title>刹车失灵</title><guid>{0}</guid><link>http://a.example/{0}</link><description>没人管</description></item>"
FEED = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
    + ITEM.format(1)
    + ITEM.format(2)
    + "</channel></rss>"
)
LAUGHS = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><rss><channel>&b;</channel></rss>'
LOGIN = '<html><title>登录</title><form><input type="password"></form></html>'

PLAIN: dict[str, tuple[int, bytes]] = {
    "/robots.txt": (404, b""),
    "/good": (200, FEED.encode()),
    "/empty": (200, b""),
    "/nothing": (200, b'<rss version="2.0"><channel><title>x</title></channel></rss>'),
    "/truncated": (200, FEED.encode()[:130]),
    "/html": (200, "<html><body>欢迎光临</body></html>".encode()),
    "/laughs": (200, LAUGHS.encode()),
    "/captcha": (200, "<html><title>安全验证</title>请完成验证码</html>".encode()),
    "/login": (200, LOGIN.encode()),
    "/gbk": (200, FEED.encode("gbk")),
    "/json": (200, b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "x"}]}'),
    "/nojson": (200, b'{"items": '),
}


class Hostile(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))  # type: ignore[attr-defined]
        if self.path.startswith("/status/"):
            return self.answer(int(self.path.rsplit("/", 1)[1]), b"no")
        if self.path.startswith("/to/"):
            return self.redirect(unquote(self.path[4:]))
        if self.path == "/robots.txt" and self.server.rules:  # type: ignore[attr-defined]
            return self.answer(200, self.server.rules)  # type: ignore[attr-defined]
        special = getattr(self, "do_" + self.path.strip("/").replace("/", "_"), None)
        if special is not None:
            return special()  # type: ignore[no-any-return]
        return self.answer(*PLAIN.get(self.path, (404, b"")))

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, place: str) -> None:
        self.answer(302, b"", Location=place)

    def do_loop(self) -> None:
        self.redirect("/loop")

    def do_etag(self) -> None:
        if self.headers.get("If-None-Match") == '"v1"':
            return self.answer(304, b"")
        return self.answer(200, FEED.encode(), ETag='"v1"')

    def do_bomb(self) -> None:
        self.answer(200, gzip.compress(b"\0" * 100_000_000), Content_Encoding="gzip")

    def do_huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        for _ in range(50):
            self.wfile.write(b"x" * 1_000_000)

    def do_trickle(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.server.trickling.set()  # type: ignore[attr-defined]
        try:
            while not self.server.closing.wait(0.1):  # type: ignore[attr-defined]
                self.wfile.write(b" ")
        except OSError:
            self.server.hung_up.set()  # type: ignore[attr-defined]

    def do_cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(FEED.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class Web(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, handler: type[BaseHTTPRequestHandler] = Hostile) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closing, self.trickling, self.hung_up = threading.Event(), threading.Event(), threading.Event()
        self.rules = b""
        super().__init__(("127.0.0.1", 0), handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A crawl that hangs up is what these tests are about."""


@pytest.fixture
def web() -> Iterator[Web]:
    with Web() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


def source(url: str, **changes: Any) -> SourceSettings:
    facts = {"name": "s", "platform": "feed", "url": url, "allow_private_addresses": True, "timeout": "60s"}
    return SourceSettings.model_validate(facts | changes)


def run(made: SourceSettings, state: dict[str, Any] | None = None, **how: Any) -> tuple[CrawlReport, list[RawMention]]:
    found: list[RawMention] = []

    def keep(batch: list[RawMention]) -> int:
        found.extend(batch)
        return len(batch)

    return crawl(Work(source=made, state=state or {}, on_captures=keep), setting(**how)), found


def setting(**how: Any) -> Setting:
    facts = {"now": NOW, "clock": lambda: NOW, "installation": Installation(company="x", contact="ops@example.com")}
    return Setting(**(facts | how))  # type: ignore[arg-type]


def fetch(web: Web, path: str, **changes: Any) -> tuple[CrawlReport, list[RawMention]]:
    return run(source(f"http://127.0.0.1:{web.server_port}{path}", **changes))


def test_a_good_feed_is_ok_and_says_who_asks(web: Web) -> None:
    report, found = fetch(web, "/good")
    assert (report.outcome, report.found, report.new) == (Outcome.OK, 2, 2)
    assert [(m.title, m.native_id) for m in found] == [("刹车失灵", "1"), ("刹车失灵", "2")]
    agents = {headers["User-Agent"] for _, headers in web.asked}
    assert agents == {"ListenerBot/0.1 (+ops@example.com)"}


def test_the_second_time_only_what_changed_is_asked_for(web: Web) -> None:
    first, _ = fetch(web, "/etag")
    again, found = run(source(f"http://127.0.0.1:{web.server_port}/etag"), dict(first.state))
    assert (again.outcome, found) == (Outcome.OK, [])
    assert "没有变化" in again.detail
    assert [path for path, _ in web.asked].count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/status/403", Outcome.BLOCKED),
        ("/nothing", Outcome.EMPTY),
        ("/html", Outcome.PARSER_BROKE),
        ("/login", Outcome.LOGIN_EXPIRED),
        ("/loop", Outcome.UNREACHABLE),
        ("/huge", Outcome.UNREACHABLE),
    ],
)
def test_trouble_has_its_outcome_and_one_line(web: Web, path: str, outcome: Outcome) -> None:
    report, _ = fetch(web, path)
    assert report.outcome is outcome, report.detail
    assert report.detail
    assert "\n" not in report.detail
    assert "Traceback" not in report.detail


def test_a_wrong_charset_is_read_all_the_same(web: Web) -> None:
    report, found = fetch(web, "/gbk")
    assert (report.outcome, found[0].title) == (Outcome.OK, "刹车失灵")


def test_a_feed_in_json(web: Web) -> None:
    assert fetch(web, "/json")[0].found == 1


def test_an_endless_trickle_ends_with_the_timeout(web: Web) -> None:
    report, _ = fetch(web, "/trickle", timeout="3s")  # without it the crawl would not end before the test's time
    assert report.outcome is Outcome.UNREACHABLE


def test_a_redirect_to_another_private_address_is_never_followed(web: Web) -> None:
    with Canary() as canary:
        report, _ = fetch(web, f"/to/http://[::ffff:127.0.0.1]:{canary.port}/")
        assert report.outcome is Outcome.UNREACHABLE
        assert "公网" in report.detail
        assert canary.came() == 0


@pytest.mark.parametrize("screened", [True, False])
def test_no_spelling_of_a_private_address_is_reached(screened: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither with the look at the address nor, without it, at connect time; nor through the environment's proxy."""
    with Canary() as canary:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{canary.port}")
        given = child_runs.job("http://127.0.0.1:9/", "many", parameters={"urls": canary.urls()}, obey_robots=False)
        program = ("-m", "tests.spellings_child", *([] if screened else ["--unscreened"]))
        result, _ = child_runs.said(child_runs.run_child(given, program))
        assert (result.outcome, canary.came()) == (Outcome.UNREACHABLE, 0)
        assert not any("reached" in line for line in result.audit)


def test_a_name_that_is_rebound_to_a_private_address_is_not_reached() -> None:
    """Nothing rests on what a name resolved to before: the address of the connection itself is looked at."""
    with Canary() as canary:
        urls = [f"http://{name}:{canary.port}/" for name in ("a.example", "b.example")]
        given = child_runs.job("http://127.0.0.1:9/", "many", parameters={"urls": urls}, obey_robots=False)
        result, _ = child_runs.said(child_runs.run_child(given, ("-m", "tests.spellings_child", "--rebound")))
        assert (result.outcome, canary.came()) == (Outcome.UNREACHABLE, 0)
        assert "公网" in result.detail


def test_without_leave_the_sources_own_private_address_is_closed(web: Web) -> None:
    report, _ = fetch(web, "/good", allow_private_addresses=False)
    assert report.outcome is Outcome.UNREACHABLE
    assert web.asked == []


def test_a_proxy_of_the_environment_is_ignored(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert fetch(web, "/good")[0].outcome is Outcome.OK


def test_the_configured_proxy_is_used(web: Web) -> None:
    proxy = Installation(company="x", proxy=f"http://127.0.0.1:{web.server_port}")
    report, _ = run(source("http://feeds.example/good", allow_private_addresses=False), installation=proxy)
    assert ("http://feeds.example/robots.txt") in [path for path, _ in web.asked]
    assert report.outcome is Outcome.UNREACHABLE  # this proxy has no such page; it was asked, that is the point


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "http://does-not-exist.invalid/x"])
def test_a_host_that_is_gone(url: str) -> None:
    report, _ = run(source(url))
    assert report.outcome is Outcome.UNREACHABLE


def test_a_redirect_is_followed_where_robots_txt_lets_it(web: Web) -> None:
    report, found = fetch(web, "/to//good")
    assert (report.outcome, len(found)) == (Outcome.OK, 2)
    web.rules = b"User-agent: *\nDisallow: /good\n"
    report, found = fetch(web, "/to//good")
    assert (report.outcome, found) == (Outcome.ROBOTS_DENIED, [])


def test_the_line_is_in_the_language_chosen(web: Web) -> None:
    with speaking("en"):
        report, _ = fetch(web, "/status/403")
    assert report.detail == "the site refuses: HTTP 403 (1 times)"


def test_robots_that_forbid(web: Web) -> None:
    web.rules = b"User-agent: *\nDisallow: /\n"
    report, _ = fetch(web, "/good")
    assert (report.outcome, report.detail) == (Outcome.ROBOTS_DENIED, "robots.txt 不允许采集")
    assert [path for path, _ in web.asked] == ["/robots.txt"]


def test_robots_that_cannot_be_read_forbid(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLAIN, "/robots.txt", (503, b""))
    report, _ = fetch(web, "/good")
    assert (report.outcome, "无法读取" in report.detail) == (Outcome.ROBOTS_DENIED, True)
    assert {path for path, _ in web.asked} == {"/robots.txt"}


def test_memory_beyond_the_limit_ends_the_child(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MEMORY_MB", 20)
    report, _ = fetch(web, "/good")
    assert (report.outcome, "内存" in report.detail) == (Outcome.PARSER_BROKE, True)


def test_memory_of_a_bomb_stays_under_300_mb(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = [0.0]
    look = child._resident_mb

    def watch(pid: int) -> float:
        with contextlib.suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
            seen.extend(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))  # the peak so far
        return look(pid)

    monkeypatch.setattr(child, "_resident_mb", watch)
    monkeypatch.setattr(child, "POLL_SECONDS", 0.02)
    report, _ = fetch(web, "/bomb")
    assert "大小上限" in report.detail
    assert 20 < max(seen) < 300


def test_a_stop_ends_the_child_at_once(web: Web) -> None:
    began = time.monotonic()
    run(source(f"http://127.0.0.1:{web.server_port}/trickle", timeout="60s"), stop=lambda: time.monotonic() - began > 1)
    assert time.monotonic() - began < 40


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """In the child's place runs a shell script."""
    program = folder / "child"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr(child.sys, "executable", str(program))


GOOD_LINE = line("capture", capture_facts(CAPTURE)).replace("\\", "\\\\").strip()
BAD_CHILDREN = [
    ("exit 3", Outcome.PARSER_BROKE, "意外退出（3）", 0),
    ("echo 'MemoryError: 13812345678' >&2; exit 1", Outcome.PARSER_BROKE, "MemoryError: 138****5678", 0),
    ("kill -9 $$", Outcome.PARSER_BROKE, "意外退出（-9）", 0),
    ("sleep 600", Outcome.UNREACHABLE, "超过时限", 0),
    ('echo nonsense; echo \'{"result": {"outcome": "fine"}}\'', Outcome.PARSER_BROKE, "意外退出（0）", 0),
    (f"printf '%s\n' '{GOOD_LINE}'; kill -9 $$", Outcome.PARSER_BROKE, "意外退出（-9）", 1),
    ('yes | tr -d \'\\n\' | head -c 30000000; echo; echo \'{"result": {"outcome": "empty"}}\'', Outcome.EMPTY, "", 0),
    ("yes >&2", Outcome.UNREACHABLE, "超过时限", 0),
    ("yes", Outcome.UNREACHABLE, "超过时限", 0),
    ("exec >&- 2>&-; sleep 600", Outcome.PARSER_BROKE, "意外退出（-9）", 0),
]


@pytest.mark.parametrize(("script", "outcome", "words", "count"), BAD_CHILDREN)
def test_whatever_the_child_does_the_parent_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, outcome: Outcome, words: str, count: int
) -> None:
    pretend(monkeypatch, tmp_path, script)
    limit = 1 if words == "超过时限" else 60  # only who is to be ended has to be waited for
    began = time.monotonic()
    report, found = run(source("http://a.example/", timeout=f"{limit}s"), {"platform": {"kept": 1}})
    assert (report.outcome, len(found), report.found) == (outcome, count, count)
    assert words in report.detail
    assert report.state == {"platform": {"kept": 1}}
    assert time.monotonic() - began < limit + 30, "it would sleep or write for ever"


def test_a_child_gets_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LISTENER_MAIL_PASSWORD", "hush")
    pretend(monkeypatch, tmp_path, "env | grep -c LISTENER_ >&2; exit 1")
    assert run(source("http://a.example/"))[0].detail.endswith("0")


PARENT = """
from datetime import datetime
from listener.crawls.crawl import Setting, Work, crawl
from listener.settings import Installation, SourceSettings
source = SourceSettings(name="s", platform="feed", url="{url}", allow_private_addresses=True, timeout="60s")
crawl(Work(source=source, state={{}}, on_captures=len),
      Setting(now=datetime.now().astimezone(), clock=datetime.now, installation=Installation(company="x")))
"""


def test_a_parent_that_is_killed_takes_its_child_along(web: Web) -> None:
    url = f"http://127.0.0.1:{web.server_port}/trickle"
    parent = subprocess.Popen([sys.executable, "-c", PARENT.format(url=url)])
    assert web.trickling.wait(60)
    (child,) = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text(encoding="ascii").split()
    parent.kill()
    parent.wait()
    assert web.hung_up.wait(30), "the child still reads"
    while is_running(int(child)):  # its connections end before it does; the test's time limit ends this
        time.sleep(0.01)


def is_running(pid: int) -> bool:
    """False for a process that is gone, or is only a name that nobody has asked after."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def test_what_a_store_raises_is_raised_and_the_child_ends(web: Web) -> None:
    def broken(_batch: list[RawMention]) -> int:
        raise RuntimeError("disk full")

    made = source(f"http://127.0.0.1:{web.server_port}/good")
    with pytest.raises(RuntimeError, match="disk full"):
        crawl(Work(source=made, state={}, on_captures=broken), setting(clock=lambda: NOW + timedelta(1)))
