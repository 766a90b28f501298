"""Chats that somebody copied out of WeChat, QQ or WeCom: who said what, and when. Pure.

老王 10:21                     ———————  2026-11-27  ———————        老王: 刹车又失灵了
刹车又失灵了                    老王  10:21                          小李: 请问您在哪家店？
                               刹车又失灵了
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Spoken", "chat"]

_DAY = (
    r"(?:\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{1,2}[-/月]\d{1,2}日?|今天|昨天|前天"
    r"|星期[一二三四五六日天]|周[一二三四五六日天])"
)
_CLOCK = r"(?:(?:凌晨|早上|上午|中午|下午|晚上)\s?)?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?"
_WHEN = rf"(?:{_DAY}\s{{0,3}})?{_CLOCK}"
_NAME = r"(?P<name>[^\s:：][^\n:：]{0,38}?)"
_HEAD = re.compile(
    rf"^\s{{0,4}}{_NAME}(?:\(\d{{5,12}}\)|（\d{{5,12}}）)?\s{{1,6}}(?P<when>{_WHEN})\s{{0,3}}[:：]?\s{{0,3}}$"
)
_ALONE = re.compile(r"^\s{0,4}(?P<name>[^\s:：，。！？,.!?][^\n:：，。！？,.!?]{0,24})[:：]\s{0,3}$")
_ONE_LINE = re.compile(
    rf"^\s{{0,4}}(?:[\[【]?(?P<when>{_WHEN})[\]】]?\s{{1,3}})?(?P<name>[^\s:：，。！？,!?/]{{1,24}})\s?[:：]\s{{0,3}}"
    r"(?P<text>\S.*)$"
)
_DATE_LINE = re.compile(rf"^[\s—\-─_=*]{{0,30}}(?P<day>{_DAY})[\s—\-─_=*]{{0,30}}$")
_NOT_NAMES = frozenset(
    re.split(
        r"\s+",
        """发件人 寄件人 收件人 抄送 密送 主题 日期 时间 发送时间 发送日期 附件 电话 手机 地址 邮箱 链接 网址 来源
        平台 标题 订单号 原因 措施 补救 满意度 备注 姓名 联系人 注 说明 转交说明
        From To Cc Subject Date Sent http https""",
    )
)
"""What stands before a colon without being somebody who speaks."""

LEAST = 2
"""A chat has at least so many lines spoken."""

MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message of a chat; ``when`` is as it was written, with the day that stood above it."""

    name: str
    text: str
    when: str = ""


def chat(text: str) -> list[Spoken]:
    """The messages of a copied chat, in their order; empty where the text is none."""
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")[:MOST_LINES]
    spoken, stray = _read(lines)
    said = [each for each in spoken if each.text]
    enough = len(said) >= LEAST or (len(said) == 1 and bool(said[0].when))
    return said if enough and stray <= len(said) else []


def _read(lines: Sequence[str]) -> tuple[list[Spoken], int]:
    """What was spoken, and how many lines with words belong to nobody."""
    spoken: list[Spoken] = []
    day, stray = "", 0
    for line in lines:
        head = _head(line, day)
        date = _DATE_LINE.match(line) if head is None else None
        if head is not None:
            spoken.append(head)
        elif date:
            day = date["day"]
        elif line.strip() and spoken:
            last = spoken[-1]
            spoken[-1] = Spoken(last.name, f"{last.text}\n{line.strip()}".strip(), last.when)
        elif line.strip():
            stray += 1
    return spoken, stray


def _head(line: str, day: str) -> Spoken | None:
    """A line that begins a message, with its text where it stands on the same line."""
    line = line[:2000]
    for pattern in (_HEAD, _ALONE, _ONE_LINE):
        found = pattern.match(line)
        if found is None or found["name"].strip() in _NOT_NAMES:
            continue
        given = found.groupdict()
        when = given.get("when") or ""
        if when and day and not re.match(_DAY, when):
            when = f"{day} {when}"
        return Spoken(found["name"].strip(), (given.get("text") or "").strip(), when)
    return None
