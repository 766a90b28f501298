"""A case as ``listener cases show`` prints it: what a person reads, in words, without what is empty. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from listener.cli.base import clock
from listener.language import say
from listener.text.labels import label

__all__ = ["case_card"]


def case_card(facts: Mapping[str, Any], lang: str, source_title: Callable[[str], str]) -> list[str]:
    """The lines of one case; ``facts`` as ``Listener.case_facts`` gives them, masked and worded."""
    said, done = say("原话", "What was said"), say("处理记录", "History")
    return [
        *_head(facts),
        *(f"{name}{say('：', ': ')}{value}" for name, value in _rows(facts) if value),
        "",
        f"—— {said} {len(facts['mentions'])} ——",
        *(line for mention in facts["mentions"] for line in _mention(mention, lang, source_title)),
        "",
        f"—— {done} ——",
        *(_event(event, lang) for event in facts["events"]),
    ]


def _head(facts: Mapping[str, Any]) -> list[str]:
    number = say(f"工单 #{facts['number']}", f"Case #{facts['number']}")
    return [_joined(number, facts["severity"], facts["state"], facts["topic"], facts["problem"]), facts["title"]]


def _rows(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield say("受理编号", "receipt"), facts["receipt"]
    yield say("负责人", "owner"), _joined(facts["owner"] or say("尚未认领", "nobody yet"), facts["team"])
    yield say("督办", "watched by"), facts["supervised_by"]
    yield say("客户", "customer"), facts["customer"] or say("未识别", "not identified")
    yield say("诉求", "wanted"), facts["wanted"]
    yield say("立案", "opened"), clock(facts["opened_at"])
    yield say("首次联系", "first contact"), _clock(facts, "first_contact_by", "first_contact_at")
    yield say("给出方案", "plan"), _clock(facts, "plan_by", "planned_at")
    yield say("答复", "answered"), clock(facts["answered_at"])
    yield say("办结", "close"), _clock(facts, "close_by", "closed_at")
    yield say("等客户补充自", "waiting for the customer since"), clock(facts["paused_since"])
    outside = _joined(facts["outside_name"], facts["outside_number"])
    yield say("外部编号", "outside"), outside and _joined(outside, _clock(facts, "outside_by", ""))
    yield say("优先级", "priority"), f"{facts['priority']} = {facts['factors']}" if facts["factors"] else ""
    yield say("判断", "why"), facts["reason"]
    yield say("原因", "cause"), facts["cause"]
    yield say("措施", "countermeasure"), facts["countermeasure"]
    yield say("补救", "remedy"), facts["remedy"]
    judged = say("据其后续发言判断", "judged from what was said later") if facts["satisfaction_judged"] else ""
    yield say("满意度", "satisfaction"), facts["satisfaction"] and _joined(label(facts["satisfaction"]), judged)
    yield say("结束原因", "ended because"), facts["closed_reason"] and label(facts["closed_reason"])
    yield say("并入", "merged into"), f"#{facts['merged_into']}" if facts["merged_into"] else ""
    yield say("私信文本（只能私下发送）", "private message (never in public)"), facts.get("invitation", "")


def _clock(facts: Mapping[str, Any], by: str, at: str) -> str:
    """Until when, or when it was done."""
    if at and facts[at]:
        return say(f"已于 {clock(facts[at])} 完成", f"done {clock(facts[at])}")
    return say(f"{clock(facts[by])} 前", f"by {clock(facts[by])}") if facts[by] else ""


def _mention(mention: Mapping[str, Any], lang: str, source_title: Callable[[str], str]) -> Iterator[str]:
    joined = label(str(mention["joined_as"]), lang)
    yield f"#{mention['number']} " + _joined(
        clock(mention["said_at"]), mention["author"], source_title(mention["source"]), joined, mention.get("sentiment")
    )
    text = " ".join(str(mention.get(name) or "") for name in ("title", "text")).split()
    yield f"   {' '.join(text)}"
    if mention.get("url"):
        yield f"   {mention['url']}"
    if mention.get("complaint_reason"):
        yield say("   判断：", "   why: ") + str(mention["complaint_reason"])
    if mention.get("company_reply"):
        yield say("   企业回复：", "   the company answered: ") + str(mention["company_reply"])


def _event(event: Mapping[str, Any], lang: str) -> str:
    changed = f"{event['old']}→{event['new']}" if event["old"] else str(event["new"] or "")
    return _joined(clock(event["at"]), event["actor"], label(str(event["action"]), lang), changed, event["note"])


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)
