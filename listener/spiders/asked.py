"""What one crawl has asked for, so that nothing is asked for twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from listener.spiders.base import Fetch

Chain = tuple[str, ...]
"""The addresses of one fetch so far: the one asked for, then where its redirects led."""


REVISITS_RANK = -1_000_000
"""Scrapy's priority of what is read again: after everything that the crawl itself asks for."""


@dataclass
class Asked:
    """What this crawl has asked for: addresses, those of ``start`` among them, and what waits for a robots.txt.

    ``again`` are those of mentions that are read again: few, and not counted against the crawl's own. ``ranks`` are
    priorities by address, 0 where none is given; what a page leads to has the page's.
    """

    urls: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    waiting: dict[str, list[tuple[Fetch, Chain]]] = field(default_factory=dict)
    ranks: dict[str, int] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
