"""One source, one child process, one typed outcome.

The child writes captures as it finds them; they are handed on in batches, so that what came before a crash is kept.
Whatever the child does (hangs, grows, dies, writes nonsense), it ends within its timeout and the parent goes on.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from listener import language
from listener.language import say
from listener.model import CrawlReport, Outcome, RawMention
from listener.settings import Installation, SourceSettings
from listener.spiders.base import Revisit
from listener.spiders.outcomes import failure
from listener.spiders.protocol import Lines, Result, Told, read_line
from listener.text.mask import mask

BATCH = 200
BATCH_CHARACTERS = 8_000_000
BATCH_SECONDS = 5.0
"""A batch is handed on when it has so many captures, so much text, or when its first capture is so old."""

MEMORY_MB = 300
"""Resident memory of a child beyond which it is ended; a quiet crawl takes about 100."""

GRACE_SECONDS = 3.0
POLL_SECONDS = 0.1
LAST_WORDS = 4096
"""Bytes of the child's standard error that are kept, to say why it died."""

_PASSED_ON = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH", "VIRTUAL_ENV"}
)
"""What of the environment a child gets: no proxy, no secret."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """A round of a backfill: everything since a moment, with at most ``requests`` answers in this round."""

    since: datetime
    requests: int = 500

    def facts(self) -> dict[str, Any]:
        """Its part of the job."""
        return {"since": self.since.isoformat(), "max_requests": self.requests}


@dataclass
class _Seen:
    """What came out of the child so far, and the batch that waits to be handed on since ``since`` (monotonic)."""

    source: str
    on_captures: Callable[[list[RawMention]], int]
    found: int = 0
    new: int = 0
    result: Result | None = None
    ended: str = ""
    batch: list[RawMention] = field(default_factory=list)
    characters: int = 0
    since: float = 0.0
    lines: Lines = field(default_factory=Lines)
    last_words: bytes = b""
    told: dict[str, bool] = field(default_factory=dict)
    """Of mentions known before, by native id: whether the site says that it is gone."""

    def take(self, line: bytes) -> None:
        """One line of the protocol; nonsense is passed over, since the outcome tells."""
        message = read_line(line)
        if isinstance(message, Result):
            self.result = message
        elif isinstance(message, Told):
            if message.gone or message.native_id not in self.told:
                self.told[message.native_id] = message.gone
        elif message is not None:
            self.since = self.since if self.batch else time.monotonic()
            self.found += 1
            self.characters += len(message.content)
            self.batch.append(replace(message, source=self.source))
            if len(self.batch) >= BATCH or self.characters >= BATCH_CHARACTERS:
                self.hand_on()

    def hand_on(self) -> None:
        """Give the batch to who stores it. It is let go of first: what is raised is not stored twice."""
        batch, self.batch, self.characters = self.batch, [], 0
        if batch:
            self.new += self.on_captures(batch)


def crawl(
    source: SourceSettings,
    state: Mapping[str, Any],
    *,
    now: datetime,
    clock: Callable[[], datetime],
    installation: Installation,
    on_captures: Callable[[list[RawMention]], int],
    stop: Callable[[], bool] = lambda: False,
    secret: str = "",
    revisits: Sequence[Revisit] = (),
    backfill: Backfill | None = None,
) -> CrawlReport:
    """Crawl ``source`` now. ``on_captures`` stores a batch and says how many were new; what it raises is raised.

    ``revisits`` are read again once the crawl's own pages are asked for. With ``backfill`` it is one round of one.
    """
    seen = _Seen(source.name, on_captures)
    further = {"revisits": [asdict(one) for one in revisits], **(backfill.facts() if backfill else {})}
    child = _start(_job(source, state, now, installation, secret, further))
    try:
        _listen(child, source.timeout.total_seconds(), seen, stop)
    finally:
        _end(child)
    seen.hand_on()
    outcome, detail = _judge(seen, child.returncode)
    result = seen.result or Result(outcome=outcome)
    return CrawlReport(
        source=source.name,
        outcome=outcome,
        detail=detail,
        started_at=now,
        ended_at=max(clock(), now),
        found=seen.found,
        new=seen.new,
        requests=result.requests,
        bytes=result.bytes,
        state=result.state or dict(state),
        audit=(*result.audit, *_dropped(seen)),
        told=seen.told,
        pages_read=result.read,
        pages_gone=result.gone,
    )


def _job(
    source: SourceSettings,
    state: Mapping[str, Any],
    now: datetime,
    installation: Installation,
    secret: str,
    further: Mapping[str, Any],
) -> bytes:
    direct = urlsplit(source.url).hostname in installation.proxy_exceptions
    timeout = source.timeout.total_seconds()
    request_timeout = min(30.0, timeout)
    job = {
        "source": source.name,
        "platform": source.platform,
        "url": source.url,
        "parameters": source.options,
        "state": dict(state),
        "now": now.isoformat(),
        "timezone": installation.timezone,
        "language": language.chosen(),
        "max_pages": source.max_pages,
        "allow_private_addresses": source.allow_private_addresses,
        "obey_robots": source.obey_robots,
        "contact": installation.contact,
        "proxy": "" if direct else installation.proxy,
        "request_timeout": request_timeout,
        "seconds": max(timeout * 0.6, timeout - request_timeout - GRACE_SECONDS),  # the last answers still come in
        "delay": 0.02 if source.allow_private_addresses else 0.5,
        "parent": os.getpid(),
        "secret": secret,
        **further,
    }
    return json.dumps(job, default=str).encode()


def _start(job: bytes) -> subprocess.Popen[bytes]:
    """The child, with its job in an unnamed file: a pipe would block us where the child does not read it."""
    with tempfile.TemporaryFile() as stdin:
        stdin.write(job)
        stdin.seek(0)
        return subprocess.Popen(
            [sys.executable, "-m", "listener.spiders.child"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name in _PASSED_ON},
        )


def _listen(child: subprocess.Popen[bytes], seconds: float, seen: _Seen, stop: Callable[[], bool]) -> None:
    """Read what the child writes until it ends, is to stop, takes too long or grows too large."""
    deadline = time.monotonic() + seconds
    for out, part in _parts(child):
        if out is child.stdout:
            for line in seen.lines.feed(part):
                seen.take(line)
        else:
            seen.last_words = (seen.last_words + part)[-LAST_WORDS:]
        if seen.batch and time.monotonic() - seen.since > BATCH_SECONDS:
            seen.hand_on()
        seen.ended = _why_end(child, deadline, stop)
        if seen.ended:
            return


def _parts(child: subprocess.Popen[bytes]) -> Iterator[tuple[IO[bytes] | None, bytes]]:
    """What comes through the child's pipes, and ``(None, b"")`` while nothing does; ends when both are closed.

    Nothing is read ahead: a child that writes faster than its captures are stored has to wait.
    """
    with selectors.DefaultSelector() as ready:
        for pipe in (child.stdout, child.stderr):
            assert pipe is not None
            ready.register(pipe, selectors.EVENT_READ)
        while ready.get_map():
            for key, _ in ready.select(POLL_SECONDS):
                part = os.read(key.fd, 65_536)
                if part:
                    yield (child.stdout if key.fileobj is child.stdout else child.stderr), part
                else:
                    ready.unregister(key.fileobj)
            yield None, b""


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


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child for sure, and close its pipes."""
    try:
        child.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        child.kill()
    child.wait(timeout=GRACE_SECONDS)
    for pipe in (child.stdout, child.stderr):
        if pipe is not None:
            pipe.close()


def _judge(seen: _Seen, code: int | None) -> tuple[Outcome, str]:
    """The child's own word where it came to its end, else how it was ended."""
    if seen.result is not None:
        return seen.result.outcome, " ".join(seen.result.detail.split())[:500]
    if seen.ended == "stopped":
        return Outcome.SUSPECT, say("采集被停止", "the crawl was stopped")
    if seen.ended:
        return (Outcome.UNREACHABLE if seen.ended == "hung" else Outcome.PARSER_BROKE), failure(seen.ended)
    words = mask(seen.last_words.decode("utf-8", "replace").strip().rpartition("\n")[2][:200])
    return Outcome.PARSER_BROKE, " ".join(f"{failure('crashed')}（{code}）{words}".split())


def _dropped(seen: _Seen) -> list[str]:
    count = seen.lines.dropped
    return [say(f"{count} 行过长，未读取", f"{count} lines were too long and not read")] if count else []
