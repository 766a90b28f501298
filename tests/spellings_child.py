"""The crawl child with one platform more: it asks for every address it is given.

    python -m tests.spellings_child [--unscreened] < job

``--unscreened`` takes the look at the address away, so that only the guard at connect time is left.
"""

from __future__ import annotations

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


if __name__ == "__main__":
    child.platforms = lambda: {"many": Many}  # type: ignore[assignment]
    if "--unscreened" in sys.argv:
        guard.screen = lambda *_, **__: ""  # type: ignore[assignment]
    child.main()
