"""How grave a complaint is: S1 特急 to S4 关注. Safety words come first; media, law, minors, money, repetition raise.

A safety word counts where it is stated of something that happened: not negated, not supposed, not a word of
insurance or protection, and (judged in ``listener.complaints``) not in news or advertising.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from listener.model import Analysis, Severity
from listener.nlp.category import denied
from listener.nlp.wording import Wording

__all__ = ["gravity_of", "safety_word"]

_HUGE_YUAN: Final = 100_000
_LARGE_YUAN: Final = 10_000


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
    if {"refused", "deceived", "shirking", "shifted"} & set(families):
        reasons.append(("称被欺骗、拒绝或推诿", 0.5))
    points = sum(weight for _, weight in reasons)
    severity = Severity.S2 if points >= 2.0 else Severity.S3 if points >= 0.7 or _stated(families) else Severity.S4
    reasons.sort(key=lambda reason: -reason[1])
    told = "、".join(text for text, _ in reasons[:3])
    return severity, told or ("一般投诉" if severity is Severity.S3 else "轻微或待核实")


def _stated(families: Collection[str]) -> bool:
    return bool(
        {"filing", "demand", "unanswered", "refused", "deceived", "broken", "shirking", "soon", "treated", "shifted"}
        & set(families)
    )


def safety_word(text: str, wording: Wording) -> str:
    """The first safety word that is neither denied nor supposed nor part of another word, "" where there is none."""
    if not wording.safety:  # as in most
        return ""
    stated = [f for f in wording.safety if not denied(text, f.start) and not _harmless(text, f.start, f.end)]
    first = min(stated, key=lambda f: (f.start, -f.end), default=None)
    return text[first.start : first.end] if first else ""


_HARMLESS_TAIL: Final = re.compile(
    r"险|保护|报警器|警报|演练|演习|预防|试验|测试|实验|开关|性|式|头|力|的?新闻|事件|案|游戏|电影|等级|的?(?:原因|概率|几率|风险|可能|隐患|时候)"
    r"|(?:时|后|前)?(?:该|应该?)?(?:怎么|如何|咋)(?:办|预防|避免|处理|自救|应对|防)|怎么回事|(?:的)?(?:好看|好吃|好听|好评|演技|增长|式)"
)
# Told of a film, or only as a figure: 辣得着火, 电视剧里又爆炸了.
_FIGURE: Final = re.compile(
    r"电视剧|电影|剧[里中]|剧情|小说|游戏|动画|片[里中]|(?:辣|热|火|气|红|香|笑|美|困|忙|急|嗨|价格|朋友圈)(?:得|到|的|都|要|快|像){0,2}$"
    r"|(?:如同|类似于?|好比|就像|简直像|宛如)[^。！？!?,，\n]{0,6}$|不知(?:道)?(?:什么时候|何时|哪天)(?:就?会?)$"
    r"|(?:缺缸|[多单\d一二三四五六]缸|气缸|缸)$"  # an engine that misfires
)
# The word is denied in its middle: 刹车没有失灵. Not so 没有弹出, 没反应.
_DENIED_INSIDE: Final = re.compile(
    r"勿[^。！？!?,，\n]{0,4}熄火|(?:没有?|不会?|未|并未|从未)(?:再)?(?:失|锁|卡|断|爆|坠|受|出|过敏|住院|拉肚)"
)
# A stay in hospital that is why somebody needs their money or cannot come: 家里老人住院要用钱，定金不退.
_CIRCUMSTANCE: Final = re.compile(
    r"(?:了|中|治疗|做手术|手术|开刀|生孩子|待产|生产|，|,| )*(?:急?[要需](?:用|花)?钱|急着?用钱|用钱|等钱|走不开"
    r"|抽不开身|没(?:法|办法|时间|空)|无法|不能|[去来]不[了成]|要?(?:去)?(?:照顾|陪护|陪床)|取消(?:了)?(?:行程|订单|预订)"
    r"|(?:才|就|所以|想|要)(?:申请)?(?:退|取消|改签|改期))"
    r"|费|押金|部|楼|手续|报销|医疗|病人|患者|医生|护士|保险|补贴|津贴|记录|证明|发票"  # words of a hospital's desk
)


def _harmless(text: str, start: int, end: int) -> bool:
    tail, inside = _HARMLESS_TAIL.match(text, end), _DENIED_INSIDE.search(text, start, end)
    if text[start:end] == "漏电" and _BATTERY.search(text[max(0, start - _FIGURE_BACK) : end + _FIGURE_BACK]):
        return True
    circumstance = text[end - 1] == "院" and end - start <= _STAY and _CIRCUMSTANCE.match(text, end)
    return bool(tail or inside or circumstance or _FIGURE.search(text[max(0, start - _FIGURE_BACK) : start]))


# A battery that runs flat is no electric shock.
_BATTERY: Final = re.compile("[亏馈]电|电瓶|蓄电池|电池亏|打不着火")

_FIGURE_BACK: Final = 12
_STAY: Final = 4
"""住了医院: a longer match tells what led to the stay (吃了…住院), which no circumstance makes harmless."""


def _amount(analysis: Analysis) -> float:
    """The largest sum of money named, in yuan."""
    return max((float(e.value) for e in analysis.entities if e.kind == "money"), default=0.0)
