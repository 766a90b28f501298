"""What went out lately, for those who may send only so much a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlmodel import col, select

from listener.model import DeliveryStatus
from listener.store.engine import Database
from listener.store.tables import DeliveryRow

__all__ = ["SentLog"]

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
