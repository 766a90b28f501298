"""From what happened in a crawl to its typed outcome and one clear line. Pure.

The gravest thing decides: what was refused, then what could not be reached or read, and only then what came. The line
is in the language chosen (``listener.language``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from listener.language import say
from listener.model import Outcome

BLOCKED = frozenset({402, 403, 406, 412, 418, 429, 432, 451, 999})
"""Statuses by which sites refuse anonymous or automated readers (412, 418 and 432 are common in China)."""

LOGIN = frozenset({401, 407})

CEASE = frozenset({412, 418, 429, 432, 999})
"""Statuses after which asking on would be rude: the crawl stops, and goes on where it was the next time."""

_CAPTCHA = re.compile(
    r"验证码|安全验证|人机验证|滑动验证|captcha|访问过于频繁|请求过于频繁|异常访问|Just a moment", re.I
)
_LOGIN = re.compile(r"<title>[^<]{0,60}(?:登录|登陆|login|sign in)", re.I)
_CAPTCHA_PLACE = re.compile(
    r"^https?://wappass\.|^[^?#]*/(?:captcha|antispider|anti_spider)(?:\.\w+)?(?:[/?#]|$)", re.I
)
_LOGIN_PLACE = re.compile(
    r"^https?://(?:passport|login|sso|accounts?)\.|^[^?#]*/(?:login|signin|sign_in)(?:\.\w+)?(?:[/?#]|$)", re.I
)
_PASSWORD = re.compile(r"type=[\"']?password", re.I)
_LOGIN_PATH = re.compile(r"(?:^|[/.?=_-])(?:login|signin|passport|sso)\b", re.I)


@dataclass
class Happened:
    """What a crawl met. ``statuses`` counts answers; ``failures`` counts exceptions by kind.

    ``denied`` are pages of the source itself that robots.txt forbids, ``skipped`` pages that these led to; ``closed``
    are pages among others that ask for a login; ``left`` is how many pages wait for the next crawl, ``capped`` are the
    page caps that were hit. ``told_to_wait`` are moments until which hosts asked to be left alone, which was done.
    ``refusal`` is what the platform itself said of a wall.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    walls: list[Outcome] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    closed: list[Outcome] = field(default_factory=list)
    captures: int = 0
    read: int = 0
    left: int = 0
    refusal: str = ""
    capped: list[str] = field(default_factory=list)
    told_to_wait: list[str] = field(default_factory=list)


def wall(text: str, url: str = "") -> Outcome | None:
    """``BLOCKED`` for a captcha page, ``LOGIN_EXPIRED`` for a login page, else None; asked where nothing was found."""
    head = text[:200_000]
    if _PASSWORD.search(head) and (_LOGIN.search(head) or _is_login(url)):
        return Outcome.LOGIN_EXPIRED
    return Outcome.BLOCKED if len(head) < 100_000 and _CAPTCHA.search(head) else None


def wall_at(url: str) -> Outcome | None:
    """What an address says that a site redirects to in place of a page: a captcha, a login, or None."""
    if _CAPTCHA_PLACE.search(url):
        return Outcome.BLOCKED
    return Outcome.LOGIN_EXPIRED if _LOGIN_PLACE.search(url) else None


def _is_login(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_LOGIN_PATH.search(f"{parts.netloc}{parts.path}?{parts.query}"))


def outcome(happened: Happened) -> tuple[Outcome, str]:
    """The outcome, and why in one line ("" where all is well)."""
    for decide in (_refused, _unreachable, _unreadable):
        found = decide(happened)
        if found is not None:
            return found
    if happened.captures:
        return Outcome.OK, _short(happened)
    if happened.statuses.get(304):
        return Outcome.OK, say("自上次以来没有变化", "nothing changed since the last crawl")
    return Outcome.EMPTY, _left(happened.left) or say(
        "页面正常，没有新内容", "the pages are sound and hold nothing new"
    )


def _short(happened: Happened) -> str:
    """What a good crawl did not come to: page caps that it hit, pages that are left."""
    waits = [_told_to_wait(happened)] if happened.told_to_wait else []
    return "；".join(filter(None, [*happened.capped[:1], *waits, _left(happened.left)]))


def _left(count: int) -> str:
    if not count:
        return ""
    return say(f"还有 {count} 页留到下次采集", f"{count} more pages are left for the next crawl")


def _refused(happened: Happened) -> tuple[Outcome, str] | None:
    if happened.denied or (happened.skipped and not happened.captures):
        return Outcome.ROBOTS_DENIED, (happened.denied or happened.skipped)[0]
    if happened.walls or (happened.closed and not happened.captures):
        wanted = (happened.walls or happened.closed)[0]
        asks = {
            Outcome.LOGIN_EXPIRED: say("网站要求登录", "the site asks for a login"),
            Outcome.BLOCKED: say("网站要求人机验证", "the site asks for a captcha"),
        }
        return wanted, (happened.refusal if happened.walls else "") or asks.get(wanted, wanted.value)
    for statuses, wanted in ((LOGIN, Outcome.LOGIN_EXPIRED), (BLOCKED, Outcome.BLOCKED)):
        hit = next((status for status in happened.statuses if status in statuses), None)
        if hit is not None:
            return wanted, _times(say("网站拒绝访问", "the site refuses"), hit, happened)
    return (Outcome.BLOCKED, _told_to_wait(happened)) if happened.told_to_wait and not happened.read else None


def _told_to_wait(happened: Happened) -> str:
    until = datetime.fromisoformat(max(happened.told_to_wait)).isoformat(" ", "minutes")
    return say(f"网站要求等到 {until} 再访问，这次没有访问", f"the site asked to be left alone until {until}, and was")


def _times(what: str, status: int, happened: Happened) -> str:
    count = happened.statuses[status]
    return say(f"{what}：HTTP {status}（{count} 次）", f"{what}: HTTP {status} ({count} times)")


def _unreachable(happened: Happened) -> tuple[Outcome, str] | None:
    if happened.failures:
        forbidden = "forbidden" if happened.failures.get("forbidden") else ""
        kind = forbidden or happened.failures.most_common(1)[0][0]
        count = happened.failures[kind]
        return Outcome.UNREACHABLE, say(f"{failure(kind)}（{count} 次）", f"{failure(kind)} ({count} times)")
    status = next((status for status in happened.statuses if status >= 500), None)
    if status is not None:
        return Outcome.UNREACHABLE, _times(say("网站出错", "the site is in trouble"), status, happened)
    return None


def _unreadable(happened: Happened) -> tuple[Outcome, str] | None:
    if happened.broken:
        return Outcome.PARSER_BROKE, happened.broken[0]
    odd = next((status for status in happened.statuses if status not in (200, 304)), None)
    if odd is not None:
        return Outcome.UNREACHABLE, _times(say("地址不可用", "the address does not work"), odd, happened)
    if not happened.read:
        return Outcome.UNREACHABLE, say("没有读到任何页面", "not a single page was read")
    return None


_FAILURES: Mapping[str, tuple[str, str]] = {
    "forbidden": ("地址不是公网地址，已拒绝连接", "not a public address; the connection was refused"),
    "dns": ("域名无法解析", "the host name does not resolve"),
    "timeout": ("网站响应超时", "the site did not answer in time"),
    "refused": ("网站拒绝连接", "the site refuses connections"),
    "lost": ("连接中断", "the connection was cut"),
    "too_large": ("内容超过大小上限", "the answer is larger than allowed"),
    "tls": ("证书或加密连接有问题", "the certificate or the encrypted connection is wrong"),
    "redirects": ("跳转次数过多", "too many redirects"),
    "address": ("地址无效，或不是 http、https", "not a valid http or https address"),
    "late": ("时间不够，没有读到", "there was no time left to read it"),
    "memory": ("采集进程超出内存上限，已终止", "the crawler grew too large and was ended"),
    "hung": ("采集超过时限，已终止", "the crawl took too long and was ended"),
    "crashed": ("采集进程意外退出", "the crawler ended unexpectedly"),
}


def failure(kind: str) -> str:
    """Words for a kind of failure; the kind itself where there are none."""
    words = _FAILURES.get(kind)
    return say(*words) if words else kind
