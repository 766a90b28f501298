"""What a crawl takes and hands on: captures, each once; what proves them; what became of known mentions; its notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from scrapy.http import Response

from listener.language import say
from listener.model import RawMention
from listener.spiders import evidence
from listener.spiders.base import Parsed
from listener.spiders.outcomes import Happened
from listener.spiders.pages import silent
from listener.spiders.protocol import LONGEST_CONTENT, LONGEST_ID, capture_facts, fitted

MOST_CAPTURES = 100_000
MOST_AUDIT = 50
MOST_FIELD_NAMES = 1000

Send = Callable[..., None]
"""Writes one line of the protocol: its kind, and its facts by name."""


class Takings:
    """The takings of one crawl, handed on by ``send`` as they come."""

    def __init__(self, send: Send, happened: Happened, clock: Callable[[], datetime], keep_payloads: bool) -> None:
        self.send, self.happened, self.clock, self.keep_payloads = send, happened, clock, keep_payloads
        self.gone = 0
        self.fields: Counter[str] = Counter()  # by name, how many records had it; records by their kind
        self.records: Counter[str] = Counter()
        self.seen: set[tuple[str, str]] = set()
        self.audit: list[str] = []
        self.answered: Response | None = None  # what is being read, until a capture of it was handed on

    def reading(self, response: Response) -> None:
        """The answer that the next page is read from."""
        self.answered = response

    def take(self, parsed: Parsed, kind: str, *, is_start: bool) -> None:
        """Take what a page of this kind gave."""
        self._tell(parsed, is_start)
        for line in (*parsed.audit, *silent(parsed.captures, kind)):
            self.note(line)
        self._count_fields(parsed.fields)
        self._hand_on(parsed.captures)

    def is_gone(self, native_id: str) -> None:
        """A page is there no more; where a mention was read again, it is told which."""
        self.gone += 1
        if native_id:
            self.send("gone", native_id=native_id)

    def note(self, line: str) -> None:
        """Say something of this crawl in its audit, once, as long as there is room."""
        said = " ".join(line.split())[:300]
        if len(self.audit) < MOST_AUDIT and said not in self.audit:
            self.audit.append(said)

    def facts(self) -> dict[str, Any]:
        """What the crawl's result says of its takings."""
        return {
            "read": self.happened.read,
            "gone": self.gone,
            "found": self.happened.captures,
            "audit": self.audit,
            "fields": {
                name: (has, self.records[name.rpartition(".")[0]])
                for name, has in sorted(self.fields.items())[:MOST_FIELD_NAMES]
            },
        }

    def _count_fields(self, found: Mapping[str, tuple[int, int]]) -> None:
        """Add a page's fields; its records count for those fields too that other pages' records of that kind have."""
        for kind, of in {name.rpartition(".")[0]: of for name, (_, of) in found.items()}.items():
            self.records[kind] += of
        self.fields.update({name: has for name, (has, _) in found.items()})

    def _tell(self, parsed: Parsed, is_start: bool) -> None:
        """Hand on what a page says of mentions that are known already; a list that says only that was read."""
        self.happened.capped += [parsed.capped] if parsed.capped else []
        for kind, ids in (("gone", parsed.gone), ("there", parsed.there)):
            for native_id in ids:
                self.send(kind, native_id=native_id)
        hollow = bool(parsed.gone) and not parsed.captures and not is_start
        self.gone += hollow
        self.happened.read -= hollow

    def _hand_on(self, captures: list[RawMention]) -> None:
        """Write captures out, each once a crawl."""
        for capture in captures:
            key = (capture.site, capture.native_id)
            if not capture.native_id or key in self.seen or len(self.seen) >= MOST_CAPTURES:
                continue
            if len(capture.content) > LONGEST_CONTENT or len(capture.native_id) > LONGEST_ID:
                self.note(say(f"内容过长，已截断：{capture.url}", f"too long, cut: {capture.url}"))
            self.seen.add(key)
            self.happened.captures += 1
            self._prove()
            self.send("capture", **capture_facts(fitted(capture)))

    def _prove(self) -> None:
        """Hand on the answer that the next captures come from, once."""
        if self.answered is not None:
            self.send("evidence", **evidence.facts_of(self.answered, self.clock(), self.keep_payloads))
            self.answered = None
