"""Backfills: how far each source's past was read, and who is at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import CrawlReport, Outcome
from listener.store import slots
from listener.store.tables import BackfillRow

__all__ = ["Backfill", "begin", "every", "keep", "release", "running"]


@dataclass(frozen=True, slots=True)
class Backfill:
    """How far it came. ``oldest_at`` is the oldest mention reached; ``left`` pages wait for the next round."""

    source: str
    since: datetime
    state: Mapping[str, Any] = field(default_factory=dict)
    rounds: int = 0
    found: int = 0
    new: int = 0
    oldest_at: datetime | None = None
    outcome: Outcome | None = None
    detail: str = ""
    done_at: datetime | None = None
    is_running: bool = False

    @property
    def left(self) -> int:
        return len(self.state.get("left") or ())


def begin(session: Session, source: str, since: datetime, now: datetime, lease: timedelta, owner: str) -> Backfill:
    """Take up the backfill of a source, the unfinished one to the same moment or a new one.

    ``BadInput`` where somebody is at it: two would only ask the site for everything twice.
    """
    row = session.exec(select(BackfillRow).where(BackfillRow.source == source).with_for_update()).first()
    if row is not None and _is_running(row, now):
        what = say(f"来源 {source} 的补采正在进行", f"a backfill of {source} runs already")
        raise BadInput(Mistake("--since", what, say("等它结束，或先停止它", "wait for it, or stop it first")))
    if row is None or row.done_at is not None or row.since != since:
        fresh = BackfillRow(source=source, since=since, state={}, started_at=now)
        row = session.merge(fresh)
    row.owner, row.lease_until = owner, now + lease
    session.add(row)
    session.flush()
    return _backfill(row, now)


def _is_running(row: BackfillRow, now: datetime) -> bool:
    held = row.lease_until is not None and row.lease_until > now
    return bool(row.owner) and held and not slots.is_dead(row.owner)


def _backfill(row: BackfillRow, now: datetime) -> Backfill:
    return Backfill(
        source=row.source,
        since=row.since,
        state=row.state or {},
        rounds=row.rounds,
        found=row.found,
        new=row.new,
        oldest_at=row.oldest_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        detail=row.detail,
        done_at=row.done_at,
        is_running=_is_running(row, now),
    )


def keep(session: Session, report: CrawlReport, oldest: datetime | None, now: datetime, lease: timedelta) -> Backfill:
    """A round ended: what it brought, and where the next one goes on. It is done when a good round leaves nothing."""
    row = session.get_one(BackfillRow, report.source)
    left = report.state.get("left")
    row.rounds, row.found, row.new = row.rounds + 1, row.found + report.found, row.new + report.new
    row.oldest_at = min([moment for moment in (row.oldest_at, oldest) if moment], default=None)
    row.outcome, row.detail, row.ended_at = report.outcome.value, report.detail, now
    # a bad round that left nothing cannot be gone on from: the next one begins anew, and finds most of it stored
    row.state = dict(report.state) if left or not report.outcome.bad else {}
    row.done_at = now if not left and not report.outcome.bad else None
    row.lease_until = now + lease
    session.add(row)
    session.flush()
    return _backfill(row, now)


def release(session: Session, source: str, owner: str) -> None:
    """Nobody is at it any more."""
    row = session.get(BackfillRow, source)
    if row is not None and row.owner == owner:
        row.owner, row.lease_until = "", None
        session.add(row)


def every(session: Session, now: datetime) -> list[Backfill]:
    """Each source's backfill."""
    return [_backfill(row, now) for row in session.exec(select(BackfillRow).order_by(col(BackfillRow.source)))]


def running(session: Session, now: datetime) -> bool:
    """True while any backfill runs."""
    return any(each.is_running for each in every(session, now))
