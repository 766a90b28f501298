"""From what happened in a crawl to its typed outcome and one clear line. Pure.

The gravest thing decides: what was refused, then what could not be reached or read, and only then what came.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from listener.model import Outcome

BLOCKED = frozenset({402, 403, 406, 412, 418, 429, 432, 451, 999})
"""Statuses by which sites refuse anonymous or automated readers (412, 418 and 432 are common in China)."""

LOGIN = frozenset({401, 407})

_CAPTCHA = re.compile(
    r"验证码|安全验证|人机验证|滑动验证|captcha|访问过于频繁|请求过于频繁|异常访问|Just a moment", re.I
)
_LOGIN = re.compile(r"<title>[^<]{0,60}(?:登录|登陆|login|sign in)", re.I)
_PASSWORD = re.compile(r"type=[\"']?password", re.I)


@dataclass
class Happened:
    """What a crawl met. ``statuses`` counts answers; ``failures`` counts exceptions by kind."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    walls: list[Outcome] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    captures: int = 0
    read: int = 0


def wall(text: str) -> Outcome | None:
    """``BLOCKED`` for a captcha page, ``LOGIN_EXPIRED`` for a login page, else None; asked where nothing was found."""
    head = text[:200_000]
    if _LOGIN.search(head) and _PASSWORD.search(head):
        return Outcome.LOGIN_EXPIRED
    return Outcome.BLOCKED if len(head) < 100_000 and _CAPTCHA.search(head) else None


def outcome(happened: Happened) -> tuple[Outcome, str]:
    """The outcome, and why in Chinese."""
    for decide in (_refused, _unreachable, _unreadable):
        found = decide(happened)
        if found is not None:
            return found
    if happened.captures:
        return Outcome.OK, ""
    if happened.statuses.get(304):
        return Outcome.OK, "自上次以来没有变化"
    return Outcome.EMPTY, "页面正常，没有新内容"


def _refused(happened: Happened) -> tuple[Outcome, str] | None:
    if happened.denied:
        return Outcome.ROBOTS_DENIED, happened.denied[0]
    if happened.walls:
        wanted = happened.walls[0]
        return wanted, "网站要求登录" if wanted is Outcome.LOGIN_EXPIRED else "网站要求人机验证"
    for statuses, wanted in ((LOGIN, Outcome.LOGIN_EXPIRED), (BLOCKED, Outcome.BLOCKED)):
        hit = next((status for status in happened.statuses if status in statuses), None)
        if hit is not None:
            return wanted, f"网站拒绝访问：HTTP {hit}（{happened.statuses[hit]} 次）"
    return None


def _unreachable(happened: Happened) -> tuple[Outcome, str] | None:
    if happened.failures.get("forbidden"):
        return Outcome.UNREACHABLE, "地址不是公网地址，已拒绝连接"
    if happened.failures:
        kind, count = happened.failures.most_common(1)[0]
        return Outcome.UNREACHABLE, f"{FAILURES.get(kind, kind)}（{count} 次）"
    status = next((status for status in happened.statuses if status >= 500), None)
    if status is not None:
        return Outcome.UNREACHABLE, f"网站出错：HTTP {status}（{happened.statuses[status]} 次）"
    return None


def _unreadable(happened: Happened) -> tuple[Outcome, str] | None:
    if happened.broken:
        return Outcome.PARSER_BROKE, happened.broken[0]
    odd = next((status for status in happened.statuses if status >= 400), None)
    if odd is not None and not happened.read:
        return Outcome.UNREACHABLE, f"地址不可用：HTTP {odd}"
    return None


FAILURES: Mapping[str, str] = {
    "dns": "域名无法解析",
    "timeout": "网站响应超时",
    "refused": "网站拒绝连接",
    "lost": "连接中断",
    "too_large": "内容超过大小上限",
    "tls": "证书或加密连接有问题",
    "redirects": "跳转次数过多",
    "address": "地址不是 http 或 https",
    "memory": "采集进程超出内存上限，已终止",
    "hung": "采集超过时限，已终止",
    "crashed": "采集进程意外退出",
}
"""Words for kinds of failure."""
