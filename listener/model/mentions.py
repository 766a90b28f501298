"""What was collected, and how the crawl that brought it went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from listener.model.words import (
    Origin,
    Outcome,
)

LARGEST_NUMBER: Final = 2**63 - 1
"""The largest number that a stored thing can have: SQLite and PostgreSQL hold none beyond."""


class MentionKey(NamedTuple):
    """The natural key of a mention; unique in the store."""

    platform: str
    site: str
    native_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """The answer that a capture was read from: ``url`` where it came from in the end, ``status`` its HTTP status.

    ``sha256`` (hex) and ``size`` (bytes) are of the body after its transfer and content encodings were undone, as a
    person would save it; ``payload`` is that body, zlib-compressed (RFC 1950), empty where it is not kept. ``headers``
    are those that say what it is and how old: date, content-type, etag, last-modified.
    """

    url: str
    status: int
    sha256: str
    size: int
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    payload: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMention:
    """Exactly what a spider, an import or an intake captured; append-only in the store.

    ``site`` is the host (or the app, or the file's stated origin) inside which ``native_id`` is unique.
    ``content`` is markup when ``content_type`` is ``text/html``, plain text otherwise.
    ``published_at`` is None where the page's time could not be read, never "now"; ``published_raw`` is
    the text it was read from. ``metrics`` holds counts that the platform shows (followers, likes,
    replies, reposts, views), ``fields`` other facts (rating, status, company_reply, outside_number …).
    ``proof`` is the answer it came from, None for what no crawl brought and for what was read from the store.
    """

    source: str
    platform: str
    site: str
    native_id: str
    url: str
    captured_at: datetime
    title: str = ""
    content: str = ""
    content_type: str = "text/plain"
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = None
    published_raw: str = ""
    thread_id: str = ""
    origin: Origin = Origin.CRAWL
    metrics: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    proof: Proof | None = field(default=None, compare=False)

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.platform, self.site, self.native_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One cleaned piece of content by one author. ``raw_id`` names the capture that it was made from."""

    raw_id: int
    source: str
    platform: str
    site: str
    native_id: str
    url: str
    captured_at: datetime
    title: str = ""
    text: str = ""
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = None
    thread_id: str = ""
    origin: Origin = Origin.CRAWL
    metrics: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> MentionKey:
        return MentionKey(self.platform, self.site, self.native_id)

    @property
    def forwarded_by(self) -> str:
        """The colleague who forwarded it; "" where it was captured."""
        return self.fields.get("forwarded_by", "") if self.origin is Origin.INTAKE else ""

    @property
    def full_text(self) -> str:
        """What is analysed: the title above the text, unless the text already begins with it.

        Every offset in an ``Analysis`` or a ``TopicMatch`` counts in this string.
        """
        if not self.title or self.text.startswith(self.title):
            return self.text
        return f"{self.title}\n{self.text}" if self.text else self.title

    @property
    def happened_at(self) -> datetime:
        """When it was said: ``published_at``, else ``captured_at``."""
        return self.published_at or self.captured_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSigns:
    """What the captures of one crawl look like together, by which it is believed or not.

    Of ``captures``, ``dated`` have a time and ``authored`` an author; ``one_time`` is the time that all dated ones
    share. ``alike`` say the same text, of ``alike_length`` characters. ``fields``: of each field of an interface's
    records (by kind of record), how many had it and how many there were.
    """

    captures: int = 0
    dated: int = 0
    authored: int = 0
    one_time: datetime | None = None
    alike: int = 0
    alike_length: int = 0
    fields: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlReport:
    """One finished crawl: its typed outcome, one clear line of why, and the counts.

    ``found`` captures came from the source, ``new`` of them were not stored before.
    ``state`` is what the next crawl needs (ETag, Last-Modified, watermark …). ``told`` is what the site says of
    mentions known before, by native id: True where it is gone. ``pages_read`` were sound, ``pages_gone`` said that
    something is deleted. ``signs`` is what its captures look like together.
    """

    source: str
    outcome: Outcome
    detail: str
    started_at: datetime
    ended_at: datetime
    found: int = 0
    new: int = 0
    requests: int = 0
    bytes: int = 0
    state: Mapping[str, object] = field(default_factory=dict)
    audit: tuple[str, ...] = ()
    told: Mapping[str, bool] = field(default_factory=dict)
    pages_read: int = 0
    pages_gone: int = 0
    signs: CrawlSigns = CrawlSigns()
