"""What a platform is: its own configuration keys, where a crawl begins, and how a page is read.

    start() ─▶ Fetch … ─fetched by fetcher─▶ Page ─▶ read() ─▶ Parsed(captures, fetches, later, audit) … ─▶ next_state()

Reading is pure but for the platform's own memory of one crawl, so fixtures test it without a network. What a page needs
to know about why it was asked for travels in ``Fetch.context`` and comes back in ``Page.context``: an address may be
redirected or rewritten, and a fetch that this crawl does not get to is made by a later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from listener.model import Outcome, RawMention

ENDED = "x-stream-ended"
"""Header of what was heard from a stream: its ``time`` is up, ``full``, or ``closed`` by the server."""


class Parameters(BaseModel):
    """A platform's own keys in a source's TOML file; unknown ones are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Revisit:
    """A mention to be read again: has it been edited, deleted, answered? ``native_id`` as it was captured."""

    native_id: str
    url: str
    thread_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One crawl of one source, as the child process gets it. ``state`` is what the last crawl left.

    ``since``: the operator asked for everything back to that moment (a backfill), whatever the state says and however
    many pages it takes. ``revisits`` are mentions and threads to be read again. ``secret`` is the operator's own key or
    cookie for this source; it is sent by ``Platform.headers`` only, never stored, never logged.
    """

    source: str
    platform: str
    url: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    now: datetime
    timezone: str = "Asia/Shanghai"
    max_pages: int = 20
    since: datetime | None = None
    revisits: tuple[Revisit, ...] = ()
    secret: str = ""

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


@dataclass(frozen=True, slots=True)
class Fetch:
    """An address to fetch. ``kind`` and ``context`` (JSON values) come back with the page and tell ``read`` why.

    ``again`` is the native id of the mention that is read again by it: its trouble is no news about the source, and an
    answer of "gone" is about that mention. What ``Platform.revisit`` returns gets it from who asked.
    """

    url: str
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    again: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What came back. ``text`` is the decoded body; ``headers`` have lower-case names.

    ``url`` is where it came from in the end, ``asked`` the address that was asked for before any redirect.
    """

    url: str
    status: int
    body: bytes
    text: str
    kind: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    asked: str = ""


@dataclass(slots=True)
class Parsed:
    """What a page held.

    ``fetches`` are made in this crawl, ``later`` in the next one (a page cap was hit). ``broken`` says why a page with
    content could not be read, ``wall`` that it asks for a login or a captcha; ``closed`` says the same of a page among
    others and counts only where the crawl captured nothing. ``gone`` are native ids that the page says are deleted,
    ``there`` those that it says are still there though it does not show them whole. ``capped`` says that a page cap
    kept this crawl from reading on: it stands in ``listener status``.
    ``fields`` are the names of the fields that the payload's records have, each with how many had it and how many there
    were: one that this source never had before is reported.
    ``audit`` is for the operator.
    """

    captures: list[RawMention] = field(default_factory=list)
    fetches: list[Fetch] = field(default_factory=list)
    later: list[Fetch] = field(default_factory=list)
    broken: str = ""
    wall: Outcome | None = None
    closed: Outcome | None = None
    gone: list[str] = field(default_factory=list)
    there: list[str] = field(default_factory=list)
    capped: str = ""
    fields: dict[str, tuple[int, int]] = field(default_factory=dict)
    audit: list[str] = field(default_factory=list)


class Platform:
    """Base of all platforms. ``NAME`` is the word in TOML; ``GONE`` are statuses that mean "deleted", no error.

    ``READABLE`` are the statuses whose pages ``read`` gets; an interface that says "past the end" with a 400 adds it.
    ``EXPERIMENTAL``: nobody here has seen a real page or payload of it; docs/sources.md and ``listener status`` say so.
    ``SCHEMES`` are those of its addresses (``wss``: see ``streams``).
    ``SMALL``: a crawl is a page or two that are quickly read, so that many may share a child.
    ``PAUSE``: seconds between two requests that its terms ask for, where that is more than our own.
    """

    NAME: ClassVar[str] = ""
    Parameters: ClassVar[type[Parameters]] = Parameters
    GONE: ClassVar[frozenset[int]] = frozenset({404, 410})
    READABLE: ClassVar[frozenset[int]] = frozenset({200, 304})
    EXPERIMENTAL: ClassVar[bool] = False
    SCHEMES: ClassVar[frozenset[str]] = frozenset({"http", "https"})
    PAUSE: ClassVar[float] = 0.0
    SMALL: ClassVar[bool] = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.parameters = self.Parameters.model_validate(dict(job.parameters))

    def start(self) -> list[Fetch]:
        """Where the crawl begins. An answer of "gone" to one of these is an error, to any other it is not."""
        return [Fetch(self.job.url)]

    def read(self, page: Page) -> Parsed:
        """What stands on a page whose status is one of ``READABLE``."""
        raise NotImplementedError

    def revisit(self, wanted: Revisit) -> Fetch | None:
        """How that mention is read again; None where the platform shows single mentions nowhere.

        An answer of "gone" to this fetch means that the mention was deleted.
        """
        return None

    def reopen(self, thread: Revisit) -> Fetch | None:
        """Where the unread part of a known thread begins, for one that the lists show no more (``native_id`` is "").

        A platform that has this is asked for threads by ``listener.revisits``' schedule; None: not this one.
        """
        return None

    def headers(self, fetch: Fetch) -> Mapping[str, str]:
        """Headers that hold ``job.secret`` (a cookie, a token). Sent to the host of the source's ``url`` only."""
        return {}

    def next_state(self) -> dict[str, Any]:
        """What the next crawl of this source needs; only kept when every page of ``start`` was read.

        Followed pages that could not be fetched need no place in it: they are asked for again by themselves.
        """
        return dict(self.job.state)
