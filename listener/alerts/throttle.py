"""What is decided again when deliveries are claimed: is it still wanted, is its receiver's hour full. Pure.

Nothing is lost: what no longer matters is suppressed with its reason, what is too much for an hour joins the
receiver's next bundle. Deliveries of one case to one receiver that wait together become one message: a new case waits
for the group wait, its next news for the group interval, unless it is pressing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from listener.model import AlertKind, CaseState, Severity
from listener.text.labels import label

__all__ = [
    "HOUR",
    "MINUTE",
    "URGENT_BUNDLE",
    "Action",
    "Pace",
    "Sent",
    "Verdict",
    "Waiting",
    "decide",
    "singles",
    "unwanted",
]

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

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
    HOLD = "hold"
    MERGE = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A claimed delivery as far as this step needs it.

    ``rendered`` is true once its bytes are stored; ``bundle`` marks a digest or a bundle, which the hour's limit does
    not hold back again. ``muted``: why and until when a silence, a burst or an outage mutes all that it carries.
    ``pressing``: S1 or safety. ``told_at`` is when the receiver last got a mail about the case; ``domain`` is that of a
    mail address, "" for other notifiers.
    """

    delivery_id: int
    receiver: str
    severity: Severity
    alerts: tuple[Alerted, ...]
    case_id: int | None = None
    rendered: bool = False
    bundle: bool = False
    muted: tuple[str, datetime] | None = None
    pressing: bool = False
    created_at: datetime | None = None
    told_at: datetime | None = None
    domain: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How mails of one case are grouped, and how many go to one mail domain in a minute (``per_domain``, 0: any)."""

    group_wait: timedelta = timedelta(0)
    group_interval: timedelta = timedelta(0)
    per_domain: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """What went to one receiver within the last hour: how many, and when the first of them went."""

    count: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a delivery and why. ``until``: when it is due again; ``into``: the one that it joins."""

    action: Action
    reason: str = ""
    until: datetime | None = None
    into: int | None = None


USUAL = Pace()


def singles(per_hour: int) -> int:
    """Of an hour's mails to one receiver, how many may be single ones: room is kept for the bundles of the rest.

    While S1 overflow, a bundle goes each ten minutes, so six in an hour.
    """
    bundles = HOUR // URGENT_BUNDLE
    return max(1, per_hour - bundles if per_hour > 2 * bundles else per_hour // 2)


def unwanted(kind: AlertKind, state: CaseState | None, moot: str = "") -> str:
    """Why an alert need not be sent any more ("" when it still matters)."""
    if moot:
        return moot
    if kind not in _CASE or state is None or state.open:
        return ""
    return f"工单{label(state)}，不再需要"


def decide(
    waiting: Sequence[Waiting],
    sent: Mapping[str, Sent],
    per_hour: int,
    now: datetime,
    pace: Pace = USUAL,
    domains: Mapping[str, Sent] | None = None,
) -> dict[int, Verdict]:
    """A verdict for each delivery, graver ones first; ``sent`` is by receiver. ``per_hour`` 0 means no limit.

    ``domains`` is what went to each mail domain within the last minute.
    """
    verdicts: dict[int, Verdict] = {}
    room = {name: pace.per_domain - found.count for name, found in (domains or {}).items()}
    counts = {receiver: found.count for receiver, found in sent.items()}
    carriers: dict[tuple[str, int], int] = {}
    for delivery in sorted(waiting, key=lambda each: (each.severity, each.delivery_id)):
        verdict = (
            _unwanted(delivery) or _muted(delivery) or _merged(delivery, carriers) or _grouped(delivery, pace, now)
        )
        verdict = verdict or _crowded(delivery, pace, room, (domains or {}).get(delivery.domain), now)
        verdict = verdict or _full(delivery, counts.get(delivery.receiver, 0), sent, per_hour, now)
        if verdict is None:
            verdict = Verdict(Action.SEND)
            counts[delivery.receiver] = counts.get(delivery.receiver, 0) + 1
            room[delivery.domain] = room.get(delivery.domain, pace.per_domain) - 1
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


_GROUPED = (AlertKind.CASE_OPENED, AlertKind.CASE_UPDATED)


def _grouped(delivery: Waiting, pace: Pace, now: datetime) -> Verdict | None:
    """What is not pressing waits for what belongs to it, and for the time since the case's last mail."""
    news = all(kind in _GROUPED for kind, *_ in delivery.alerts)
    if delivery.case_id is None or delivery.rendered or delivery.bundle or delivery.pressing or not news:
        return None
    if delivery.told_at is not None:
        until, why = delivery.told_at + pace.group_interval, "同一工单刚发过邮件，稍后合并发送"
    else:
        until, why = (delivery.created_at or now) + pace.group_wait, "等待同一工单的其他信息，合并发送"
    return Verdict(Action.HOLD, why, until=until) if until > now else None


def _crowded(
    delivery: Waiting, pace: Pace, room: Mapping[str, int], before: Sent | None, now: datetime
) -> Verdict | None:
    """One mail domain takes so many a minute and no more: its provider would refuse the rest."""
    if not delivery.domain or not pace.per_domain or room.get(delivery.domain, pace.per_domain) > 0:
        return None
    until = max((before.first_at if before else now) + MINUTE, now + timedelta(seconds=1))
    return Verdict(Action.HOLD, f"一分钟内发往 {delivery.domain} 已达上限 {pace.per_domain}", until=until)


def _full(delivery: Waiting, count: int, sent: Mapping[str, Sent], per_hour: int, now: datetime) -> Verdict | None:
    if not per_hour or delivery.bundle or delivery.rendered or count < per_hour:
        return None
    before = sent.get(delivery.receiver)
    until = (before.first_at if before else now) + HOUR
    if delivery.severity is Severity.S1:
        until = min(until, now + URGENT_BUNDLE)
    reason = f"一小时内已发 {count} 封（上限 {per_hour}），转入汇总"
    return Verdict(Action.BUNDLE, reason, until=max(until, now))
