"""Hundreds of feeds, one daemon: does each stay on its schedule? ``python tests/bench/bench_many_sources.py``.

A real ``listener run`` on SQLite with ``--sources`` feeds (500) of ``--hosts`` servers (20) on loopback, each due every
``--every`` seconds (600), for ``--seconds`` (1500). Every feed has a new entry at each request; robots.txt and
conditional GET are answered. All are due at once when the daemon starts, which is the worst there is.

Printed: crawls, their outcomes, new mentions, and how many wait to be processed at the end; how late a crawl begins
against its schedule (p50, p95, worst; the schedule is the end of the one before plus the interval); processor time of
the daemon with its children, and peak memory of both together.
"""

from __future__ import annotations

import argparse
import os
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from listener.starter import Answers, write

TEXTS = ("门店换了新的灯", "今天的活动在下午三点", "说明书更新到第二版", "快递已经发出", "周末不营业，请见谅")


class Feeds(BaseHTTPRequestHandler):
    """``/N``: a feed with twenty entries, one more than last time."""

    counts: Counter[str] = Counter()

    def do_GET(self) -> None:
        """Scrapy's requests."""
        if self.path == "/robots.txt":
            self.send_error(404)
            return
        self.counts[self.path] += 1
        last = self.counts[self.path] + 20
        entries = "".join(
            f"<item><guid>{self.path}-{n}</guid><title>第 {n} 条</title><author>编辑部</author>"
            f"<pubDate>Sat, 28 Nov 2026 {n // 60 % 24:02}:{n % 60:02}:00 GMT</pubDate>"
            f"<description>{TEXTS[n % len(TEXTS)]}，编号 {n * 7919 % 1000}，{self.path}</description></item>"
            for n in range(last, last - 20, -1)
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>{entries}</channel></rss>'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


def configure(folder: Path, sources: int, hosts: int, every: int) -> None:
    """A configuration with that many feeds, and the servers that answer for them."""
    write(folder, Answers(company="bench", receiver="a", receiver_mail="a@example.com"))
    main = folder / "config" / "listener.toml"
    main.write_text(main.read_text("utf-8").replace("enabled = true", "enabled = false", 1), "utf-8")
    place = folder / "config" / "sources"
    place.mkdir(exist_ok=True)
    for old in place.glob("*.toml"):
        old.unlink()
    ports = []
    for _ in range(hosts):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Feeds)
        threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        ports.append(server.server_port)
    for n in range(sources):
        (place / f"feed{n:03}.toml").write_text(
            f'name = "feed{n:03}"\nplatform = "feed"\nurl = "http://127.0.0.1:{ports[n % hosts]}/{n}"\n'
            f'every = "{every}s"\nallow_private_addresses = true\n',
            "utf-8",
        )


def family(pid: int) -> list[int]:
    """The process and its children."""
    found = [pid]
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def memory(pids: list[int]) -> float:
    """Their resident memory together, MB."""
    total = 0.0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return total


def processor(pid: int) -> float:
    """Seconds of processor time of a process and of its children that ended (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def watch(folder: Path, seconds: float) -> tuple[float, float]:
    """Run the daemon for that long: processor seconds, and peak memory in MB."""
    environment = {**os.environ, "LISTENER_DATABASE_URL": f"sqlite:///{folder}/var/bench.db"}
    command = [sys.executable, "-m", "listener", "--config", str(folder / "config"), "run"]
    with (folder / "daemon.log").open("wb") as log:
        daemon = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    ended, used, peak = time.monotonic() + seconds, 0.0, 0.0
    while time.monotonic() < ended and daemon.poll() is None:
        with suppress(OSError):
            used, peak = processor(daemon.pid), max(peak, memory(family(daemon.pid)))
        time.sleep(1)
    daemon.send_signal(signal.SIGTERM)
    daemon.wait(60)
    return used, peak


def lateness(rows: list[tuple[str, str, str]], every: timedelta) -> list[float]:
    """Seconds from when each crawl but a source's first should have begun until it began."""
    found, last = [], dict[str, datetime]()
    for source, started, ended in rows:
        begin = datetime.fromisoformat(started)
        if source in last:
            found.append((begin - last[source] - every).total_seconds())
        last[source] = datetime.fromisoformat(ended)
    return found


def report(folder: Path, every: timedelta) -> None:
    """Print what the database says."""
    database = sqlite3.connect(folder / "var" / "bench.db")
    rows = database.execute("SELECT source, started_at, ended_at FROM crawl ORDER BY id").fetchall()
    outcomes = dict(database.execute("SELECT outcome, count(*) FROM crawl GROUP BY outcome").fetchall())
    (new,) = database.execute("SELECT count(*) FROM raw_mention").fetchone()
    (waiting,) = database.execute("SELECT count(*) FROM pending_capture").fetchone()
    first = [datetime.fromisoformat(started) for _, started, _ in rows]
    late = sorted(lateness(rows, every)) or [0.0]
    seen = {source for source, _, _ in rows}
    print(f"crawls    {len(rows)} of {len(seen)} sources; outcomes {outcomes}")
    print(f"new       {new} mentions, {waiting} wait to be processed")
    ends = {source: datetime.fromisoformat(ended) for source, _, ended in reversed(rows)}
    print(f"first     round done {(max(ends.values()) - min(first)).total_seconds():.0f} s after the first crawl began")
    print(
        f"late      {len(late)} crawls: p50 {statistics.median(late):.1f} s, "
        f"p95 {late[int(len(late) * 0.95)]:.1f} s, worst {late[-1]:.1f} s"
    )


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sources", type=int, default=500)
    parser.add_argument("--hosts", type=int, default=20)
    parser.add_argument("--every", type=int, default=600)
    parser.add_argument("--seconds", type=int, default=1500)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        configure(folder, given.sources, given.hosts, given.every)
        used, peak = watch(folder, given.seconds)
        print(f"sources   {given.sources} of {given.hosts} hosts, every {given.every} s, for {given.seconds} s")
        report(folder, timedelta(seconds=given.every))
        print(f"processor {used:.0f} s, {100 * used / given.seconds:.0f} % of one core; memory {peak:.0f} MB at most")


if __name__ == "__main__":
    main()
