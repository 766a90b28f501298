"""How grave a complaint is: S1 特急 to S4 关注. Safety words come first; media, law, minors, money, repetition raise.

A safety word counts where it is stated of something that happened: not negated, not supposed, not a word of
insurance or protection, and (judged in ``listener.complaints``) not in news or advertising.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from listener.model import Analysis, Severity
from listener.nlp.category import denied
from listener.nlp.wording import Wording

__all__ = ["gravity_of", "safety_word"]

_HUGE_YUAN, _LARGE_YUAN = 100_000, 10_000


def gravity_of(
    wording: Wording, analysis: Analysis, families: Collection[str], word: str = "", reported: bool = False
) -> tuple[Severity, str]:
    """(severity, why in Chinese) of a complaint. ``families`` are the complaint families that count in it, ``word``
    its safety word; ``reported``: it reads like news or advertising, where safety words do not count."""
    if word:
        return (Severity.S3, "提到安全词，但像转述或广告") if reported else (Severity.S1, f"涉及人身安全：「{word}」")
    reasons = list(dict.fromkeys(found.payload for found in wording.raising))
    amount = _amount(analysis)
    if amount >= _LARGE_YUAN:
        reasons.append(("涉及金额较大", 2.0 if amount >= _HUGE_YUAN else 1.0))
    if {"refused", "deceived", "shirking"} & set(families):
        reasons.append(("称被欺骗、拒绝或推诿", 0.5))
    points = sum(weight for _, weight in reasons)
    severity = Severity.S2 if points >= 2.0 else Severity.S3 if points >= 0.7 or _stated(families) else Severity.S4
    reasons.sort(key=lambda reason: -reason[1])
    told = "、".join(text for text, _ in reasons[:3])
    return severity, told or ("一般投诉" if severity is Severity.S3 else "轻微或待核实")


def _stated(families: Collection[str]) -> bool:
    return bool({"filing", "demand", "unanswered", "refused", "deceived", "broken"} & set(families))


def safety_word(text: str, wording: Wording) -> str:
    """The first safety word that is neither denied nor supposed nor part of another word, "" where there is none."""
    stated = [f for f in wording.safety if not denied(text, f.start) and not _harmless(text, f.end)]
    first = min(stated, key=lambda f: (f.start, -f.end), default=None)
    return text[first.start : first.end] if first else ""


_HARMLESS_TAIL = re.compile(
    r"险|保护|报警器|警报|演练|演习|预防|试验|测试|开关|性|式|头|力|的?新闻|事件|案|游戏|电影|等级"
)


def _harmless(text: str, end: int) -> bool:
    return _HARMLESS_TAIL.match(text, end) is not None


def _amount(analysis: Analysis) -> float:
    """The largest sum of money named, in yuan."""
    return max((float(e.value) for e in analysis.entities if e.kind == "money"), default=0.0)
