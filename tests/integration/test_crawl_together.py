"""Many small sources in one child, on a hostile server: each has the outcome that it would have alone."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import brotli
import pytest

from listener.crawls import child
from listener.crawls.crawl import Work, crawl, crawl_together
from listener.model import CrawlReport, Outcome, RawMention
from listener.settings import SourceSettings
from tests.canary import Canary
from tests.integration.test_crawl import FEED, PLAIN, Hostile, Web, setting, source

BAD, GOOD = Outcome.UNREACHABLE, Outcome.OK
MEGABYTES = 400
XXE = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{place}">]>'
    "<rss><channel><item><title>&x;</title><guid>1</guid></item></channel></rss>"
)


def zstd_bomb(megabytes: int) -> bytes:
    """A frame of run-length blocks (RFC 8878, 3.1.1.2): four bytes for 128 kB each."""
    size = 128 * 1024
    block = (size << 3 | 1 << 1).to_bytes(3, "little") + b"\0"
    return bytes.fromhex("28b52ffd0058") + block * (megabytes * 8 - 1) + bytes([block[0] | 1]) + block[1:]


class Worse(Hostile):
    """What the other tests' server does, and more."""

    def do_bomb_br(self) -> None:
        self.answer(200, brotli.compress(b"\0" * 100_000_000, quality=1), Content_Encoding="br")

    def do_bomb_zstd(self) -> None:
        self.answer(200, zstd_bomb(100), Content_Encoding="zstd")

    def do_bomb_twice(self) -> None:
        self.answer(200, gzip.compress(gzip.compress(b"\0" * 100_000_000)), Content_Encoding="gzip, gzip")

    def do_said_huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(MEGABYTES * 1_000_000))
        self.end_headers()
        self.pour()

    def do_huge(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.pour()

    def pour(self) -> None:
        part = b"x" * 1_000_000
        with suppress(OSError):
            for _ in range(MEGABYTES):
                self.wfile.write(part)
                self.server.poured += 1  # type: ignore[attr-defined]

    def do_gbk_as_utf8(self) -> None:
        self.answer(200, FEED.replace("刹车", "异响").encode("gbk"), Content_Type="application/rss+xml; charset=utf-8")

    def do_nested(self) -> None:
        self.answer(200, b"<rss><channel>" + b"<item>" * 200_000 + b"</channel></rss>")

    def do_xxe(self) -> None:
        self.answer(200, XXE.format(place="file:///etc/passwd").encode())

    def do_xxe_web(self) -> None:
        self.answer(200, XXE.format(place=f"http://127.0.0.1:{self.server.canary}/").encode())  # type: ignore[attr-defined]

    def do_inside(self) -> None:
        self.redirect(f"http://0x7f.1:{self.server.canary}/")  # type: ignore[attr-defined]


CASES: dict[str, Outcome] = {
    "/good": GOOD, "/etag": GOOD, "/json": GOOD, "/gbk": GOOD, "/gbk_as_utf8": GOOD, "/nothing": Outcome.EMPTY,
    **{f"/status/{code}": Outcome.BLOCKED for code in (403, 412, 418, 429, 432, 451)},
    "/status/401": Outcome.LOGIN_EXPIRED, "/login": Outcome.LOGIN_EXPIRED, "/captcha": Outcome.BLOCKED,
    **{f"/status/{code}": BAD for code in (404, 500, 503)},
    "/bomb": BAD, "/bomb_br": BAD, "/bomb_twice": BAD, "/huge": BAD, "/said_huge": BAD, "/cut": BAD, "/trickle": BAD,
    "/loop": BAD, "/inside": BAD,
    **dict.fromkeys(("/empty", "/truncated", "/html", "/laughs", "/nojson", "/nested", "/xxe"), Outcome.PARSER_BROKE),
    "/xxe_web": Outcome.PARSER_BROKE, "/bomb_zstd": BAD,
}  # fmt: skip


@pytest.fixture
def web() -> Iterator[Web]:
    with Web(Worse) as server:
        server.poured = server.canary = 0  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()


def made(web: Web, path: str, found: list[RawMention], **changes: object) -> Work:
    def keep(batch: list[RawMention]) -> int:
        found.extend(batch)
        return len(batch)

    url = f"http://127.0.0.1:{web.server_port}{path}"
    settings: SourceSettings = source(url, name=f"s{path.replace('/', '-')}", **changes)
    return Work(source=settings, state={}, on_captures=keep)


def peak(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The highest resident memory of the children, in MB, as the kernel counts it."""
    seen, look = [0.0], child._resident_mb

    def watch(pid: int) -> float:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
            seen.extend(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmHWM"))
        return look(pid)

    monkeypatch.setattr(child, "_resident_mb", watch)
    return seen


def test_a_hostile_server_spoils_nothing_for_the_others(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, reports = peak(monkeypatch), dict[str, CrawlReport]()
    found: list[RawMention] = []
    works = [made(web, path, found, timeout="5s" if path == "/trickle" else "60s") for path in CASES]
    began = time.monotonic()
    with Canary() as canary:
        web.canary = canary.port  # type: ignore[attr-defined]
        left = crawl_together(works, setting(), lambda report: reports.update({report.source: report}))
        assert canary.came() == 0
    assert left == []
    assert time.monotonic() - began < 60, "nobody was waited for until the end"
    assert {path: reports[work.source.name].outcome for path, work in zip(CASES, works, strict=True)} == CASES
    details = [report.detail for report in reports.values() if report.outcome.bad]
    assert all(detail and "\n" not in detail and "Traceback" not in detail for detail in details), details
    assert 20 < max(seen) < child.MEMORY_MB
    assert web.poured < 2 * 40, "400 MB are not taken"  # type: ignore[attr-defined]
    assert {raw.title for raw in found if raw.source == "s-gbk_as_utf8"} == {"异响失灵"}
    assert "root:" not in str(found)


def test_what_ends_a_child_leaves_the_others_to_go_alone(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The child is ended with the trickle: what came to its end before is told, the trickle is to go alone."""
    reports: list[CrawlReport] = []
    found: list[RawMention] = []
    works = [
        made(web, path, found, timeout="3s" if path == "/trickle" else "60s") for path in ("/good", "/trickle", "/gbk")
    ]
    patient = [*works[:1], Work(source=works[1].source, state={}, on_captures=len), works[2]]
    monkeypatch.setattr("listener.crawls.crawl.job_of", _endless(works[1].source.name))

    def done(report: CrawlReport) -> None:
        reports.append(report)
        if len(reports) == 2:
            monkeypatch.setattr(child, "MEMORY_MB", 0)  # whatever it does now is its end

    left = crawl_together(patient, setting(), done)
    assert sorted(report.source for report in reports) == ["s-gbk", "s-good"]
    assert [work.source.name for work in left] == ["s-trickle"]
    assert len(found) == 4
    monkeypatch.undo()
    assert crawl(left[0], setting()).outcome is Outcome.UNREACHABLE


def _endless(name: str) -> object:
    """Jobs as ever, but the one of that name takes its time."""
    from listener.crawls.crawl import job_of

    def jobs(work: Work, how: object) -> dict[str, object]:
        job = job_of(work, how)  # type: ignore[arg-type]
        return job | ({"request_timeout": 60, "seconds": 60} if work.source.name == name else {})

    return jobs


def test_a_store_that_fails_for_one_fails_for_that_one(web: Web) -> None:
    def broken(_batch: list[RawMention]) -> int:
        raise RuntimeError("disk full")

    reports: list[CrawlReport] = []
    good = made(web, "/good", [])
    bad = Work(source=made(web, "/gbk", []).source, state={}, on_captures=broken)
    assert crawl_together([bad, good], setting(), reports.append) == [bad]
    assert [(report.source, report.outcome) for report in reports] == [("s-good", Outcome.OK)]


def test_pages_of_200_000_nested_tags_end_as_broken(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = peak(monkeypatch)
    monkeypatch.setitem(PLAIN, "/deep", (200, b"<html><body>" + b"<div>" * 200_000 + "投诉".encode()))
    row = {"rows": "div.row", "link": "a::attr(href)", "title": "a"}
    work = made(web, "/deep", [], platform="page", list=row, timeout="60s")
    assert crawl(work, setting()).outcome is Outcome.PARSER_BROKE
    assert max(seen) < child.MEMORY_MB
