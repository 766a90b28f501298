"""Crawls, what a source remembers, threads, backfills."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from listener.store.columns import Id
from listener.store.tables.base import Base, json_field, text_field, time_field


class CrawlRow(Base, table=True):
    """One finished crawl with its typed outcome."""

    __tablename__ = "crawl"
    __table_args__ = (Index("ix_crawl_source_started_at", "source", "started_at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=Id)
    source: str
    outcome: str
    detail: str = text_field()
    started_at: datetime = time_field(nullable=False)
    ended_at: datetime = time_field(nullable=False)
    found: int = 0
    new: int = 0
    requests: int = 0
    bytes: int = 0
    audit: list[str] | None = json_field()


class SourceStateRow(Base, table=True):
    """What the next crawl of a source needs, and how the last one ended."""

    __tablename__ = "source_state"

    source: str = Field(primary_key=True)
    state: dict[str, Any] | None = json_field()
    outcome: str = ""
    detail: str = text_field()
    bad_since: datetime | None = time_field()
    last_good_at: datetime | None = time_field()
    crawled_at: datetime | None = time_field()
    paused: bool = False


class ThreadRow(Base, table=True):
    """A thread of a source that can be opened again: as far as it was seen, and when it is due (None: no more)."""

    __tablename__ = "thread"
    __table_args__ = (Index("ix_thread_source_next_at", "source", "next_at"),)

    source: str = Field(primary_key=True)
    thread_id: str = Field(primary_key=True)
    first_at: datetime = time_field(nullable=False)
    spoken_at: datetime = time_field(nullable=False)
    visited_at: datetime = time_field(nullable=False)
    next_at: datetime | None = time_field()


class BackfillRow(Base, table=True):
    """A source's past, read in rounds beside its normal crawls: how far it came, and what the next round needs.

    ``owner`` works on it until ``lease_until``; ``done_at`` is set once nothing is left.
    """

    __tablename__ = "backfill"

    source: str = Field(primary_key=True)
    since: datetime = time_field(nullable=False)
    state: dict[str, Any] | None = json_field()
    rounds: int = 0
    found: int = 0
    new: int = 0
    oldest_at: datetime | None = time_field()
    outcome: str = ""
    detail: str = text_field()
    started_at: datetime = time_field(nullable=False)
    ended_at: datetime | None = time_field()
    done_at: datetime | None = time_field()
    owner: str = ""
    lease_until: datetime | None = time_field()
