"""robots.txt by RFC 9309: 4xx allows everything, 5xx or no answer forbids everything; kept for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

from listener.language import say
from listener.spiders.hosts import Hosts

KEPT_FOR = timedelta(hours=24)
"""RFC 9309, 2.4: a cached version should not be used for more than 24 hours."""

LARGEST = 500 * 1024
"""RFC 9309, 2.5: at least 500 kibibytes are parsed."""

LONGEST_DELAY = 120.0
"""Seconds; a longer Crawl-delay is taken for this: no page at all could be read within a crawl's time."""

LARGEST_KEPT = 20_000
"""Longer rules are asked for again by each crawl: they would only swell the state."""


def robots_url(url: str) -> str:
    """Where the rules for ``url`` stand."""
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)  # a stream begins as an HTTP request
    return f"{scheme}://{parts.netloc}/robots.txt"


@dataclass
class Robots:
    """The rules of the hosts of one crawl. ``saved`` is from the last crawl's state: robots URL to text and time.

    ``hosts`` is what other crawls of this machine have read; what is read here is kept there.
    """

    agent: str
    now: datetime
    saved: Mapping[str, Any] = field(default_factory=dict)
    hosts: Hosts | None = None
    _texts: dict[str, str | None] = field(default_factory=dict)
    _at: dict[str, str] = field(default_factory=dict)
    _read: dict[str, Protego] = field(default_factory=dict)

    def known(self, url: str) -> bool:
        """True where the rules for ``url`` need not be fetched."""
        place = robots_url(url)
        if place in self._texts:
            return True
        for kept in (self.saved.get(place), self.hosts.robots(place) if self.hosts else None):
            if isinstance(kept, Mapping) and self._is_fresh(kept):
                self._texts[place], self._at[place] = str(kept.get("text", "")), str(kept["at"])
                return True
        return False

    def _is_fresh(self, kept: Mapping[str, Any]) -> bool:
        try:
            age = self.now - datetime.fromisoformat(str(kept["at"]))
        except (KeyError, ValueError, TypeError):
            return False
        return timedelta() <= age < KEPT_FOR

    def answered(self, url: str, status: int, text: str) -> None:
        """The host of ``url`` answered for its robots.txt."""
        place = robots_url(url)
        self._at[place] = self.now.isoformat()
        if status >= 500 or status == 429:
            self._texts[place] = None
        elif status >= 400:
            self._texts[place] = ""
        else:
            self._texts[place] = text[:LARGEST]
        kept = self._texts[place]
        if self.hosts and kept is not None and len(kept) <= LARGEST_KEPT:
            self.hosts.keep_robots(place, kept, self._at[place])

    def silent(self, url: str) -> None:
        """The host of ``url`` did not answer: everything is forbidden."""
        self._texts[robots_url(url)] = None

    def why_not(self, url: str) -> str:
        """Why ``url`` must not be fetched, "" where it may."""
        text = self._texts.get(robots_url(url))
        if text is None:
            return say(
                "robots.txt 无法读取，按规定不采集", "robots.txt cannot be read: nothing is fetched, by its standard"
            )
        allowed = self._rules(url, text).can_fetch(url, self.agent)
        return "" if allowed else say("robots.txt 不允许采集", "robots.txt forbids it")

    def _rules(self, url: str, text: str) -> Protego:
        place = robots_url(url)
        if place not in self._read:
            self._read[place] = Protego.parse(text)
        return self._read[place]

    def delay(self, url: str) -> float:
        """Seconds between two requests by the rules (Crawl-delay, Request-rate), at most ``LONGEST_DELAY``."""
        text = self._texts.get(robots_url(url))
        if not text:
            return 0.0
        rules = self._rules(url, text)
        rate = rules.request_rate(self.agent)
        wanted = max(float(rules.crawl_delay(self.agent) or 0.0), rate.seconds / rate.requests if rate else 0.0)
        return min(max(wanted, 0.0), LONGEST_DELAY)

    def state(self) -> dict[str, Any]:
        """What the next crawl may use again; what could not be read, or is too long to keep, is asked again."""
        return {
            place: {"text": text, "at": self._at[place]}
            for place, text in self._texts.items()
            if text is not None and len(text) <= LARGEST_KEPT
        }
