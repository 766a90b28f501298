"""How one crawl behaves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How one crawl behaves. ``seconds`` from its start on nothing new is asked for; ``requests`` is the most.

    ``delay``: seconds between two requests to one host, over all crawls. ``keep_payloads``: the bodies that captures
    were read from are handed on too.
    """

    obey_robots: bool = True
    proxy: str = ""
    seconds: float = 240.0
    requests: int = 5000
    allowed: frozenset[tuple[str, int]] = frozenset()
    keep_payloads: bool = False
    delay: float = 0.5


@dataclass(frozen=True, slots=True)
class Backfill:
    """A round of a backfill: it goes on from what the round before left, in that order, until nothing is left.

    ``begun`` are the addresses of its first round's beginning, empty in that round. Nothing is lost between rounds, so
    that a beginning that could not be read is left for the next one like any other page.
    """

    begun: tuple[str, ...] = ()
