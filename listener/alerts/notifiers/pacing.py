"""How many messages a minute one receiver takes, also over several runs and after a restart.

What this process sent is counted here; what was sent before it started, or by another process, the outbox knows.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence

from listener.alerts.notifiers.base import NotifierDown
from listener.alerts.notifiers.http import MINUTE
from listener.language import say

__all__ = ["MinuteRoom", "SentLately"]


SentLately = Callable[[], Sequence[tuple[float, bytes]]]
"""What the outbox knows of one receiver's last minute: when each message went (seconds since the epoch), its bytes."""


class MinuteRoom:
    """Room for ``per_minute`` requests in any 60 seconds; ``parts`` tells how many requests a message's bytes took."""

    def __init__(
        self,
        receiver: str,
        per_minute: int,
        *,
        sent: SentLately | None = None,
        parts: Callable[[bytes], int] = lambda content: 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._receiver, self._per_minute, self._clock = receiver, per_minute, clock
        self._sent, self._parts = sent, parts
        self._times: deque[float] = deque()

    def recall(self) -> None:
        """At the beginning of a run: count what other processes, or this one before a restart, sent."""
        stored = self._sent() if self._sent is not None else ()
        times = [at for at, content in stored if content for _ in range(self._parts(content))]
        own = [at for at in self._times if at > self._clock() - MINUTE]
        if len(times) > len(own):
            self._times = deque(sorted(times))

    def take(self) -> None:
        """One request more; ``NotifierDown`` with the time to wait where the minute is full."""
        now = self._clock()
        while self._times and now - self._times[0] >= MINUTE:
            self._times.popleft()
        if len(self._times) >= self._per_minute:
            what = say("已达每分钟上限", "the minute is full")
            raise NotifierDown(f"{self._receiver}: {what}", MINUTE - (now - self._times[0]))
        self._times.append(now)
