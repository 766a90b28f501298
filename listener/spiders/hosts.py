"""What all crawls of one machine know of a host together: when it may be asked next, and what its robots.txt says.

A small file for each host below one folder, changed under a lock (flock(2)), so that any number of children of any
number of daemons keep one pace towards a host, and a Retry-After that one of them was given holds for all. Without a
folder the same is kept in memory for one crawl. Nothing here is worth a crawl: a file that is broken counts as new.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

LONGEST_WAIT = timedelta(hours=24)
"""A longer Retry-After is taken for this: a mistake of a site must not make it unseen for good."""

WAITS = frozenset({429, 503})
"""Statuses whose Retry-After is kept (RFC 9110, 10.2.3; RFC 6585, 4). That of a redirect is about the redirect."""

STALE = timedelta(days=2)
LARGEST_FILE = 200_000


def host_of(url: str) -> str:
    """The host and port that share a pace: the rules of HTTP and of its streams are the same server's."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def retry_after(text: str, now: datetime) -> datetime | None:
    """When a Retry-After header (seconds, or a date) ends, at most a day from ``now``; None where it says nothing."""
    wanted = text.strip()
    if wanted.isascii() and wanted.isdigit():
        until = now + min(timedelta(seconds=int(wanted[:9])), LONGEST_WAIT)
    else:
        try:
            until = parsedate_to_datetime(wanted)
        except (ValueError, TypeError, IndexError):
            return None
        until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(until, now + LONGEST_WAIT) if until > now else None


class Hosts:
    """``clock`` is the crawl's own, by which waits and robots.txt grow old; the pace goes by the ``machine``'s."""

    def __init__(
        self, folder: Path | None, clock: Callable[[], datetime], machine: Callable[[], float] = time.time
    ) -> None:
        self.folder, self.clock, self.machine = folder, clock, machine
        self._memory: dict[str, dict[str, Any]] = {}
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def reserve(self, url: str, gap: float, most: float) -> float | None:
        """Seconds until the next request to the host of ``url`` may go out, which is reserved thereby.

        ``gap`` seconds lie between it and the next one. None, and nothing is reserved, where it is more than ``most``.
        """
        with self._known(url) as facts:
            at = self.machine()
            free = facts.get("next")
            wait = max(0.0, float(free) - at) if isinstance(free, int | float) else 0.0
            wait = wait if wait < LONGEST_WAIT.total_seconds() else 0.0  # the clock was set
            if wait > most:
                return None
            facts["next"] = at + wait + gap
            return wait

    def told_to_wait(self, url: str, until: datetime) -> None:
        """The host asked for no request before ``until``."""
        with self._known(url) as facts:
            facts["wait"] = until.isoformat()

    def waits_until(self, url: str) -> datetime | None:
        """Until when the host asked to be left alone, None where it may be asked."""
        with self._known(url) as facts, suppress(KeyError, ValueError, TypeError):
            until = datetime.fromisoformat(facts["wait"])
            now = self.clock()
            return until if now < until <= now + LONGEST_WAIT else None
        return None

    def robots(self, place: str) -> Mapping[str, Any] | None:
        """``text`` and ``at`` of a robots.txt that some crawl has read."""
        with self._known(place) as facts:
            kept = facts.get("robots", {})
            found = kept.get(place) if isinstance(kept, dict) else None
            return found if isinstance(found, dict) else None

    def keep_robots(self, place: str, text: str, at: str) -> None:
        """A robots.txt was read."""
        with self._known(place) as facts:
            kept = facts.get("robots")
            facts["robots"] = {**(kept if isinstance(kept, dict) else {}), place: {"text": text, "at": at}}

    @contextmanager
    def _known(self, url: str) -> Iterator[dict[str, Any]]:
        """The facts of a host, read and written back under its lock."""
        host = host_of(url)
        if self.folder is None:
            yield self._memory.setdefault(host, {})
            return
        path = self.folder / f"{hashlib.sha256(host.encode()).hexdigest()[:32]}.json"
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            before = file.read(LARGEST_FILE)
            facts = _facts(before)
            yield facts
            after = json.dumps({**facts, "host": host}).encode()
            if after != before:
                file.seek(0)
                file.write(after)
                file.truncate()


def _facts(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def forget_old(folder: Path, now: float) -> int:
    """Remove the files of hosts that nobody asked for two days; how many."""
    count = 0
    for path in folder.glob("*.json") if folder.is_dir() else ():
        with suppress(OSError):
            if now - path.stat().st_mtime > STALE.total_seconds():
                path.unlink()
                count += 1
    return count
