"""Captures, mentions, and what was understood of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, UniqueConstraint
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class RawMentionRow(Base, table=True):
    """Exactly what was captured; append-only. ``digest`` is of what was said, not of counts that move."""

    __tablename__ = "raw_mention"
    __table_args__ = (UniqueConstraint("platform", "site", "native_id", "digest"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    source: str = Field(index=True)
    platform: str
    site: str
    native_id: str
    digest: str
    url: str = text_field()
    title: str = text_field()
    content: str = text_field()
    content_type: str = "text/plain"
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = time_field()
    published_raw: str = ""
    thread_id: str = ""
    origin: str = "crawl"
    metrics: dict[str, int] | None = json_field()
    fields: dict[str, str] | None = json_field()
    captured_at: datetime = time_field(nullable=False)


class PendingCaptureRow(Base, table=True):
    """A capture that still has to be processed; the truth about what is left to do.

    A row that broke its batch three times is ``set_aside_at``: it blocks nobody and shows in ``status``.
    ``alert``: the operator asked that this capture may alert, whatever its age or origin.
    """

    __tablename__ = "pending_capture"

    raw_id: int = Field(primary_key=True, foreign_key="raw_mention.id", sa_type=Id)
    attempts: int = 0
    error: str = text_field()
    alert: bool = False
    set_aside_at: datetime | None = time_field()


class MentionRow(Base, table=True):
    """One cleaned mention; ``raw_id`` is the newest capture it was made from."""

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("platform", "site", "native_id"),
        Index("ix_mention_platform_site_thread_id", "platform", "site", "thread_id"),
        Index("ix_mention_platform_site_author_id", "platform", "site", "author_id", "author_name"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    raw_id: int = Field(foreign_key="raw_mention.id", index=True, sa_type=Id)
    source: str = Field(index=True)
    platform: str
    site: str
    native_id: str
    url: str = text_field()
    title: str = text_field()
    text: str = text_field()
    author_id: str = ""
    author_name: str = ""
    published_at: datetime | None = time_field()
    captured_at: datetime = time_field(nullable=False)
    happened_at: datetime = time_field(nullable=False, index=True)
    thread_id: str = ""
    origin: str = "crawl"
    metrics: dict[str, int] | None = json_field()
    fields: dict[str, str] | None = json_field()
    duplicate_of: int | None = Field(default=None, foreign_key="mention.id", index=True, sa_type=Id)
    duplicate_reason: str = ""


class FingerprintRow(Base, table=True):
    """Fingerprints (signed, 64 bits) of a mention's text, by which reposts are found; ``listener.dedupe`` bounds how
    many mentions share one. Looked up by value; ``mention_id`` has an index for taking a mention away."""

    __tablename__ = "fingerprint"
    __table_args__ = {"sqlite_with_rowid": False}

    value: int = Field(primary_key=True, sa_type=BigInteger)
    mention_id: int = Field(primary_key=True, foreign_key="mention.id", index=True, sa_type=Id)


class AnalysisRow(Base, table=True):
    """What the nlp stage and the complaint rules said of a mention; recomputable."""

    __tablename__ = "analysis"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    language: str = ""
    sentiment: str = Field(index=True)
    negative: float
    neutral: float
    positive: float
    sentiment_reason: str = ""
    words: list[list[Any]] | None = json_field()
    categories: list[list[Any]] | None = json_field()
    entities: list[list[Any]] | None = json_field()
    remedy: str = ""
    model_version: str = ""
    complaint: str = Field(default="no", index=True)
    complaint_reason: str = text_field()
    kind: str = "other"
    severity: str = "S4"
    severity_reason: str = ""
    problem: str = ""
    safety: bool = False
    analysed_at: datetime = time_field(nullable=False)


class TopicMatchRow(Base, table=True):
    """A mention belongs to a topic, and which words said so."""

    __tablename__ = "topic_match"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    topic: str = Field(primary_key=True, index=True)
    words: list[list[Any]] | None = json_field()
    reason: str = ""


class MentionKeyRow(Base, table=True):
    """A keyed hash of an identifier that a mention carries, so that a customer imported later still finds it."""

    __tablename__ = "mention_key"
    __table_args__ = (Index("ix_mention_key_kind_digest", "kind", "digest"),)

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    kind: str = Field(primary_key=True)
    digest: str = Field(primary_key=True)


class MentionCheckRow(Base, table=True):
    """When a mention behind a case is read again, and whether its site still shows it.

    ``missed_since``: it was not there, which a second look has to confirm before it is ``gone_at``.
    """

    __tablename__ = "mention_check"

    mention_id: int = Field(primary_key=True, foreign_key="mention.id", sa_type=Id)
    checked_at: datetime = time_field(nullable=False)
    next_at: datetime = time_field(nullable=False, index=True)
    missed_since: datetime | None = time_field()
    gone_at: datetime | None = time_field()
