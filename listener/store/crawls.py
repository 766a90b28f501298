"""Crawls that ended, and what the next one of each source needs to know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from listener.model import CrawlReport, Outcome
from listener.store.tables import CrawlRow, SourceStateRow


@dataclass(frozen=True, slots=True)
class SourceState:
    """How a source stands. ``outcome`` is None before its first crawl; ``bad_since`` while it is not seen."""

    source: str
    state: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome | None = None
    detail: str = ""
    bad_since: datetime | None = None
    last_good_at: datetime | None = None
    crawled_at: datetime | None = None
    paused: bool = False


def states(session: Session) -> dict[str, SourceState]:
    """Every source that was ever crawled or paused, by name."""
    return {row.source: _state(row) for row in session.exec(select(SourceStateRow))}


def state_of(session: Session, source: str) -> SourceState:
    """One source's state; an empty one where it was never crawled."""
    row = session.get(SourceStateRow, source)
    return _state(row) if row else SourceState(source)


def _state(row: SourceStateRow) -> SourceState:
    return SourceState(
        source=row.source,
        state=row.state or {},
        outcome=Outcome(row.outcome) if row.outcome else None,
        detail=row.detail,
        bad_since=row.bad_since,
        last_good_at=row.last_good_at,
        crawled_at=row.crawled_at,
        paused=row.paused,
    )


def save_report(session: Session, report: CrawlReport) -> int:
    """Keep the crawl and the source's new state; the crawl's id.

    The state of a bad crawl is kept too: a spider only moves its watermark past what it really saw.
    """
    row = CrawlRow(
        source=report.source,
        outcome=report.outcome.value,
        detail=report.detail,
        started_at=report.started_at,
        ended_at=report.ended_at,
        found=report.found,
        new=report.new,
        requests=report.requests,
        bytes=report.bytes,
        audit=list(report.audit),
    )
    session.add(row)
    _update_state(session, report)
    session.flush()
    assert row.id is not None
    return row.id


def _update_state(session: Session, report: CrawlReport) -> None:
    row = session.get(SourceStateRow, report.source) or SourceStateRow(source=report.source)
    row.state = dict(report.state)
    row.outcome, row.detail, row.crawled_at = report.outcome.value, report.detail, report.ended_at
    if report.outcome.bad:
        row.bad_since = row.bad_since or report.ended_at
    else:
        row.bad_since, row.last_good_at = None, report.ended_at
    session.add(row)


def set_paused(session: Session, source: str, paused: bool) -> None:
    """Pause or resume a source; a paused one is not crawled by the daemon."""
    row = session.get(SourceStateRow, source) or SourceStateRow(source=source)
    row.paused = paused
    session.add(row)


def new_since(session: Session, source: str, since: datetime) -> tuple[int, datetime | None]:
    """New captures of a source since a moment, and when its first crawl ever began (None: never crawled)."""
    recent = select(func.coalesce(func.sum(CrawlRow.new), 0)).where(
        CrawlRow.source == source, col(CrawlRow.started_at) >= since
    )
    first = select(func.min(CrawlRow.started_at)).where(CrawlRow.source == source)
    return int(session.exec(recent).one()), session.exec(first).one()
