"""One source, one child process, one typed outcome.

The child writes captures as it finds them; they are handed on in batches, so that what came before a crash is kept.
Whatever the child does (hangs, grows, dies, writes nonsense), it ends within its timeout and the parent goes on.
"""

from __future__ import annotations

import ctypes
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from listener.model import CrawlReport, Origin, Outcome, RawMention
from listener.settings import Installation, SourceSettings
from listener.spiders.outcomes import FAILURES

BATCH = 200
LONGEST_LINE = 16 * 1024 * 1024
MEMORY_MB = 300
"""Resident memory of a child beyond which it is ended; a quiet crawl takes about 100."""

GRACE_SECONDS = 3.0
POLL_SECONDS = 0.25


@dataclass
class _Seen:
    """What came out of the child so far."""

    found: int = 0
    new: int = 0
    result: dict[str, Any] = field(default_factory=dict)
    ended: str = ""
    batch: list[RawMention] = field(default_factory=list)


def crawl(
    source: SourceSettings,
    state: Mapping[str, Any],
    *,
    now: datetime,
    clock: Callable[[], datetime],
    installation: Installation,
    on_captures: Callable[[list[RawMention]], int],
    stop: Callable[[], bool] = lambda: False,
) -> CrawlReport:
    """Crawl ``source`` now. ``on_captures`` stores a batch and says how many were new; what it raises is raised."""
    child = _start(_job(source, state, now, installation))
    seen = _Seen()
    try:
        _listen(child, source, seen, on_captures, stop)
    finally:
        _end(child)
    outcome, detail = _judge(seen, child.returncode)
    return CrawlReport(
        source=source.name,
        outcome=outcome,
        detail=detail,
        started_at=now,
        ended_at=max(clock(), now),
        found=seen.found,
        new=seen.new,
        requests=int(seen.result.get("requests", 0)),
        bytes=int(seen.result.get("bytes", 0)),
        state=seen.result.get("state") or dict(state),
        audit=tuple(str(line) for line in seen.result.get("audit", ())),
    )


def _job(source: SourceSettings, state: Mapping[str, Any], now: datetime, installation: Installation) -> bytes:
    direct = urlsplit(source.url).hostname in installation.proxy_exceptions
    job = {
        "source": source.name,
        "platform": source.platform,
        "url": source.url,
        "parameters": source.options,
        "state": dict(state),
        "now": now.isoformat(),
        "timezone": installation.timezone,
        "max_pages": source.max_pages,
        "allow_private_addresses": source.allow_private_addresses,
        "obey_robots": source.obey_robots,
        "contact": installation.contact,
        "proxy": "" if direct else installation.proxy,
        "request_timeout": min(30.0, source.timeout.total_seconds()),
        "delay": 0.02 if source.allow_private_addresses else 0.5,
    }
    return json.dumps(job, default=str).encode()


def _start(job: bytes) -> subprocess.Popen[bytes]:
    quiet = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH", "VIRTUAL_ENV"}
    child = subprocess.Popen(
        [sys.executable, "-m", "listener.spiders.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name in quiet},
        preexec_fn=_die_with_parent,
    )
    assert child.stdin is not None
    try:
        child.stdin.write(job)
        child.stdin.close()
    except BrokenPipeError:
        pass  # it died at once; the outcome says so
    return child


def _die_with_parent() -> None:
    """Linux: the child is killed when its parent dies, however it dies (prctl(2), PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _listen(
    child: subprocess.Popen[bytes],
    source: SourceSettings,
    seen: _Seen,
    on_captures: Callable[[list[RawMention]], int],
    stop: Callable[[], bool],
) -> None:
    """Read the child's lines until it ends, is to stop, takes too long or grows too large."""
    lines: queue.Queue[bytes] = queue.Queue(maxsize=1000)
    threading.Thread(target=_pump, args=(child, lines), daemon=True).start()
    deadline = time.monotonic() + source.timeout.total_seconds()
    while not seen.ended:
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            line = None
        if line == b"":
            break
        if line is not None:
            _take(line, source, seen, on_captures)
        seen.ended = _why_end(child, deadline, stop)
    if seen.batch:
        seen.new += on_captures(seen.batch)
        seen.batch = []


def _pump(child: subprocess.Popen[bytes], lines: queue.Queue[bytes]) -> None:
    """Lines from the child's pipe into the queue; the empty one means its end."""
    assert child.stdout is not None
    try:
        while line := child.stdout.readline(LONGEST_LINE):
            lines.put(line)
    except (OSError, ValueError):
        pass  # the pipe was closed under us when the child was ended
    lines.put(b"")


def _why_end(child: subprocess.Popen[bytes], deadline: float, stop: Callable[[], bool]) -> str:
    if time.monotonic() > deadline:
        return "hung"
    if _resident_mb(child.pid) > MEMORY_MB:
        return "memory"
    return "stopped" if stop() else ""


def _resident_mb(pid: int) -> float:
    """Resident memory in MB by /proc/PID/statm (proc(5)); 0 where unknown."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _take(line: bytes, source: SourceSettings, seen: _Seen, on_captures: Callable[[list[RawMention]], int]) -> None:
    """One line of the protocol; nonsense is passed over, since the outcome tells."""
    try:
        message = json.loads(line)
    except ValueError:
        return
    if "result" in message:
        seen.result = message["result"]
    if "capture" in message:
        seen.found += 1
        seen.batch.append(_capture(message["capture"], source))
        if len(seen.batch) >= BATCH:
            seen.new += on_captures(seen.batch)
            seen.batch = []


def _capture(facts: dict[str, Any], source: SourceSettings) -> RawMention:
    published = facts.get("published_at")
    return RawMention(
        **{
            **facts,
            "source": source.name,
            "origin": Origin(facts["origin"]),
            "captured_at": datetime.fromisoformat(facts["captured_at"]),
            "published_at": datetime.fromisoformat(published) if published else None,
        }
    )


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child for sure, and close its pipe."""
    if child.poll() is None and child.stdout is not None:
        try:
            child.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait(timeout=GRACE_SECONDS)
    if child.stdout is not None:
        child.stdout.close()


def _judge(seen: _Seen, code: int | None) -> tuple[Outcome, str]:
    """The child's own word where it came to its end, else how it was ended."""
    if seen.result and not seen.ended:
        return Outcome(seen.result["outcome"]), str(seen.result["detail"])
    if seen.ended == "stopped":
        return Outcome.SUSPECT, "采集被停止"
    if seen.ended:
        return (Outcome.UNREACHABLE if seen.ended == "hung" else Outcome.PARSER_BROKE), FAILURES[seen.ended]
    return Outcome.PARSER_BROKE, f"{FAILURES['crashed']}（{code}）"
