"""Bursts as the alerts know them: what one takes in, whom it mutes, until when. Pure.

A burst alert says once what single alerts would say a hundred times: while it lasts, the single alerts that it takes in
are held back from whoever was sent the burst alert, and it lists their cases. S1 and safety still speak for themselves.
Finding bursts is another's work; they come here as alerts of kind ``BURST``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from listener.alerts.facts import AlertFacts
from listener.model import Alert, AlertKind, Severity

__all__ = ["Burst", "burst_alert", "of_alert", "taking"]

_MUTED = (AlertKind.CASE_OPENED, AlertKind.CASE_UPDATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """A burst that was alerted. Empty ``topics`` or ``problems`` take any; a problem matches with its beginning.

    ``receivers`` are those who were sent its alert.
    """

    alert_id: int
    since: datetime
    until: datetime
    topics: frozenset[str] = frozenset()
    problems: frozenset[str] = frozenset()
    receivers: frozenset[str] = frozenset()

    def takes(self, topic: str, problem: str) -> bool:
        """True where a case of this topic and problem belongs to the burst."""
        about = not self.topics or topic in self.topics
        return about and (not self.problems or any(_begins(problem, one) for one in self.problems))


def _begins(problem: str, wanted: str) -> bool:
    return problem == wanted or problem.startswith(f"{wanted}.")


def burst_alert(
    subject: str,
    reason: str,
    *,
    since: datetime,
    until: datetime,
    topics: Sequence[str] = (),
    problems: Sequence[str] = (),
    severity: Severity = Severity.S2,
    facts: Mapping[str, object] | None = None,
) -> Alert:
    """The alert of a burst. ``subject`` names it so that it fires once (topic and the window's beginning, say);
    ``facts`` may hold ``count`` and ``usual``, the mentions in the window and what the season explains."""
    own = {
        "topics": list(topics),
        "problems": list(problems),
        "problem": problems[0] if problems else "",
        "since": since.isoformat(),
        "until": until.isoformat(),
    }
    return Alert(
        kind=AlertKind.BURST, subject=subject, reason=reason, severity=severity, facts={**(facts or {}), **own}
    )


def of_alert(alert_id: int, facts: Mapping[str, object], created_at: datetime, receivers: Collection[str]) -> Burst:
    """The burst that an alert tells of."""
    return Burst(
        alert_id=alert_id,
        since=_moment(facts.get("since"), created_at),
        until=_moment(facts.get("until"), created_at),
        topics=_texts(facts.get("topics")),
        problems=_texts(facts.get("problems")),
        receivers=frozenset(receivers),
    )


def taking(alerts: Sequence[AlertFacts], receiver: str, bursts: Sequence[Burst], now: datetime) -> Burst | None:
    """The burst that holds all of these back from ``receiver``, the longest one; None where one of them may speak."""
    if not alerts:
        return None
    found = [_taking(alert, receiver, bursts, now) for alert in alerts]
    if not all(found):
        return None
    return max((burst for burst in found if burst is not None), key=lambda burst: burst.until)


def _taking(alert: AlertFacts, receiver: str, bursts: Sequence[Burst], now: datetime) -> Burst | None:
    case = alert.case
    if alert.kind not in _MUTED or case is None or alert.pressing:
        return None
    fit = [
        burst
        for burst in bursts
        if burst.since <= now < burst.until and receiver in burst.receivers and burst.takes(case.topic, case.problem)
    ]
    return max(fit, key=lambda burst: burst.until, default=None)


def _moment(text: object, otherwise: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise


def _texts(value: object) -> frozenset[str]:
    return frozenset(str(one) for one in value) if isinstance(value, list | tuple) else frozenset()
