"""What a platform is: its own configuration keys, where a crawl begins, and how a page is read.

    start() ─▶ Fetch … ─fetched by child─▶ Page ─▶ read() ─▶ Parsed(captures, more fetches, audit) … ─▶ next_state()

Reading is pure but for the platform's own memory of one crawl, so fixtures test it without a network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from listener.model import RawMention


class Parameters(BaseModel):
    """A platform's own keys in a source's TOML file; unknown ones are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One crawl of one source, as the child process gets it. ``state`` is what the last crawl left."""

    source: str
    platform: str
    url: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    now: datetime
    timezone: str = "Asia/Shanghai"
    max_pages: int = 20

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Fetch:
    """An address to fetch; ``kind`` tells ``read`` what comes back."""

    url: str
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came back. ``text`` is the decoded body; ``headers`` have lower-case names."""

    url: str
    status: int
    body: bytes
    text: str
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Parsed:
    """What a page held. ``broken`` says why a page with content could not be read; ``audit`` is for the operator."""

    captures: list[RawMention] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)
    broken: str = ""
    audit: list[str] = field(default_factory=list)


class Platform:
    """Base of all platforms. ``NAME`` is the word in TOML; ``GONE`` are statuses that mean "deleted", no error."""

    NAME: ClassVar[str] = ""
    Parameters: ClassVar[type[Parameters]] = Parameters
    GONE: ClassVar[frozenset[int]] = frozenset({404, 410})

    def __init__(self, job: Job) -> None:
        self.job = job
        self.parameters = self.Parameters.model_validate(dict(job.parameters))

    def start(self) -> list[Fetch]:
        """Where the crawl begins."""
        return [Fetch(self.job.url)]

    def read(self, page: Page) -> Parsed:
        """What stands on a page that answered 200 (or 304)."""
        raise NotImplementedError

    def next_state(self) -> dict[str, Any]:
        """What the next crawl of this source needs; only asked for when nothing went wrong."""
        return dict(self.job.state)
