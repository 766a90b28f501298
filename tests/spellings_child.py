"""The crawl child with one platform more: it asks for every address it is given.

    python -m tests.spellings_child [--unscreened] [--rebound] < job

``--unscreened`` takes the look at the address away, so that only the guard at connect time is left; ``--rebound`` has
names that resolve to a private address.
"""

from __future__ import annotations

import socket
import sys

from listener.spiders import base, child, guard
from listener.spiders.base import Fetch, Page, Parsed, Platform


class Many(Platform):
    NAME = "many"

    class Parameters(base.Parameters):
        urls: tuple[str, ...]

    parameters: Parameters

    def start(self) -> list[Fetch]:
        return [Fetch(url) for url in self.parameters.urls]

    def read(self, page: Page) -> Parsed:
        return Parsed(audit=[f"reached {page.url}"])


def rebind() -> None:
    """Every name resolves to this machine by now, though it looked public to whoever asked before."""

    def look_up(_host: object, port: object, *_: object, **__: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    socket.gethostbyname = lambda _host: "127.0.0.1"  # type: ignore[assignment]
    socket.getaddrinfo = look_up  # type: ignore[assignment]


if __name__ == "__main__":
    child.platform_named = lambda _: Many  # type: ignore[assignment]
    if "--unscreened" in sys.argv:
        guard.screen = lambda *_, **__: ""  # type: ignore[assignment]
    if "--rebound" in sys.argv:
        rebind()
    child.main()
