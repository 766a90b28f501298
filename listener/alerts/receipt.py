"""受理单, the receipt of a complaint after GB/T 19012-2019 (ISO 10002:2018), 7.2. Pure, masked.

What it has to hold: a unique identification code, the description and what supports it, the remedy sought, what it is
about, when an answer is due, and what was done at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from listener.alerts.wording import one_line, safe_link, weekday_time
from listener.language import say
from listener.text.labels import label
from listener.text.mask import mask

__all__ = ["receipt", "receipt_number"]

_SUPPORTS = 20


def receipt_number(number: int, opened_at: datetime, zone: ZoneInfo) -> str:
    """The unique code of a complaint: the day of its receipt and the case's number."""
    return f"TS{opened_at.astimezone(zone):%Y%m%d}-{number:06d}"


def receipt(facts: Mapping[str, Any], zone: ZoneInfo, problem: str, language: str) -> str:
    """The receipt of a case as ``listener.store.views.case_detail`` gives it, ready to print or to paste."""
    mentions = facts["mentions"]
    said = mentions[0] if mentions else {}
    about = "·".join(part for part in (facts["topic"], problem) if part)
    number = receipt_number(facts["number"], facts["opened_at"], zone)
    lines = [
        say(f"受理编号：{number}（工单 #{facts['number']}）", f"Receipt: {number} (case #{facts['number']})"),
        say("受理时间：", "Received: ") + weekday_time(facts["opened_at"], zone, language),
        say("投诉人：", "Complainant: ") + _who(facts, said),
        say("投诉内容：", "Complaint: ") + one_line(mask(f"{said.get('title', '')} {said.get('text', '')}"), 300),
        say("涉及：", "About: ") + about,
        say("客户诉求：", "Remedy sought: ")
        + (one_line(mask(facts["wanted"]), 200) or say("未明确提出", "none named")),
        say("紧急程度：", "Severity: ") + label(facts["severity"], language),
        *_outside(facts, zone, language),
        say("答复期限：", "Answer due: ") + _by(facts.get("plan_by"), zone, language),
        say("办结期限：", "To be closed by: ") + _by(facts.get("close_by"), zone, language),
        say(f"支持材料：{len(mentions)} 条", f"Support: {len(mentions)}"),
        *(f"  - {_support(each, zone, language)}" for each in mentions[:_SUPPORTS]),
    ]
    return "\n".join(lines) + "\n"


def _who(facts: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    author = mask(str(said.get("author", ""))) or say("匿名", "anonymous")
    customer = say(f"客户 {facts['customer']}", f"customer {facts['customer']}") if facts["customer"] else ""
    return "，".join(part for part in (customer, f"{said.get('platform', '')} {author}".strip()) if part)


def _outside(facts: Mapping[str, Any], zone: ZoneInfo, language: str) -> list[str]:
    if not facts.get("outside_number") and not facts.get("outside_name"):
        return []
    named = " ".join(str(facts[name]) for name in ("outside_name", "outside_number") if facts.get(name))
    until = _by(facts.get("outside_by"), zone, language)
    return [say(f"外部编号：{named}，时限 {until}", f"Outside number: {named}, by {until}")]


def _by(moment: datetime | None, zone: ZoneInfo, language: str) -> str:
    return weekday_time(moment, zone, language) if moment else "—"


def _support(mention: Mapping[str, Any], zone: ZoneInfo, language: str) -> str:
    gone = say("（原文已删除，存证仍在）", " (deleted there, kept here)") if mention.get("gone_at") else ""
    at = weekday_time(mention["said_at"], zone, language)
    return f"{at} {mention['platform']} {safe_link(str(mention['url']))}{gone}".strip()
