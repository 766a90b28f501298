"""Digests, source outages and backlog summaries worded for their templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from listener.alerts.facts import AlertFacts, MessageFacts
from listener.alerts.notices import title_of
from listener.alerts.told_back import answer_subject, orders_subject
from listener.alerts.views import DETAIL_EXCERPT, Look, View, Words, case_facts, frame, mention_facts
from listener.alerts.wording import one_line, safe_link
from listener.model import AlertKind, CaseState, Severity
from listener.text.mask import mask

__all__ = ["digest_view", "morning_view", "source_view", "summary_view"]

_DETAILED = 20
"""Alerts of a digest that are shown with a quote; the rest are one line each."""


def digest_view(facts: MessageFacts, look: Look) -> View:
    """Many alerts in one message: the pressing ones first, then by severity; those of one case stand together."""
    words = Words(facts, look)
    ordered = sorted(facts.alerts, key=_order)
    urgent = _pressing(ordered[0])
    shares = _shares(ordered, words)
    mark = words.say("【特急】", "[critical] ") if urgent else words.say("【汇总】", "[digest] ")
    subject = mark + words.say(f"{len(ordered)} 条：", f"{len(ordered)}: ") + shares
    return frame(facts, words, subject, Severity.S1 if urgent else None) | {
        "entries": [_entry(each, words, detailed=place < _DETAILED) for place, each in enumerate(ordered)],
        "count": len(ordered),
        "step": _bundle_step(ordered, urgent, words),
        "shares": shares,
    }


def _order(alert: AlertFacts) -> tuple[object, ...]:
    number, priority = (alert.case.number, alert.case.priority) if alert.case else (0, 0.0)
    return (not _pressing(alert), _severity(alert), -priority, number, alert.created_at)


def _pressing(alert: AlertFacts) -> bool:
    """An S1 that would have been a mail of its own, had there been room: no repost, nobody else's words, no doubt."""
    doubtful = alert.case is not None and alert.case.state is CaseState.TO_VERIFY
    return _severity(alert) is Severity.S1 and alert.joined_as not in ("repost", "witness") and not doubtful


def _bundle_step(alerts: Sequence[AlertFacts], urgent: bool, words: Words) -> str:
    if urgent:
        return words.say("先处理特急的，再看其余。", "Deal with the critical ones first, then with the rest.")
    doubtful = len({each.case.number for each in alerts if each.case and each.case.state is CaseState.TO_VERIFY})
    if doubtful:
        chinese = f"请核实 {doubtful} 个疑似投诉：是则受理，不是则标为非投诉。"
        return words.say(chinese, f"Check {doubtful} doubtful cases: take them on, or mark them as no complaint.")
    return words.say("供了解，无需立即处理。", "For your information; nothing is urgent.")


def _severity(alert: AlertFacts) -> Severity:
    return min(alert.severity, alert.case.severity) if alert.case else alert.severity


def _shares(alerts: Sequence[AlertFacts], words: Words) -> str:
    """待核实 5，转发 3."""
    counts: dict[str, int] = {}
    for alert in alerts:
        name = _sort_of(alert, words)
        counts[name] = counts.get(name, 0) + 1
    most_first = sorted(counts.items(), key=lambda each: -each[1])
    return words.say("，", ", ").join(f"{name} {number}" for name, number in most_first)


def _sort_of(alert: AlertFacts, words: Words) -> str:
    if alert.kind is AlertKind.CASE_OPENED and alert.case is not None:
        return words.label(alert.case.state)
    return words.label(alert.joined_as) if alert.joined_as else words.label(alert.kind)


def _entry(alert: AlertFacts, words: Words, *, detailed: bool) -> View:
    case, severity, mention = alert.case, _severity(alert), alert.mention
    if case is not None and mention is not None and mention.title == case.title:
        mention = replace(mention, title="")  # it stands above the quote already
    return {
        "severity": severity.value,
        "severity_word": words.label(severity),
        "sort": _sort_of(alert, words),
        "title": one_line(mask(case.title if case else _title(alert, words)), 60),
        "case": case_facts(case, words) if case else None,
        "by": words.time(case.first_contact_by) if case else "",
        "mention": mention_facts(mention, words, DETAIL_EXCERPT) if mention and detailed else None,
        "link": safe_link(mention.url) if mention else "",
        "reason": one_line(mask(alert.reason), 160),
        "detailed": detailed,
    }


def _title(alert: AlertFacts, words: Words) -> str:
    """What an alert without a case is about."""
    if alert.kind is AlertKind.BACKLOG_SUMMARY:
        cases = alert.facts.get("cases", 0)
        return words.say(f"较早的信息中新开 {cases} 个工单", f"{cases} cases opened from older mentions")
    if alert.kind in (AlertKind.BURST, AlertKind.OPERATIONS):
        return title_of(alert, words)
    if alert.kind is AlertKind.INTAKE_ANSWER:
        return answer_subject(alert.facts, words.language)
    if alert.kind is AlertKind.ORDERS_ANSWER:
        return orders_subject(alert.facts, words.language)
    return f"{words.look.source_title(alert.subject)} {words.label(str(alert.facts.get('outcome', '')))}"


def source_view(facts: MessageFacts, look: Look) -> View:
    """A source went blind, or sees again."""
    words = Words(facts, look)
    alert = facts.alerts[-1]
    given = alert.facts
    bad = alert.kind is AlertKind.SOURCE_BAD
    outcome = str(given.get("outcome", ""))
    mark = words.say("【监测来源异常】", "[source blind] ") if bad else words.say("【监测来源恢复】", "[source back] ")
    name = one_line(look.source_title(alert.subject), 64)
    found, new = given.get("found", 0), given.get("new", 0)
    at = _moment(given.get("at"), alert.created_at)
    return frame(facts, words, f"{mark}{name}：{words.label(outcome)}", None) | {
        "bad": bad,
        "source": name,
        "outcome": words.label(outcome),
        "previous": words.label(str(given.get("previous", ""))),
        "detail": one_line(mask(str(given.get("detail", ""))), 500),
        "at": words.time(at),
        "found": words.say(f"共 {found} 条，新 {new} 条", f"{found} found, {new} new"),
        "mend": _mend(outcome, words) if bad else "",
        "command": f"listener crawl {one_line(alert.subject, 64)}",
    }


def _moment(text: object, otherwise: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return otherwise
    return moment if moment.tzinfo else otherwise


def _mend(outcome: str, words: Words) -> str:
    """What an operator does about a bad outcome."""
    steps = {
        "blocked": ("对方拒绝了访问：降低频率，或改用导入、推送。", "They refuse us: crawl less often, or import."),
        "login_expired": ("请更新该来源的登录凭据（cookie）。", "Renew the cookie of this source."),
        "parser_broke": (
            "页面结构已变，需要更新解析；原始页面已保留。",
            "The page changed: its parser needs an update.",
        ),
        "unreachable": ("检查网络、代理和对方网站：listener doctor", "Check network, proxy and site: listener doctor"),
        "robots_denied": (
            "robots.txt 不允许采集：请与对方确认，或停用该来源。",
            "robots.txt forbids it: ask them, or stop.",
        ),
        "suspect": ("数量与平时不符：请打开页面核对。", "The number is unusual: look at the page."),
    }
    return words.say(*steps.get(outcome, ("请查看日志。", "See the log.")))


def summary_view(facts: MessageFacts, look: Look) -> View:
    """What was found among old and imported mentions."""
    words = Words(facts, look)
    given = facts.alerts[-1].facts
    cases = given.get("cases", 0)
    subject = words.say(
        f"【历史汇总】新开 {cases} 个工单，未逐条预警", f"[backlog] {cases} cases opened, not alerted one by one"
    )
    listed = given.get("listed")
    shown = [_listed(row, words) for row in listed] if isinstance(listed, list) else []
    return frame(facts, words, subject, None) | {
        "cases": cases,
        "reason": one_line(facts.alerts[-1].reason, 200),
        "severities": [(words.label(Severity(code)), number) for code, number in _pairs(given.get("severities"))],
        "sources": [(one_line(look.source_title(name), 64), number) for name, number in _pairs(given.get("sources"))],
        "listed": shown,
        "others": max(0, int(str(cases)) - len(shown)) if shown else 0,
    }


def _pairs(table: object) -> list[tuple[str, object]]:
    return sorted(table.items()) if isinstance(table, Mapping) else []


def _listed(row: Mapping[str, object], words: Words) -> View:
    number = int(str(row.get("number", 0)))
    return {
        "number": number,
        "severity": str(row.get("severity", "S4")),
        "severity_word": words.label(Severity(str(row.get("severity", "S4")))),
        "title": one_line(mask(str(row.get("title", ""))), 60),
        "link": safe_link(words.look.case_link(number)),
    }


def morning_view(facts: MessageFacts, look: Look) -> View:
    """What one person has to look at today, by section."""
    words = Words(facts, look)
    given = facts.alerts[-1].facts
    counts, listed = given.get("counts"), given.get("sections")
    shown = [
        _section(name, rows, counts.get(name, len(rows)), words)
        for name, rows in (listed.items() if isinstance(listed, Mapping) else ())
        if isinstance(counts, Mapping)
    ]
    shares = words.say("，", ", ").join(f"{section['name']} {section['count']}" for section in shown)
    count = given.get("count", 0)
    title = words.say(f"晨会清单 {given.get('day', '')}", f"Morning list {given.get('day', '')}")
    return frame(facts, words, f"{title}：{shares}", None) | {
        "title": title,
        "lead": words.say(f"今天有 {count} 个工单需要您关注。", f"{count} cases need your attention today."),
        "sections": shown,
        "how": words.say(
            "回复本邮件即可处理，例如：认领 3 5 7；回访结果写：满意 8，未接通 9",
            "Answer this mail to act on them, for example: claim 3 5 7, satisfied 8, not reached 9",
        ),
    }


def _section(name: str, rows: Sequence[Mapping[str, object]], count: int, words: Words) -> View:
    more = count - len(rows)
    return {
        "name": words.label(name),
        "count": count,
        "rows": [_listed(row, words) | _standing(row, words) for row in rows],
        "more": words.say(f"另有 {more} 个", f"{more} more") if more > 0 else "",
    }


_TAPS = {"": ("claim",), "answered": ("visit",), "follow_up": ("visit",)}
"""What one tap does, by what the case waits for: an owner (the empty name), the customer's word."""


def _taps(row: Mapping[str, object], words: Words) -> list[tuple[str, str]]:
    """(words, address) of the buttons of one case of a list."""
    wanted = _TAPS[""] if not row.get("owner") else _TAPS.get(str(row.get("state", "")), ())
    number = int(str(row.get("number", 0)))
    found = [(words.label(action), words.look.action_link(number, action)) for action in wanted]
    return [(name, link) for name, link in found if link.startswith("mailto:") or safe_link(link)]


def _standing(row: Mapping[str, object], words: Words) -> View:
    by = str(row.get("by") or "")
    return {
        "state": words.label(CaseState(str(row.get("state", "new")))),
        "owner": one_line(str(row.get("owner", "")), 40),
        "taps": _taps(row, words),
        "by": words.time(datetime.fromisoformat(by)) if by else "",
    }
