"""How far a message that goes in parts has come: what was taken is not sent again, whoever dies in between."""

from __future__ import annotations

from typing import Protocol

__all__ = ["PartBook", "PartMemory"]


class PartBook(Protocol):
    """Remembers, by delivery, how many parts of its message were taken."""

    def taken(self, delivery_id: int) -> int:
        """How many of the first parts were taken; 0 where nothing is known."""
        ...

    def take(self, delivery_id: int, count: int) -> None:
        """The first ``count`` parts were taken; kept before the next one is sent."""
        ...


class PartMemory:
    """A book that lasts as long as its process; what is in no outbox (delivery 0, a test message) begins anew."""

    def __init__(self) -> None:
        self._taken: dict[int, int] = {}

    def taken(self, delivery_id: int) -> int:
        """How many of the first parts were taken."""
        return self._taken.get(delivery_id, 0)

    def take(self, delivery_id: int, count: int) -> None:
        """The first ``count`` parts were taken."""
        if delivery_id:
            self._taken[delivery_id] = count
