"""What is decided again when deliveries are claimed: is it still wanted, is its receiver's hour full. Pure.

Nothing is lost: what no longer matters is suppressed with its reason, what is too much for an hour joins the
receiver's next bundle. Deliveries of one case to one receiver that wait together become one message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listener.model import AlertKind, CaseState, Severity
from listener.text.labels import label

__all__ = ["HOUR", "URGENT_BUNDLE", "Action", "Sent", "Verdict", "Waiting", "decide", "unwanted"]

HOUR = timedelta(hours=1)

URGENT_BUNDLE = timedelta(minutes=10)
"""An S1 that found the hour full waits no longer than this for a bundle."""

_CASE = (AlertKind.CASE_OPENED, AlertKind.CASE_UPDATED, AlertKind.CASE_ESCALATED, AlertKind.CASE_URGED)

Alerted = tuple[AlertKind, CaseState | None] | tuple[AlertKind, CaseState | None, str]
"""An alert's kind, its case's state now, and why it is moot."""


class Action(StrEnum):
    SEND = "send"
    SUPPRESS = "suppress"
    BUNDLE = "bundle"
    MUTE = "mute"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A claimed delivery as far as this step needs it.

    ``rendered`` is true once its bytes are stored; ``bundle`` marks a digest or a bundle, which the hour's limit does
    not hold back again. ``muted``: why and until when a silence mutes all that it carries.
    """

    delivery_id: int
    receiver: str
    severity: Severity
    alerts: tuple[Alerted, ...]
    case_id: int | None = None
    rendered: bool = False
    bundle: bool = False
    muted: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What went to one receiver within the last hour: how many, and when the first of them went."""

    count: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery and why. ``until``: a bundle is due or a silence ends; ``into``: what it joins."""

    action: Action
    reason: str = ""
    until: datetime | None = None
    into: int | None = None


def unwanted(kind: AlertKind, state: CaseState | None, moot: str = "") -> str:
    """Why an alert need not be sent any more ("" when it still matters)."""
    if moot:
        return moot
    if kind not in _CASE or state is None or state.open:
        return ""
    return f"工单{label(state)}，不再需要"


def decide(waiting: Sequence[Waiting], sent: Mapping[str, Sent], per_hour: int, now: datetime) -> dict[int, Verdict]:
    """A verdict for each delivery, graver ones first; ``sent`` is by receiver. ``per_hour`` 0 means no limit."""
    verdicts: dict[int, Verdict] = {}
    counts = {receiver: found.count for receiver, found in sent.items()}
    carriers: dict[tuple[str, int], int] = {}
    for delivery in sorted(waiting, key=lambda each: (each.severity, each.delivery_id)):
        verdict = _unwanted(delivery) or _muted(delivery) or _merged(delivery, carriers)
        verdict = verdict or _full(delivery, counts.get(delivery.receiver, 0), sent, per_hour, now)
        if verdict is None:
            verdict = Verdict(Action.SEND)
            counts[delivery.receiver] = counts.get(delivery.receiver, 0) + 1
        verdicts[delivery.delivery_id] = verdict
    return verdicts


def _unwanted(delivery: Waiting) -> Verdict | None:
    reasons = [unwanted(*alerted) for alerted in delivery.alerts]
    if not reasons:
        return Verdict(Action.SUPPRESS, "所含内容已删除")
    return Verdict(Action.SUPPRESS, reasons[0]) if all(reasons) else None


def _muted(delivery: Waiting) -> Verdict | None:
    if delivery.muted is None or delivery.rendered:
        return None
    reason, until = delivery.muted
    return Verdict(Action.MUTE, reason, until=until)


def _merged(delivery: Waiting, carriers: dict[tuple[str, int], int]) -> Verdict | None:
    """What waits together for one receiver about one case is one mail, not several."""
    if delivery.case_id is None or delivery.rendered or delivery.bundle:
        return None
    carrier = carriers.setdefault((delivery.receiver, delivery.case_id), delivery.delivery_id)
    if carrier == delivery.delivery_id:
        return None
    return Verdict(Action.MERGE, f"与 #{carrier} 同属一个工单，合并为一封", into=carrier)


def _full(delivery: Waiting, count: int, sent: Mapping[str, Sent], per_hour: int, now: datetime) -> Verdict | None:
    if not per_hour or delivery.bundle or delivery.rendered or count < per_hour:
        return None
    before = sent.get(delivery.receiver)
    until = (before.first_at if before else now) + HOUR
    if delivery.severity is Severity.S1:
        until = min(until, now + URGENT_BUNDLE)
    reason = f"一小时内已发 {count} 封（上限 {per_hour}），转入汇总"
    return Verdict(Action.BUNDLE, reason, until=max(until, now))
