"""One source, one typed outcome; a child process for each crawl, or one for many small ones.

The child writes captures as it finds them; they are handed on in batches, so that what came before a crash is kept.
Whatever the child does (hangs, grows, dies, writes nonsense), it ends within its timeout and the parent goes on.

    crawl(work)  ───────────────────────────────────────────────▶ CrawlReport
    crawl_together([work, …]) ─one child─▶ a report for each that came to its end; the others are to go alone
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from listener import language
from listener.crawls import child
from listener.crawls.child import GRACE_SECONDS, Ended
from listener.crawls.suspicion import Signs
from listener.language import say
from listener.model import CrawlReport, Outcome, Proof, RawMention
from listener.settings import Installation, SourceSettings
from listener.spiders.base import Revisit
from listener.spiders.outcomes import failure
from listener.spiders.protocol import Lines, Message, Result, Told, read_tagged
from listener.text.mask import mask

log = logging.getLogger(__name__)

BATCH = 200
BATCH_CHARACTERS = 8_000_000
BATCH_SECONDS = 5.0
"""A batch is handed on when it has so many captures, so much text, or when its first capture is so old."""


@dataclass(frozen=True, slots=True)
class Backfill:
    """A round of a backfill: everything since a moment, with at most ``requests`` answers in this round."""

    since: datetime
    requests: int = 500

    def facts(self) -> dict[str, Any]:
        """Its part of the job."""
        return {"since": self.since.isoformat(), "max_requests": self.requests}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where crawls run: the clock, the installation, the folder in which children of this machine agree on hosts."""

    now: datetime
    clock: Callable[[], datetime]
    installation: Installation
    hosts: Path | None = None
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One source to crawl. ``on_captures`` stores a batch and says how many were new; what it raises is raised.

    ``revisits`` are read again once the crawl's own pages are asked for. With ``backfill`` it is one round of one.
    """

    source: SourceSettings
    state: Mapping[str, Any]
    on_captures: Callable[[list[RawMention]], int]
    secret: str = ""
    revisits: Sequence[Revisit] = ()
    backfill: Backfill | None = None


@dataclass
class _Seen:
    """What came of one source so far, and the batch that waits to be handed on since ``since`` (monotonic)."""

    work: Work
    found: int = 0
    new: int = 0
    result: Result | None = None
    batch: list[RawMention] = field(default_factory=list)
    characters: int = 0
    since: float = 0.0
    told: dict[str, bool] = field(default_factory=dict)
    """Of mentions known before, by native id: whether the site says that it is gone."""

    proof: Proof | None = None
    signs: Signs = field(default_factory=Signs)
    failed: bool = False
    """Storing what it brought raised."""

    def take(self, message: Message) -> None:
        """One line of the protocol; nonsense is passed over, since the outcome tells."""
        if isinstance(message, Result):
            self.result = message
        elif isinstance(message, Told):
            if message.gone or message.native_id not in self.told:
                self.told[message.native_id] = message.gone
        elif isinstance(message, Proof):
            self.proof = message
            self.characters += len(message.payload)
        else:
            self.since = self.since if self.batch else time.monotonic()
            self.found += 1
            self.characters += len(message.content)
            self.signs.note(message)
            self.batch.append(replace(message, source=self.work.source.name, proof=self.proof))
            if len(self.batch) >= BATCH or self.characters >= BATCH_CHARACTERS:
                self.hand_on()

    def hand_on(self) -> None:
        """Give the batch to who stores it. It is let go of first: what is raised is not stored twice."""
        batch, self.batch, self.characters = self.batch, [], 0
        if batch:
            self.new += self.work.on_captures(batch)

    def hand_on_what_waited(self) -> None:
        """Give the batch on where its first capture is old enough."""
        if self.batch and time.monotonic() - self.since > BATCH_SECONDS:
            self.hand_on()


def crawl(work: Work, setting: Setting) -> CrawlReport:
    """Crawl one source now, in a child process of its own."""
    seen = _Seen(work)
    job, seconds = json.dumps(job_of(work, setting), default=str).encode(), work.source.timeout.total_seconds()
    ended, dropped = _run(job, seconds, setting.stop, lambda _, message: seen.take(message), seen.hand_on_what_waited)
    seen.hand_on()
    return _report(seen, setting, *_judge(seen, ended), dropped)


def crawl_together(works: Sequence[Work], setting: Setting, done: Callable[[CrawlReport], None]) -> list[Work]:
    """Crawl small sources in one child; each has its own report, handed to ``done`` as it comes, as if it were alone.

    Those that got none are returned, to be crawled by themselves: the child was ended before them, and the one that did
    it meets its end alone; or storing what one brought raised, and is to raise again where only that one is concerned.
    """
    seen = [_Seen(work) for work in works]
    told: set[int] = set()

    def safely(one: _Seen, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:
            log.exception("%s: is crawled again by itself", one.work.source.name)
            one.failed = True

    def take(number: int, message: Message) -> None:
        if not 0 <= number < len(seen):
            return
        one = seen[number]
        if not one.failed:
            safely(one, lambda: one.take(message))
        if isinstance(message, Result) and not one.failed and not setting.stop():
            safely(one, lambda: tell(number))

    def tell(number: int) -> None:
        seen[number].hand_on()
        done(_report(seen[number], setting, *_judge(seen[number], None), 0))
        told.add(number)

    def idle() -> None:
        for one in seen:
            if not one.failed:
                safely(one, one.hand_on_what_waited)

    job = {"jobs": [job_of(work, setting) for work in works]}
    seconds = max(work.source.timeout.total_seconds() for work in works)
    _run(json.dumps(job, default=str).encode(), seconds, setting.stop, take, idle)
    for one in seen:
        safely(one, one.hand_on)
    return [] if setting.stop() else [work for number, work in enumerate(works) if number not in told]


def _run(
    job: bytes,
    seconds: float,
    stop: Callable[[], bool],
    take: Callable[[int, Message], None],
    idle: Callable[[], None],
) -> tuple[Ended, int]:
    """Run the child and share out what it writes; how it ended, and how many lines were too long to be read."""
    lines = Lines()

    def take_part(part: bytes) -> None:
        for line in lines.feed(part):
            number, message = read_tagged(line)
            if message is not None:
                take(number, message)

    return child.run(job, seconds, take=take_part, idle=idle, stop=stop), lines.dropped


def job_of(work: Work, setting: Setting) -> dict[str, Any]:
    """What the child is told."""
    source, installation = work.source, setting.installation
    direct = urlsplit(source.url).hostname in installation.proxy_exceptions
    timeout = source.timeout.total_seconds()
    request_timeout = min(30.0, timeout)
    further = {"revisits": [asdict(one) for one in work.revisits]}
    return {
        "source": source.name,
        "platform": source.platform,
        "url": source.url,
        "parameters": source.options,
        "state": dict(work.state),
        "now": setting.now.isoformat(),
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
        "hosts": str(setting.hosts) if setting.hosts else "",
        "keep_payloads": bool(installation.evidence.keep_payloads),
        "parent": os.getpid(),
        "secret": work.secret,
        **further,
        **(work.backfill.facts() if work.backfill else {}),
    }


def _report(seen: _Seen, setting: Setting, outcome: Outcome, detail: str, dropped: int) -> CrawlReport:
    result = seen.result or Result(outcome=outcome)
    return CrawlReport(
        source=seen.work.source.name,
        outcome=outcome,
        detail=detail,
        started_at=setting.now,
        ended_at=max(setting.clock(), setting.now),
        found=seen.found,
        new=seen.new,
        requests=result.requests,
        bytes=result.bytes,
        state=result.state or dict(seen.work.state),
        audit=(*result.audit, *_dropped(dropped)),
        told=seen.told,
        pages_read=result.read,
        pages_gone=result.gone,
        signs=seen.signs.facts(result.fields),
    )


def _judge(seen: _Seen, ended: Ended | None) -> tuple[Outcome, str]:
    """The child's own word where it came to its end, else how it was ended."""
    if seen.result is not None:
        return seen.result.outcome, " ".join(seen.result.detail.split())[:500]
    assert ended is not None
    if ended.why == "stopped":
        return Outcome.SUSPECT, say("采集被停止", "the crawl was stopped")
    if ended.why:
        return (Outcome.UNREACHABLE if ended.why == "hung" else Outcome.PARSER_BROKE), failure(ended.why)
    words = mask(ended.last_words.decode("utf-8", "replace").strip().rpartition("\n")[2][:200])
    return Outcome.PARSER_BROKE, " ".join(f"{failure('crashed')}（{ended.code}）{words}".split())


def _dropped(count: int) -> list[str]:
    return [say(f"{count} 行过长，未读取", f"{count} lines were too long and not read")] if count else []
