"""Bursts, and what the operator has to look at, worded for their templates. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from listener.alerts.facts import AlertFacts, MessageFacts
from listener.alerts.views import Look, View, Words, frame
from listener.alerts.wording import one_line, safe_link
from listener.model import CaseState, Severity
from listener.text.mask import mask

__all__ = ["burst_view", "operations_view", "title_of"]


def burst_view(facts: MessageFacts, look: Look) -> View:
    """A burst: what it is about, how far above the usual, until when it mutes single alerts, and its cases."""
    words = Words(facts, look)
    alert = facts.alerts[-1]
    listed = alert.facts.get("listed")
    rows = [_row(row, words) for row in listed] if isinstance(listed, list) else []
    until = _time(alert.facts.get("until"), words)
    urgent = sum(row["severity"] == "S1" for row in rows)
    mark = words.say("【声量异常】", "[burst] ")
    step = words.say(
        "先看特急的工单，再判断是否为同一起事件：是则并单处理、统一口径。",
        "Look at the critical cases first, then whether it is one event: if so, merge them and answer as one.",
    )
    return frame(facts, words, f"{mark}{title_of(alert, words)}", alert.severity) | {
        "title": title_of(alert, words),
        "reason": one_line(mask(alert.reason), 300),
        "step": step,
        "counts": _counts(alert, words),
        "muted": words.say(
            f"到 {until} 为止，其中的普通工单不再逐条发邮件，之后随汇总补上；特急和涉及安全的照常发送。",
            f"Until {until} its ordinary cases come in no mails of their own, but in a digest afterwards; "
            "what is critical or about safety still does.",
        ),
        "listed": rows,
        "listed_head": words.say(f"涉及工单 {len(rows)} 个，特急 {urgent} 个", f"{len(rows)} cases, {urgent} critical"),
    }


def title_of(alert: AlertFacts, words: Words) -> str:
    """What a burst or an operator's alert is about, in one line."""
    if "topics" not in alert.facts:
        return one_line(mask(alert.reason), 80)
    about = [*_texts(alert.facts.get("topics")), *_problems(alert, words)]
    return one_line("·".join(about) or alert.subject, 60)


def _problems(alert: AlertFacts, words: Words) -> list[str]:
    return [words.look.problem_name(code, words.language) for code in _texts(alert.facts.get("problems"))]


def _counts(alert: AlertFacts, words: Words) -> list[tuple[str, str]]:
    given = alert.facts
    rows = [
        (words.say("自", "since"), _time(given.get("since"), words)),
        (words.say("信息数", "mentions"), str(given.get("count", ""))),
        (words.say("平时", "usual"), str(given.get("usual", ""))),
    ]
    return [(name, one_line(value, 60)) for name, value in rows if value]


def _row(row: Mapping[str, object], words: Words) -> View:
    number = int(str(row.get("number", 0)))
    return {
        "number": number,
        "severity": str(row.get("severity", "S4")),
        "severity_word": words.label(Severity(str(row.get("severity", "S4")))),
        "title": one_line(str(row.get("title", "")), 60),
        "state": words.label(CaseState(str(row.get("state", "new")))),
        "owner": one_line(str(row.get("owner", "")), 40),
        "link": safe_link(words.look.case_link(number)),
    }


def operations_view(facts: MessageFacts, look: Look) -> View:
    """What the person who runs this installation has to mend, and how."""
    words = Words(facts, look)
    alert = facts.alerts[-1]
    given = alert.facts
    mark = words.say("【运维提醒】", "[operator] ")
    rows = [
        (words.say("接收人", "receiver"), one_line(str(given.get("receiver", "")), 64)),
        (words.say("工单", "case"), f"#{given['case']}" if given.get("case") else ""),
        (words.say("原因", "why"), one_line(mask(str(given.get("why", ""))), 300)),
    ]
    return frame(facts, words, mark + one_line(mask(alert.reason), 80), None) | {
        "title": one_line(mask(alert.reason), 200),
        "step": _mend(str(given.get("what", "")), words),
        "rows": [(name, value) for name, value in rows if value],
    }


def _mend(what: str, words: Words) -> str:
    steps = {
        "dead_letter": (
            "请检查接收人的邮箱地址和发信设置；修好后用 listener alerts retry 编号 重发。"
            "有工单的请先用别的方式通知接收人。",
            "Check the receiver's address and the mail settings, then: listener alerts retry N. "
            "Where there is a case, tell the receiver by other means first.",
        ),
        "bounced": (
            "请核对 people.toml 中的邮箱；确认可用后执行 listener people bounced --clear 地址。在此之前不再向它发送。",
            "Check the address in people.toml; once it works: listener people bounced --clear ADDRESS. "
            "Nothing is sent there before.",
        ),
        "holidays": (
            "请升级 chinesecalendar，或把国务院公布的放假和调休日写进 config/holidays.toml；"
            "否则只按法定节假日和周末推算。",
            "Upgrade chinesecalendar, or write the announced days into config/holidays.toml; "
            "otherwise only statutory holidays and weekends are known.",
        ),
        "backup": (
            "昨晚没有备份成功。请检查 [backup] 的目录、磁盘空间和权限，然后执行 listener db backup。",
            "No copy was made last night. Check the folder of [backup], disk space and rights; then run "
            "listener db backup.",
        ),
    }
    return words.say(*steps.get(what, ("请查看日志。", "See the log.")))


def _texts(value: object) -> Sequence[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []


def _time(text: object, words: Words) -> str:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return ""
    return words.time(moment) if moment.tzinfo else ""
