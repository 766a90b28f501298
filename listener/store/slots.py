"""Slots: which process does a recurring duty is decided by one atomic UPDATE, with a lease.

A run that is killed leaves its lease; when it ends, or when its process is known to be dead, the slot is done
again. A run counts as done only through ``finish``, so one run for each slot is completed.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import case, literal, or_, update
from sqlmodel import Session, col, select

from listener.store.bulk import insert_new
from listener.store.columns import UtcTime
from listener.store.tables import SlotRow

TOGETHER = timedelta(seconds=2)
"""Captures wait so long for company: a batch costs nearly the same for one as for a hundred, and holds the writer's
lock, which delivery needs too."""


def owner() -> str:
    """This process: host, process id and the moment it started, so that a re-used id is not taken for it."""
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def _started(pid: int) -> str:
    """Start of a process in clock ticks since boot (proc(5), field 22 of /proc/PID/stat); "" where unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return stat.rsplit(")", 1)[-1].split()[19]


def is_dead(name: str) -> bool:
    """True where ``name`` is a process of this host that certainly runs no more."""
    host, _, rest = name.rpartition(":")[0].rpartition(":")
    started = name.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdigit() or not Path("/proc/self/stat").exists():
        return False
    return _started(int(rest)) != started


def ensure(session: Session, names: Sequence[str], first_at: datetime) -> None:
    """Make the slots that are not there yet, due at ``first_at``."""
    if names:
        insert_new(session, SlotRow, [{"name": name, "next_at": first_at, "owner": ""} for name in names], ("name",))


def claim(session: Session, name: str, now: datetime, lease: timedelta, by: str) -> bool:
    """True where the slot was due and is now ours until ``now + lease``."""
    free = or_(col(SlotRow.lease_until).is_(None), col(SlotRow.lease_until) <= now)
    statement = (
        update(SlotRow)
        .where(col(SlotRow.name) == name, col(SlotRow.next_at) <= now, free)
        .values(lease_until=now + lease, owner=by)
        .returning(col(SlotRow.name))
    )
    return session.execute(statement).first() is not None


def finish(
    session: Session, name: str, by: str, next_at: datetime, now: datetime, started: datetime | None = None
) -> bool:
    """The run is done; the slot is next due at ``next_at``. False where the lease had passed to another.

    A slot that was poked after the run had ``started`` stays due.
    """
    due: Any = next_at
    if started is not None:
        due = case((col(SlotRow.next_at) > started, col(SlotRow.next_at)), else_=literal(next_at, UtcTime()))
    values: dict[str, Any] = {"next_at": due, "lease_until": None, "owner": "", "last_done_at": now}
    statement = update(SlotRow).where(col(SlotRow.name) == name, col(SlotRow.owner) == by).values(**values)
    result: Any = session.execute(statement)
    return bool(result.rowcount)


def release(session: Session, by: str) -> None:
    """Give back every slot that ``by`` holds, undone: at a clean stop, and for the dead."""
    statement = update(SlotRow).where(col(SlotRow.owner) == by).values(lease_until=None, owner="")
    session.execute(statement)


def release_dead(session: Session) -> int:
    """Give back the slots of processes of this host that were killed; how many processes."""
    owners = set(session.exec(select(SlotRow.owner).where(SlotRow.owner != "")).all())
    dead = [name for name in owners if is_dead(name)]
    for name in dead:
        release(session, name)
    return len(dead)


def due(session: Session, now: datetime) -> list[str]:
    """Names of the slots that are due and free."""
    free = or_(col(SlotRow.lease_until).is_(None), col(SlotRow.lease_until) <= now)
    return list(
        session.exec(select(SlotRow.name).where(col(SlotRow.next_at) <= now, free).order_by(col(SlotRow.next_at)))
    )


def is_held(session: Session, name: str, now: datetime) -> bool:
    """True where somebody does the duty at this moment."""
    lease = session.exec(select(SlotRow.lease_until).where(SlotRow.name == name)).first()
    return lease is not None and lease > now


def upcoming(session: Session) -> list[tuple[str, datetime]]:
    """Every slot with when it is next due, soonest first."""
    return list(session.exec(select(SlotRow.name, SlotRow.next_at).order_by(col(SlotRow.next_at))))


def poke(session: Session, name: str, at: datetime) -> None:
    """There is work for a duty: it is due ``at`` once, also where it runs just now and may not have seen it."""
    running = col(SlotRow.lease_until).is_not(None)
    session.execute(
        update(SlotRow).where(col(SlotRow.name) == name, or_(col(SlotRow.next_at) > at, running)).values(next_at=at)
    )


def bring_forward(session: Session, name: str, at: datetime) -> None:
    """Make a slot due no later than ``at`` (its schedule was edited to a shorter one)."""
    session.execute(update(SlotRow).where(col(SlotRow.name) == name, col(SlotRow.next_at) > at).values(next_at=at))
