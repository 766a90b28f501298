"""What went out lately, for those who may send only so much a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import col, select

from listener.model import DeliveryStatus
from listener.store.engine import Database
from listener.store.tables import DeliveryRow

__all__ = ["SentLog", "StoredParts"]

WINDOW = timedelta(minutes=1)


class SentLog:
    """The outbox as a memory that outlives a process and is shared by all."""

    def __init__(self, database: Callable[[], Database], clock: Callable[[], datetime]) -> None:
        self._database, self._clock = database, clock

    def __call__(self, notifier: str) -> Sequence[tuple[float, bytes]]:
        """What this notifier sent within the last minute, oldest first: when (seconds since the epoch), its bytes."""
        statement = (
            select(DeliveryRow.sent_at, DeliveryRow.content)
            .where(DeliveryRow.notifier == notifier, DeliveryRow.status == DeliveryStatus.SENT.value)
            .where(col(DeliveryRow.sent_at) > self._clock() - WINDOW)
            .order_by(col(DeliveryRow.sent_at))
        )
        with self._database().read() as session:
            return [(at.timestamp(), content or b"") for at, content in session.exec(statement) if at is not None]


class StoredParts:
    """Which parts of a long message were taken, kept with its delivery: a kill in between repeats one at most."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database

    def taken(self, delivery_id: int) -> int:
        """How many of the first parts were taken; 0 for what is in no outbox."""
        with self._database().read() as session:
            return session.exec(select(DeliveryRow.parts).where(DeliveryRow.id == delivery_id)).first() or 0

    def take(self, delivery_id: int, count: int) -> None:
        """The first ``count`` parts were taken."""
        with self._database().write() as session:
            session.execute(update(DeliveryRow).where(col(DeliveryRow.id) == delivery_id).values(parts=count))
