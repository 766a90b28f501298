"""robots.txt by RFC 9309: 4xx allows everything, 5xx or no answer forbids everything; kept for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from protego import Protego

KEPT_FOR = timedelta(hours=24)
"""RFC 9309, 2.4: a cached version should not be used for more than 24 hours."""

LARGEST = 500 * 1024
"""RFC 9309, 2.5: at least 500 kibibytes are parsed."""


def robots_url(url: str) -> str:
    """Where the rules for ``url`` stand."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/robots.txt"


@dataclass
class Robots:
    """The rules of the hosts of one crawl. ``saved`` is from the last crawl's state: robots URL to text and time."""

    agent: str
    now: datetime
    saved: Mapping[str, Any] = field(default_factory=dict)
    _texts: dict[str, str | None] = field(default_factory=dict)

    def known(self, url: str) -> bool:
        """True where the rules for ``url`` need not be fetched."""
        place = robots_url(url)
        if place in self._texts:
            return True
        kept = self.saved.get(place)
        if isinstance(kept, dict) and self.now - datetime.fromisoformat(str(kept["at"])) < KEPT_FOR:
            self._texts[place] = str(kept["text"])
            return True
        return False

    def answered(self, url: str, status: int, text: str) -> None:
        """The host of ``url`` answered for its robots.txt."""
        place = robots_url(url)
        if status >= 500 or status == 429:
            self._texts[place] = None
        elif status >= 400:
            self._texts[place] = ""
        else:
            self._texts[place] = text[:LARGEST]

    def silent(self, url: str) -> None:
        """The host of ``url`` did not answer: everything is forbidden."""
        self._texts[robots_url(url)] = None

    def why_not(self, url: str) -> str:
        """Why ``url`` must not be fetched, "" where it may."""
        text = self._texts.get(robots_url(url))
        if text is None:
            return "robots.txt 无法读取，按规定不采集"
        return "" if Protego.parse(text).can_fetch(url, self.agent) else "robots.txt 不允许采集"

    def state(self) -> dict[str, Any]:
        """What the next crawl may use again; what could not be read is asked again."""
        fresh = {
            place: {"text": text, "at": self.now.isoformat()}
            for place, text in self._texts.items()
            if text is not None and not isinstance(self.saved.get(place), dict)
        }
        return {**self.saved, **fresh}
