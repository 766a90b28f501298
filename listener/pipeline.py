"""The whole way of a batch, top to bottom: captures in, cases and outbox rows out, one short transaction.

    pending captures ─clean─▶ mentions ─nlp─▶ analyses              before the transaction
      ┌ take ─ dedupe ─ topics ─ complaints ─ customers ─ cases ─ alerts ─ write ┐   one transaction
      └ the pending rows go in the same transaction: that is what makes effects exactly once ┘

A row that breaks its batch is found by halving, counted, and set aside after three tries; it blocks nobody.
A batch that another process took first, or that met another's case, is simply read again.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from listener import deciding
from listener.deciding import Understood
from listener.errors import NeedsOperator, Retry
from listener.language import say
from listener.model import Processed, Tier
from listener.steps import Steps
from listener.store import captures
from listener.store.captures import Pending
from listener.store.engine import Database

log = logging.getLogger(__name__)

BATCH = 200
"""Mentions in one transaction: large enough to pay for it, small enough to hold the writer's lock shortly."""

RACES = 20
"""How often a batch may be lost to another process before that counts as an error."""


@dataclass(slots=True)
class Counts:
    """What one run of the pipeline did."""

    captures: int = 0
    mentions: int = 0
    reposts: int = 0
    complaints: int = 0
    doubtful: int = 0
    cases: int = 0
    alerts: int = 0
    set_aside: int = 0
    sentiments: Counter[str] = field(default_factory=Counter)


def process(
    database: Database,
    steps: Steps,
    clock: Callable[[], datetime],
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[Counts], None] = lambda counts: None,
    batch_size: int = BATCH,
) -> Counts:
    """Work through everything that waits, then say what was found; ends early between batches when ``stop()``."""
    counts = Counts()
    after = 0
    while not stop():
        with database.read() as session:
            waiting = captures.pending(session, batch_size, after=after)
        if not waiting:
            break
        _process(database, steps, waiting, clock(), counts)
        after = waiting[-1].raw_id
        progress(counts)
    return counts


def _process(database: Database, steps: Steps, waiting: Sequence[Pending], now: datetime, counts: Counts) -> None:
    """One batch; halved where it breaks, until the row that breaks it stands alone."""
    try:
        understood = deciding.understand(steps, waiting)
        _commit(database, steps, waiting, understood, now, counts)
    except (NeedsOperator, KeyboardInterrupt):
        raise
    except Exception as error:
        if len(waiting) == 1:
            _count_failure(database, waiting[0], error, now, counts)
            return
        middle = len(waiting) // 2
        _process(database, steps, waiting[:middle], now, counts)
        _process(database, steps, waiting[middle:], now, counts)


def _count_failure(database: Database, broken: Pending, error: Exception, now: datetime, counts: Counts) -> None:
    what = say(f"第 {broken.raw_id} 条原始记录无法处理", f"capture {broken.raw_id} cannot be processed")
    log.warning("%s: %s: %s", what, type(error).__name__, error)
    with database.write() as session:
        set_aside = captures.record_failure(session, broken.raw_id, f"{type(error).__name__}: {error}", now)
    counts.set_aside += set_aside


def _commit(
    database: Database,
    steps: Steps,
    waiting: Sequence[Pending],
    understood: Sequence[Understood],
    now: datetime,
    counts: Counts,
) -> None:
    """Decide and write in one transaction; a lost race is run again on what is left."""
    for _ in range(RACES):
        try:
            with database.write() as session:
                if not captures.take(session, [found.raw_id for found in waiting]):
                    raise Retry(say("这些原始记录已由另一个进程处理", "another process took these captures first"))
                decided = deciding.decide(session, steps, understood, now)
                alerts = deciding.write(session, decided, now, steps)
            _count(counts, waiting, decided, alerts)
            return
        except Retry:
            waiting = _still_pending(database, waiting)
            left = {found.raw_id for found in waiting}
            understood = [each for each in understood if each.mention.raw_id in left]
            if not waiting:
                return
    english = "the same batch was lost to other processes again and again"
    raise Retry(say("同一批原始记录一再被其他进程抢先处理", english))


def _still_pending(database: Database, waiting: Sequence[Pending]) -> list[Pending]:
    with database.read() as session:
        left = {found.raw_id for found in captures.pending(session, len(waiting), after=waiting[0].raw_id - 1)}
    return [found for found in waiting if found.raw_id in left]


def _count(counts: Counts, waiting: Sequence[Pending], decided: Sequence[Processed], alerts: int) -> None:
    counts.captures += len(waiting)
    counts.mentions += len(decided)
    counts.alerts += alerts
    for done in decided:
        counts.sentiments[done.analysis.sentiment.value] += 1
        counts.reposts += done.dedupe.duplicate_of is not None
        counts.complaints += done.complaint.tier is Tier.YES
        counts.doubtful += done.complaint.tier is Tier.REVIEW
        counts.cases += done.case.action == "open"
