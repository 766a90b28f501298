"""How reports say things: numbers, times, shares and the names of codes, in Chinese or English."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from listener.customers.lifecycle import STAGES
from listener.customers.segments import AGES, SIZES, STANDINGS
from listener.model import CaseState, Outcome, Sentiment, Severity, Tier
from listener.nlp.taxonomy import Taxonomy, shipped_taxonomy
from listener.reports.coverage import BEFORE_FIRST, NOT_CRAWLED
from listener.reports.summary import SMALL
from listener.reports.traits import NONE
from listener.text.labels import label

_KINDS: dict[str, type[StrEnum]] = {
    "sentiment": Sentiment,
    "complaint": Tier,
    "severity": Severity,
    "case_severity": Severity,
    "case_state": CaseState,
    "outcome": Outcome,
}

_TRAITS = {
    "day": ("日期", "day"),
    "hour": ("时段", "hour"),
    "time": ("时间依据", "time"),
    "source": ("来源", "source"),
    "platform": ("平台", "platform"),
    "topic": ("主题", "topic"),
    "product": ("产品", "product"),
    "sentiment": ("情感", "sentiment"),
    "repost": ("转发", "repost"),
    "complaint": ("投诉", "complaint"),
    "severity": ("紧急程度", "severity"),
    "problem": ("问题", "problem"),
    "customer": ("客户", "customer"),
    "customer_id": ("客户编号", "customer number"),
    "segment": ("分群", "kind"),
    "case": ("工单", "case"),
    "case_state": ("工单状态", "case state"),
    "case_severity": ("工单紧急程度", "case severity"),
    "response": ("首次联系", "first contact"),
}
SEGMENTS = {
    **{code.value: words for table in (SIZES, AGES, STANDINGS, STAGES) for code, words in table.items()},
    "leaving": ("流失风险", "may leave"),
}
"""The kinds and stages of customers: code to (Chinese, English)."""

_VALUES = {
    ("repost", "yes"): ("是", "yes"),
    ("repost", "no"): ("否", "no"),
    ("customer", "known"): ("已知客户", "known customer"),
    ("customer", "unknown"): ("未识别", "unknown"),
    ("time", "published"): ("发布时间", "as published"),
    ("time", "captured"): ("采集时间", "as captured"),
    ("response", "in_time"): ("按时", "in time"),
    ("response", "late"): ("超时后联系", "late"),
    ("response", "overdue"): ("已超时未联系", "overdue"),
    ("response", "waiting"): ("待联系", "waiting"),
    ("response", NONE): ("无需联系", "no clock"),
    ("problem", NONE): ("未归类", "no category"),
    ("outcome", NOT_CRAWLED): ("未采集", "not crawled"),
    ("outcome", BEFORE_FIRST): ("尚未开始采集", "before the first crawl"),
    ("outcome", "imported"): ("不自动采集", "not crawled by itself"),
    ("outcome", ""): ("从未采集", "never crawled"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one report: its language and its clock."""

    language: str
    zone: tzinfo
    taxonomy: Taxonomy = field(default_factory=shipped_taxonomy)

    def say(self, chinese: str, english: str) -> str:
        """The wording in this report's language."""
        return english if self.language == "en" else chinese

    def trait(self, name: str) -> str:
        """The word for a trait's name (``sentiment`` → 情感)."""
        return self.say(*_TRAITS.get(name, (name, name)))

    def value(self, name: str, value: str) -> str:
        """The word for a trait's value (``sentiment``, ``negative`` → 负面); names stay as they are."""
        words = _VALUES.get((name, value))
        if words:
            return self.say(*words)
        if name == "segment":
            return self.say(*SEGMENTS.get(value, (value, value)))
        if name == "problem":
            return self.taxonomy.name_of(value, self.language)
        if name in _KINDS and value in _KINDS[name]._value2member_map_:
            return label(_KINDS[name](value), self.language)
        return value

    def when(self, moment: datetime | None, pattern: str = "%Y-%m-%d %H:%M") -> str:
        """A time on the installation's clock, to the minute; — where there is none."""
        return moment.astimezone(self.zone).strftime(pattern) if moment else "—"

    def number(self, value: float) -> str:
        """With thousands marks; hours with one decimal where they have one."""
        return f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else f"{value:,}"

    def percent(self, part: int, of: int) -> str:
        """A share in whole per cent; — where there is nothing to divide by."""
        return f"{100 * part / of:.0f}%" if of else "—"

    def small(self, count: int) -> str:
        """A warning where a share rests on few mentions, else empty."""
        return self.say(f"样本少（n={count}）", f"small sample (n={count})") if 0 < count < SMALL else ""

    def change(self, now: int, before: int) -> str:
        """``+12（+35%）``; without per cent where the earlier count is too small to divide by."""
        difference = f"{now - before:+,}" if now != before else "±0"
        return f"{difference} ({100 * (now - before) / before:+.0f}%)" if before >= SMALL else difference
