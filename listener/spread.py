"""How far something was passed on: from the original over sources, platforms and authors, from when to when. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from listener.language import say
from listener.text.nobody import author_of

__all__ = ["Spread", "spread_of"]


@dataclass(frozen=True, slots=True)
class Spread:
    """Counts of mentions, those passed on among them; ``platforms`` with their mentions, the loudest first."""

    mentions: int
    reposts: int
    platforms: Mapping[str, int]
    sources: int
    authors: int
    first_at: datetime
    last_at: datetime

    def line(self, zone: tzinfo) -> str:
        """One line for people."""
        where = "、".join(f"{name} {count}" for name, count in self.platforms.items())
        first, last = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (self.first_at, self.last_at))
        return say(
            f"共 {self.mentions} 条（转发 {self.reposts}），{self.sources} 个来源、{self.authors} 位发布者，"
            f"{where}；{first} 至 {last}",
            f"{self.mentions} mentions ({self.reposts} reposts) from {self.sources} sources by {self.authors} authors: "
            f"{where}; {first} to {last}",
        )

    def facts(self) -> dict[str, object]:
        """As JSON; times as datetimes."""
        names = ("mentions", "reposts", "sources", "authors", "first_at", "last_at")
        return {name: getattr(self, name) for name in names} | {"platforms": dict(self.platforms)}


def spread_of(mentions: Sequence[Mapping[str, Any]]) -> Spread | None:
    """The spread of a case's mentions (``listener.store.views.case_detail``); None where it has none."""
    if not mentions:
        return None
    times = [said["said_at"] for said in mentions]
    authors = {(said["platform"], author_of(said["author_id"], said["author"]) or said["number"]) for said in mentions}
    return Spread(
        mentions=len(mentions),
        reposts=sum(said["joined_as"] == "repost" for said in mentions),
        platforms=dict(Counter(said["platform"] for said in mentions).most_common()),
        sources=len({said["source"] for said in mentions}),
        authors=len(authors),
        first_at=min(times),
        last_at=max(times),
    )
