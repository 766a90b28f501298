"""What keeps an alert back for a while, and why: a silence, a burst that speaks for it, an outage that was told. Pure.

What is held back is not lost: it comes with the first digest after the end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from listener.alerts.bursts import Burst, taking
from listener.alerts.facts import AlertFacts
from listener.alerts.silences import Silence, muting
from listener.model import AlertKind

__all__ = ["OUTAGES", "Quiet"]

OUTAGES = (AlertKind.SOURCE_BAD, AlertKind.SOURCE_RECOVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """All that mutes at one moment. ``outages`` is when (receiver, kind, source) was last told within ``repeat``."""

    silences: Sequence[Silence] = ()
    bursts: Sequence[Burst] = ()
    outages: Mapping[tuple[str, str, str], datetime] = field(default_factory=dict)
    repeat: timedelta = timedelta(0)

    def muting(self, alerts: Sequence[AlertFacts], receiver: str, now: datetime) -> tuple[str, datetime] | None:
        """Why and until when all of these are kept from ``receiver`` (``Receiver.key``); None where one may speak."""
        found = [self._silence(alerts, now), self._burst(alerts, receiver, now), self._outage(alerts, receiver, now)]
        return max((one for one in found if one is not None), key=lambda one: one[1], default=None)

    def _silence(self, alerts: Sequence[AlertFacts], now: datetime) -> tuple[str, datetime] | None:
        mute = muting(alerts, self.silences, now)
        return (f"免打扰 #{mute.number}（{mute.author}：{mute.reason}）", mute.ends_at) if mute else None

    def _burst(self, alerts: Sequence[AlertFacts], receiver: str, now: datetime) -> tuple[str, datetime] | None:
        burst = taking(alerts, receiver, self.bursts, now)
        return (f"已由声量异常预警 #{burst.alert_id} 统一通知", burst.until) if burst else None

    def _outage(self, alerts: Sequence[AlertFacts], receiver: str, now: datetime) -> tuple[str, datetime] | None:
        told = [self.outages.get((receiver, each.kind.value, each.subject)) for each in alerts if each.kind in OUTAGES]
        if not told or len(told) != len(alerts) or not all(told):
            return None
        last = max(at for at in told if at is not None)
        until = last + self.repeat
        return ("该来源的同一情况刚通知过，反复变化只进汇总", until) if until > now else None
