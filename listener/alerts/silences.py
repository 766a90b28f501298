"""Silences (免打扰): a time-boxed mute of alerts, with its author and reason. Pure.

A silence matches by lists of wanted values; every list it names must hold one of the alert's. What it mutes is not
lost: it waits until the silence ends and comes in a digest then. S1 and safety speak through one that does not name
S1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from listener.alerts.facts import AlertFacts
from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import AlertKind, Severity

__all__ = ["MATCHERS", "Silence", "matcher", "muting"]

MATCHERS = ("topic", "problem", "severity", "source", "case", "platform")
"""What a silence may match on."""

_ABOUT_CASES = frozenset(
    {AlertKind.CASE_OPENED, AlertKind.CASE_UPDATED, AlertKind.CASE_ESCALATED, AlertKind.CASE_URGED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One silence; ``wanted`` are the values by matcher."""

    number: int
    author: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    wanted: Mapping[str, Sequence[str]] = field(default_factory=dict)


def matcher(texts: Sequence[str]) -> dict[str, list[str]]:
    """``["topic=晨曜", "severity=S3,S4"]`` as values by matcher; ``BadInput`` where one is unreadable or none given."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name, _, values = text.partition("=")
        wanted = [value.strip() for value in values.replace("，", ",").split(",") if value.strip()]
        if name not in MATCHERS or not wanted:
            raise BadInput(Mistake(text, say("不是匹配条件", "is no matcher"), f"{'|'.join(MATCHERS)}=值,值"))
        found.setdefault(name, []).extend(wanted)
    if not found:
        what = say("没有匹配条件，会屏蔽一切", "no matcher: it would mute everything")
        raise BadInput(Mistake(say("免打扰", "silence"), what, "--match severity=S4"))
    return found


def muting(alerts: Sequence[AlertFacts], silences: Sequence[Silence], now: datetime) -> Silence | None:
    """The silence that mutes all of these alerts, the one that ends last; None where one of them may speak."""
    if not alerts:
        return None
    muted = [_muting(alert, silences, now) for alert in alerts]
    if not all(muted):
        return None
    return max((silence for silence in muted if silence is not None), key=lambda silence: silence.ends_at)


def _muting(alert: AlertFacts, silences: Sequence[Silence], now: datetime) -> Silence | None:
    matching = (s for s in silences if s.starts_at <= now < s.ends_at and _matches(alert, s))
    return max(matching, key=lambda silence: silence.ends_at, default=None)


def _matches(alert: AlertFacts, silence: Silence) -> bool:
    severity = min(alert.severity, alert.case.severity) if alert.case else alert.severity
    pressing = severity is Severity.S1 or bool(alert.mention and alert.mention.safety)
    if pressing and alert.kind in _ABOUT_CASES and Severity.S1.value not in silence.wanted.get("severity", ()):
        return False
    values = {
        "topic": {alert.case.topic} if alert.case else set(),
        "problem": {alert.case.problem} if alert.case else set(),
        "severity": {severity.value},
        "source": {alert.mention.source} if alert.mention else {str(alert.facts.get("source", ""))},
        "case": {str(alert.case.number)} if alert.case else set(),
        "platform": {alert.mention.platform} if alert.mention else set(),
    }
    return all(values[name] & set(wanted) for name, wanted in silence.wanted.items())
