"""Parts of a case in words that mail, page and command line share: priority, receipt, deadlines. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from listener.alerts.facts import CaseFacts, Dealing, EarlierCase
from listener.alerts.receipt import receipt_number
from listener.alerts.wording import one_line, remaining
from listener.model import Satisfaction
from listener.text.labels import label
from listener.text.mask import mask

__all__ = [
    "dealing_words",
    "earlier_words",
    "factor_words",
    "met_words",
    "nth_of",
    "nth_words",
    "outside_words",
    "priority_words",
    "receipt_rows",
]

Row = tuple[str, str, str]


class Look(Protocol):
    """What these words need of a message's look."""

    @property
    def zone(self) -> ZoneInfo: ...
    @property
    def now(self) -> datetime: ...
    def problem_name(self, code: str, language: str, /) -> str: ...


class Words(Protocol):
    """``listener.alerts.views.Words`` as these parts need it."""

    language: str

    @property
    def look(self) -> Look: ...
    def say(self, chinese: str, english: str) -> str: ...
    def label(self, value: Any) -> str: ...
    def time(self, moment: datetime | None) -> str: ...


def nth_of(case: CaseFacts) -> int:
    """Which complaint of its speaker this is: of the customer ever, else of the author within the repeat window."""
    return case.customer.nth if case.customer else case.recent


def nth_words(case: CaseFacts, words: Words) -> str:
    """该客户第 3 次投诉; "" for the first."""
    nth = nth_of(case)
    if nth <= 1:
        return ""
    if case.customer is None:
        return words.say(f"该发布者近期第 {nth} 次投诉", f"complaint no. {nth} of this author lately")
    lately = words.say(f"（近期 {case.recent} 次）", f" ({case.recent} lately)") if case.recent > 1 else ""
    return words.say(f"该客户第 {nth} 次投诉", f"complaint no. {nth} of this customer") + lately


def priority_words(case: CaseFacts, words: Words) -> str:
    """优先级 9.6 ＝ 紧急程度 S2 ×4 · 客户价值 大客户 ×1.6 · …, all factors; "" where none was worked out."""
    if not case.factors:
        return ""
    told = factor_words(case.factors, words.language)
    return words.say(f"优先级 {case.priority:g} ＝ {told}", f"priority {case.priority:g} = {told}")


def factor_words(factors: tuple[tuple[str, float, str], ...] | list[list[Any]], language: str) -> str:
    """Every factor with its value and what it was taken from."""
    told = []
    for name, value, why in factors:
        shown = "" if why in ("", "—") else f" {_why(str(name), one_line(str(why), 40), language)}"
        unknown = ("（未知）", " (unknown)")[language == "en"] if why == "—" else ""
        told.append(f"{label(name, language)}{shown}{unknown} ×{value:g}")
    return " · ".join(told)


def _why(name: str, why: str, language: str) -> str:
    """What a factor was taken from, in words."""
    if name == "stage":
        return f"{why} days" if language == "en" else f"{why} 天"
    if name == "repeat":
        count, _, days = why.partition("/")
        return f"no. {count} in {days} days" if language == "en" else f"{days} 天内第 {count} 次"
    return label(why, language) if name == "severity" else why


def earlier_words(one: EarlierCase, words: Words) -> str:
    """#12 制动 · 已办结 · 满意."""
    said = label(Satisfaction(one.satisfaction), words.language) if one.satisfaction else ""
    problem = one_line(words.look.problem_name(one.problem, words.language), 40) if one.problem else ""
    return " · ".join(part for part in (f"#{one.number} {problem}".strip(), words.label(one.state), said) if part)


def dealing_words(one: Dealing, words: Words) -> str:
    """维修 · 沪东店 · 更换刹车片 · 已完成."""
    kind = DEALINGS.get(one.kind, (one.kind, one.kind))[words.language == "en"]
    parts = (kind, one.product, one.dealer, one.note, one.result)
    return one_line(" · ".join(part for part in parts if part), 100)


DEALINGS = {
    "purchase": ("购买", "purchase"),
    "service": ("维修", "repair"),
    "call": ("来电", "call"),
    "visit": ("到店", "visit"),
    "contact": ("其他往来", "other dealing"),
}
"""The words for dealings (a mention's ``purchase`` is something else): code to (Chinese, English)."""


def outside_words(case: CaseFacts, words: Words) -> str:
    """What the regulator's deadline is called: 12315 时限."""
    return words.say(f"{case.outside_name or '外部'}时限", f"{case.outside_name or 'outside'} deadline")


def met_words(by: datetime | None, met_at: datetime | None, words: Words) -> str:
    """How long is left; where it is met, when, and how late: a late first contact stays late (chatwoot 13392)."""
    if by is None:
        return ""
    if met_at is None:
        return remaining(by, words.look.now, words.language)
    done = words.say(f"已于 {words.time(met_at)} 完成", f"done {words.time(met_at)}")
    late = remaining(by, met_at, words.language) if met_at > by else ""
    return words.say(f"{done}，{late}" if late else done, f"{done}, {late}" if late else done)


def receipt_rows(case: CaseFacts, words: Words) -> list[Row]:
    """The receipt after GB/T 19012-2019, 7.2: unique number, what supports the complaint, the remedy sought."""
    number = receipt_number(case.number, case.opened_at, words.look.zone)
    rows = [(words.say("受理编号", "receipt"), number, words.time(case.opened_at))]
    if case.outside_number or case.outside_name:
        said = " ".join(part for part in (case.outside_name, case.outside_number) if part)
        rows.append((words.say("外部编号", "outside number"), one_line(said, 80), ""))
    kept = words.say(f"原文 {case.mentions} 条，已存证", f"{case.mentions} mentions, kept as captured")
    rows.append((words.say("支持材料", "support"), kept, ""))
    wanted = one_line(mask(case.wanted), 120) or words.say("未明确提出", "none named")
    rows.append((words.say("客户诉求", "remedy sought"), wanted, ""))
    return rows
