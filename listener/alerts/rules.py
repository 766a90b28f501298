"""Which alerts a decision raises, each with its reason and a key that makes it fire once for one cause. Pure.

A sure case alerts at once; a doubtful one, or one that is only to be watched (S4), waits for the digest, unless safety
words were found. A repost joins the digest; what the customer adds is a mail in the case's thread. What is old or
imported alerts nobody unless asked: one summary says what was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from listener.alerts.clocks import Clock, Escalation
from listener.model import (
    Alert,
    AlertKind,
    CaseDecision,
    CaseState,
    Complaint,
    CrawlReport,
    Mention,
    MentionKey,
    Origin,
    Outcome,
    Receiver,
    Severity,
    Tier,
)
from listener.text.labels import label
from listener.text.mask import mask

__all__ = [
    "FRESH_FOR",
    "alert_key",
    "backlog_summary",
    "case_alerts",
    "change_alert",
    "dead_letter_alert",
    "escalation_alert",
    "handling_alert",
    "held_back",
    "operations_alert",
    "source_alerts",
]

FRESH_FOR = timedelta(hours=72)
"""What was published longer ago alerts nobody: a first crawl must raise no flood."""

WATCHED = frozenset({Severity.S4})
"""Severities that come in the digest even when sure."""

_TITLE = 80


def case_alerts(
    decision: CaseDecision,
    complaint: Complaint,
    mention: Mention,
    *,
    now: datetime,
    fresh_for: timedelta = FRESH_FOR,
    asked: bool = False,
    topics: Sequence[str] = (),
    about: Mapping[str, object] | None = None,
) -> list[Alert]:
    """The alerts of one decided mention; empty where nothing happened to a case, or where it is ``held_back``.

    ``about`` is what routes match on beside: products, dealers, region, segment.
    """
    if decision.action not in ("open", "join") or held_back(mention, now=now, fresh_for=fresh_for, asked=asked):
        return []
    opened = decision.action == "open"
    digest, why = _opened(decision, complaint) if opened else _joined(decision)
    return [
        Alert(
            kind=AlertKind.CASE_OPENED if opened else AlertKind.CASE_UPDATED,
            subject=decision.fingerprint,
            reason=why,
            severity=decision.severity,
            digest=digest,
            mention=mention.key,
            facts={**(about or {}), **_facts(decision, complaint, mention, topics)},
        )
    ]


def held_back(mention: Mention, *, now: datetime, fresh_for: timedelta = FRESH_FOR, asked: bool = False) -> str:
    """Why a mention alerts nobody ("" when it may): it came by import, or was published too long ago.

    Where no publication time could be read, the time of capture counts.
    """
    if asked:
        return ""
    if mention.origin is Origin.IMPORT:
        return "导入的信息不逐条预警"
    if now - mention.happened_at > fresh_for:
        hours = round(fresh_for.total_seconds() / 3600)
        return f"发布已超过 {hours} 小时，不逐条预警"
    return ""


def _opened(decision: CaseDecision, complaint: Complaint) -> tuple[bool, str]:
    if complaint.safety:
        return False, f"新工单，含安全词，立即预警：{complaint.reason}"
    if decision.state is CaseState.TO_VERIFY and complaint.tier is not Tier.YES:
        return True, f"疑似投诉，待核实，随汇总发送：{complaint.reason}"
    if decision.severity in WATCHED:
        return True, f"新工单，紧急程度低，随汇总发送：{complaint.reason}"
    return False, f"新工单：{complaint.reason}"


def _joined(decision: CaseDecision) -> tuple[bool, str]:
    if decision.joined_as == "repost":
        return True, f"工单被转发，随汇总发送：{decision.reason}"
    if decision.joined_as == "witness" and decision.first_contact_by is None:  # it made nothing graver
        return True, f"工单有他人补充，随汇总发送：{decision.reason}"
    if decision.state is CaseState.TO_VERIFY:
        return True, f"待核实的工单有新发言，随汇总发送：{decision.reason}"
    return False, f"工单有新进展：{decision.reason}"


def _facts(
    decision: CaseDecision, complaint: Complaint, mention: Mention, topics: Sequence[str]
) -> Mapping[str, object]:
    return {
        "topics": list(dict.fromkeys(topic for topic in (decision.topic, *topics) if topic)),
        "problem": decision.problem or complaint.problem,
        "source": mention.source,
        "platform": mention.platform,
        "followers": mention.metrics.get("followers", 0),
        "joined_as": decision.joined_as,
        "state": decision.state.value,
        "safety": complaint.safety,
        "title": mask(decision.title or mention.title or mention.text)[:_TITLE],
    }


_AT_ONCE = frozenset({Severity.S1, Severity.S2})
"""Severities of which a change at the source is told at once; of the others it comes in the digest."""

_TOLD = {
    "edited": "客户修改了原文",
    "deleted": "原文已从网站上消失，两次查看均不存在；证据已保存",
    "reappeared": "原文重新出现",
    "company_replied": "企业已在原处回复",
    "rated": "客户修改了评分",
    "status_changed": "平台上的状态有变化",
    "deadline_changed": "外部时限有变化",
}


def change_alert(
    fingerprint: str,
    change: str,
    severity: Severity,
    *,
    mention: MentionKey,
    at: datetime,
    facts: Mapping[str, object],
    new: str = "",
) -> Alert:
    """Something changed at the source behind an open case: what is grave is told at once, in the case's thread.

    Our own answer and a status are no news that anybody waits for; they come with the digest whatever the severity.
    """
    said = f"：{' '.join(mask(new).split())[:_TITLE]}" if new else ""
    waits = severity not in _AT_ONCE or change in ("company_replied", "status_changed")
    return Alert(
        kind=AlertKind.CASE_UPDATED,
        subject=fingerprint,
        reason=f"{_TOLD[change]}{said}",
        severity=severity,
        digest=waits or facts.get("state") == CaseState.TO_VERIFY.value,
        mention=mention,
        facts={**facts, "change": change, "at": at.isoformat()},
    )


def source_alerts(
    previous: Outcome | None, report: CrawlReport, told_at: datetime | None = None, repeat: timedelta | None = None
) -> list[Alert]:
    """An alert where a source went blind, and one where it sees again; in between one each ``repeat`` interval.

    ``previous`` is how the crawl before ended, None where there was none; ``told_at`` when it was last told of.
    """
    was_bad = previous is not None and previous.bad
    overdue = repeat is not None and told_at is not None and report.ended_at - told_at >= repeat
    if report.outcome.bad == was_bad and not (report.outcome.bad and overdue):
        return []
    bad = report.outcome.bad
    facts = {
        "source": report.source,
        "outcome": report.outcome.value,
        "previous": previous.value if previous else "",
        "detail": mask(report.detail),
        "at": report.ended_at.isoformat(),
        "found": report.found,
        "new": report.new,
    }
    return [
        Alert(
            kind=AlertKind.SOURCE_BAD if bad else AlertKind.SOURCE_RECOVERED,
            subject=report.source,
            reason="监测来源异常，期间没有数据不等于没有负面" if bad else "监测来源已恢复",
            severity=Severity.S2 if bad else Severity.S4,
            facts=facts,
        )
    ]


def escalation_alert(fingerprint: str, reached: Escalation, severity: Severity, facts: Mapping[str, object]) -> Alert:
    """A clock of a case reached a level. What is doubtful, or only to be watched, is told in the digest."""
    clock = label(reached.clock.value)
    words = {
        50: f"{clock}时限已过半",
        100: f"{clock}已到时限，仍未完成",
        200: f"{clock}已超时一倍，仍未完成",
    }
    if reached.clock is Clock.OUTSIDE:
        words = {100: "外部时限只剩两个工作日", 200: "外部时限已到"}
    waits = severity in WATCHED or facts.get("state") == CaseState.TO_VERIFY.value
    about = {"clock": reached.clock.value, "level": reached.level, "by": reached.by.isoformat()}
    return Alert(
        kind=AlertKind.CASE_ESCALATED,
        subject=fingerprint,
        reason=words[reached.level],
        severity=severity,
        digest=waits,
        facts={**facts, **about},
    )


def handling_alert(
    fingerprint: str,
    action: str,
    severity: Severity,
    *,
    actor: str,
    note: str,
    at: datetime,
    facts: Mapping[str, object],
) -> Alert:
    """Somebody did to a case what another has to learn of: urged it, supervises it, assigned it, sent it back."""
    said = f"：{note}" if note else ""
    about = {"action": action, "actor": actor, "note": note, "at": at.isoformat()}
    return Alert(
        kind=AlertKind.CASE_URGED,
        subject=fingerprint,
        reason=f"{actor}{label(action)}{said}",
        severity=severity,
        facts={**facts, **about},
    )


def dead_letter_alert(receiver: Receiver, severity: Severity, case: int | None, why: str, at: datetime) -> Alert:
    """A message could not be delivered and will not be tried again; once a day for each receiver."""
    return operations_alert(
        f"dead:{receiver.notifier}:{receiver.name}:{at:%Y-%m-%d}",
        f"发给 {receiver.name} 的通知没有送达，不再重试：{why}",
        severity=min(severity, Severity.S2),
        facts={"what": "dead_letter", "receiver": receiver.name, "case": case or 0, "why": why},
    )


def operations_alert(
    subject: str, reason: str, *, severity: Severity = Severity.S2, facts: Mapping[str, object] | None = None
) -> Alert:
    """Something that a person who runs this installation has to look at; ``subject`` makes it fire once.

    ``facts["what"]`` names it: ``dead_letter``, ``bounced``, ``holidays`` or ``backup``.
    """
    return Alert(kind=AlertKind.OPERATIONS, subject=subject, reason=mask(reason), severity=severity, facts=facts or {})


def backlog_summary(counts: Mapping[str, object], subject: str) -> Alert:
    """One alert in place of many: which cases came of old and imported mentions.

    ``subject`` names the find, so that it is told once; ``counts`` as ``listener.store.outbox.backlog`` gives them:
    ``cases``, ``severities`` (code to number), ``sources`` (name to number), ``numbers`` (gravest first).
    """
    return Alert(
        kind=AlertKind.BACKLOG_SUMMARY,
        subject=subject,
        reason="较早或导入的信息不逐条预警，只发一封汇总",
        facts=dict(counts),
    )


def alert_key(alert: Alert) -> str:
    """What makes the alert fire once: its kind, its subject, and the mention or the crawl that caused it."""
    parts = [alert.kind.value, alert.subject]
    if alert.kind is AlertKind.CASE_UPDATED and alert.mention is not None:
        parts += alert.mention
        parts += [str(alert.facts[name]) for name in ("change", "at") if name in alert.facts]
    if alert.kind is AlertKind.CASE_ESCALATED:
        parts += [str(alert.facts.get(name, "")) for name in ("clock", "level", "by")]
    if alert.kind is AlertKind.CASE_URGED:
        parts += [str(alert.facts.get(name, "")) for name in ("action", "at")]
    if alert.kind in (AlertKind.SOURCE_BAD, AlertKind.SOURCE_RECOVERED):
        parts.append(str(alert.facts.get("at", "")))
    return ":".join(parts)
