"""A site on loopback that answers what a test says, and remembers what it was asked with which headers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests import loopback

Answer = tuple[int, Any, dict[str, str]]


@dataclass
class JsonSite:
    """``answer`` gets the path and the query and gives status, payload (text as it is, else JSON) and headers."""

    answer: Callable[[str, dict[str, str]], Answer]
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    url: str = ""

    def paths(self) -> list[str]:
        """What was asked since the last time, in order, robots.txt left out."""
        found = [path for path, _ in self.asked if path != "/robots.txt"]
        self.asked.clear()
        return found


@contextmanager
def serving(site: JsonSite) -> Iterator[JsonSite]:
    """The site while the block runs; ``site.url`` is its address."""

    class Handler(loopback.Handler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            site.asked.append((self.path, dict(self.headers)))
            is_robots = parts.path == "/robots.txt"
            status, payload, headers = (
                (404, "", {}) if is_robots else site.answer(parts.path, dict(parse_qsl(parts.query)))
            )
            body = (payload if isinstance(payload, str) else json.dumps(payload, ensure_ascii=False)).encode()
            self.send(status, body, {"Content-Type": "application/json", **headers})

    with loopback.serving(Handler) as address:
        site.url = f"{address}/"
        yield site
