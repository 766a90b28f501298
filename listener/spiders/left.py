"""What a crawl did not get to, for the next one. Pure.

A page that failed is tried again a few times; one that the crawl had no time for is not counted as a try.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from listener.spiders.base import Fetch

MOST_TRIES = 3
MOST_KEPT = 2000


@dataclass
class Left:
    """``saved`` is the last crawl's ``state()``; ``kept`` is what this one leaves, by address."""

    saved: Sequence[Any] = ()
    kept: dict[str, Fetch] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)

    dropped: int = 0
    """How many could not be kept."""

    def begin(self) -> list[Fetch]:
        """What the last crawl left, in its order."""
        found = []
        for one in self.saved:
            with suppress(KeyError, TypeError, ValueError):
                fetch = _fetch(one)
                self.tries[fetch.url] = int(one.get("tries", 0))
                found.append(fetch)
        return found

    def keep(self, fetch: Fetch) -> None:
        """This crawl did not get to it."""
        if len(self.kept) < MOST_KEPT:
            self.kept.setdefault(fetch.url, fetch)
        elif fetch.url not in self.kept:
            self.dropped += 1

    def failed(self, fetch: Fetch) -> bool:
        """It was tried in vain; False where that was the last time."""
        self.tries[fetch.url] = self.tries.get(fetch.url, 0) + 1
        if self.tries[fetch.url] >= MOST_TRIES:
            return False
        self.keep(fetch)
        return True

    def drop(self, urls: Iterable[str]) -> None:
        """These are asked for by every crawl anyway."""
        for url in urls:
            self.kept.pop(url, None)

    def state(self) -> list[dict[str, Any]]:
        """As JSON."""
        return [
            {
                "url": fetch.url,
                "kind": fetch.kind,
                "headers": dict(fetch.headers),
                "context": dict(fetch.context),
                "tries": self.tries.get(fetch.url, 0),
            }
            for fetch in self.kept.values()
        ]


def _fetch(one: Mapping[str, Any]) -> Fetch:
    return Fetch(str(one["url"]), str(one["kind"]), dict(one["headers"]), dict(one["context"]))
