"""The child process of a crawl: started with its job, listened to, and ended for sure.

Whatever it does (hangs, grows, dies, writes without end), it is gone within its time and a grace of seconds.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

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
class Ended:
    """How it ended: ``why`` is "" where it came to its own end, else hung, memory or stopped. ``code``: exit code."""

    why: str
    code: int | None
    last_words: bytes


def run(
    job: bytes, seconds: float, *, take: Callable[[bytes], None], idle: Callable[[], None], stop: Callable[[], bool]
) -> Ended:
    """Run a child on ``job``. ``take`` gets what it writes, as it comes; ``idle`` is called in between.

    What ``take`` and ``idle`` raise is raised once the child is ended.
    """
    child = _start(job)
    listening = _Listening(child, time.monotonic() + seconds, stop)
    try:
        for part in listening.parts():
            if part:
                take(part)
            idle()
    finally:
        _end(child)
    return Ended(listening.why, child.returncode, listening.last_words)


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


@dataclass
class _Listening:
    """Reads what the child writes until it ends, is to stop, takes too long or grows too large."""

    child: subprocess.Popen[bytes]
    deadline: float
    stop: Callable[[], bool]
    why: str = ""
    last_words: bytes = b""

    def parts(self) -> Iterator[bytes]:
        """What came on standard output, empty where nothing did."""
        for out, part in _parts(self.child):
            if out is self.child.stderr:
                self.last_words = (self.last_words + part)[-LAST_WORDS:]
            yield part if out is self.child.stdout else b""
            self.why = self._why_end()
            if self.why:
                return

    def _why_end(self) -> str:
        if time.monotonic() > self.deadline:
            return "hung"
        if _resident_mb(self.child.pid) > MEMORY_MB:
            return "memory"
        return "stopped" if self.stop() else ""


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
