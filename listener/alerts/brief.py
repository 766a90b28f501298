"""一键上报: one case as a five-line 舆情快报 that can be pasted into a chat or a report. Pure, masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from listener.alerts.wording import one_line, safe_link, weekday_time
from listener.language import say
from listener.spread import spread_of
from listener.text.labels import label
from listener.text.mask import mask

__all__ = ["brief"]


def brief(
    facts: Mapping[str, Any],
    zone: ZoneInfo,
    problem: str,
    language: str,
    now: datetime,
    source_title: Callable[[str], str] = lambda name: name,
) -> str:
    """Five lines: what and when, what was said, spread, what has been done, what comes next.

    ``facts`` as ``listener.store.views.case_detail`` gives them; ``source_title`` is what people call a source.
    """
    said = facts["mentions"][0] if facts["mentions"] else {}
    lines = (
        _matter(facts, said, zone, problem, language, source_title),
        _quote(said),
        _spread(facts, zone),
        _done(facts, zone, language),
        _next(facts, zone, language, now),
    )
    return "\n".join(lines) + "\n"


def _matter(
    facts: Mapping[str, Any],
    said: Mapping[str, Any],
    zone: ZoneInfo,
    problem: str,
    language: str,
    source_title: Callable[[str], str],
) -> str:
    where = source_title(str(said.get("source", ""))) or said.get("platform", "")
    about = "·".join(part for part in (facts["topic"], problem) if part)
    at = weekday_time(said["said_at"], zone, language) if said else ""
    mark = label(facts["severity"], language)
    return say(
        f"【舆情快报·{mark}】工单 #{facts['number']} {about}：{at} 出现于 {where}",
        f"[brief, {mark}] case #{facts['number']} {about}: said {at} on {where}",
    )


def _quote(said: Mapping[str, Any]) -> str:
    text = one_line(mask(f"{said.get('title', '')} {said.get('text', '')}"), 160)
    link = safe_link(str(said.get("url", "")))
    return say(f"内容：{text} {link}", f"Said: {text} {link}").rstrip()


def _spread(facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    found = spread_of(facts["mentions"])
    return say("影响：", "Spread: ") + (found.line(zone) if found else "—")


def _done(facts: Mapping[str, Any], zone: ZoneInfo, language: str) -> str:
    state = label(facts["state"], language)
    owner = facts["owner"] or say("尚未认领", "nobody yet")
    contacted = facts.get("first_contact_at")
    first = weekday_time(contacted, zone, language) if contacted else say("尚未联系", "not yet")
    return say(
        f"处置：{state}，负责人 {owner}，首次联系 {first}",
        f"Handling: {state}, owner {owner}, first contact {first}",
    )


def _next(facts: Mapping[str, Any], zone: ZoneInfo, language: str, now: datetime) -> str:
    if facts.get("closed_at"):
        result = "；".join(str(facts[name]) for name in ("cause", "countermeasure", "remedy") if facts.get(name))
        return say(f"结果：{mask(result) or '—'}", f"Result: {mask(result) or '—'}")
    by = facts.get("close_by")
    until = weekday_time(by, zone, language) if by else "—"
    late = say("（已超时）", " (late)") if by and by < now else ""
    return say(f"下一步：{until} 前办结{late}", f"Next: to be closed by {until}{late}")
