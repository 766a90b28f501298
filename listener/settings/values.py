"""How single values of the configuration are written: durations, hours, names, addresses, zones, crontab lines."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError
from pydantic import BaseModel, BeforeValidator, ConfigDict

from listener.language import say

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


_NAME = re.compile(r"[\w][\w.-]{0,63}")


_MAIL = re.compile(r"[^@\s<>,;]{1,64}@[^@\s<>,;]{1,255}")


def read_duration(text: object) -> timedelta:
    """``"90s"``, ``"10m"``, ``"1h30m"``, ``"2d"`` as a timedelta; ``ValueError`` for anything else."""
    if isinstance(text, timedelta):
        return text
    compact = str(text).replace(" ", "")
    parts = _DURATION.findall(compact)
    if not isinstance(text, str) or not parts or "".join(a + u for a, u in parts) != compact:
        raise ValueError(
            say('时长写作 "90s"、"10m"、"2h" 或 "1d"', 'a duration is written like "90s", "10m", "2h" or "1d"')
        )
    try:
        return timedelta(seconds=sum(float(amount) * _UNITS[unit] for amount, unit in parts))
    except OverflowError:
        raise ValueError(say("时长太长", "the duration is too long")) from None


def read_hours(text: str) -> tuple[time, time]:
    """``"23:00-07:00"`` as its first and its last moment; ``ValueError`` for anything else."""
    found = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text.replace(" ", ""))
    if found is None or found[1] + found[2] == found[3] + found[4]:
        raise ValueError(say('时段写作 "23:00-07:00"', 'hours are written like "23:00-07:00"'))
    first, last = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
    return first, last


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def within(hours: tuple[time, time], at: time) -> bool:
    """True where ``at`` lies in the hours, which may go over midnight; their end is outside."""
    first, last = hours
    return first <= at < last if first < last else (at >= first or at < last)


def _check(pattern: re.Pattern[str], chinese: str, english: str) -> Callable[[object], object]:
    def check(value: object) -> object:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(say(chinese, english))
        return value

    return check


Duration = Annotated[timedelta, BeforeValidator(read_duration)]


Name = Annotated[
    str,
    BeforeValidator(
        _check(
            _NAME,
            "名称由文字、数字、-、_ 或 . 组成，最多 64 个字",
            "a name has letters, digits, - _ . only, at most 64",
        )
    ),
]


MailAddress = Annotated[
    str,
    BeforeValidator(
        _check(_MAIL, "不是邮箱地址（如 name@example.com）", "is not a mail address such as name@example.com")
    ),
]


Keep = Annotated[timedelta | None, BeforeValidator(lambda text: None if text in ("", None) else read_duration(text))]
"""How long something is kept; None: without end."""


Personal = Literal[
    "name", "contact", "phone", "email", "address", "id_number", "account", "orders", "vin", "plate", "serial"
]
"""The fields of a customer that are personal."""


VIEW = r"^[A-Za-z_][A-Za-z0-9_$]{0,62}(\.[A-Za-z_][A-Za-z0-9_$]{0,62})?$"
"""The name of a view, with its schema or without."""


class Strict(BaseModel):
    """Base of every configuration table: unknown keys are mistakes, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=False)


def check_zone(text: str) -> str:
    """``text`` if it names a time zone, else ``ValueError``."""
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(say("不是时区（如 Asia/Shanghai）", "is not a time zone such as Asia/Shanghai")) from None
    return text


def check_cron(text: str) -> str:
    """``text`` if cronsim reads it (five fields, Sunday is 0 or 7), else ``ValueError``."""
    try:
        CronSim(text, datetime(2026, 1, 1))  # noqa: DTZ001 - only the expression is tried
    except CronSimError as error:
        english = f"is not a cron expression such as '0 8 * * *' ({error})"
        raise ValueError(say(f"不是 cron 表达式（如 '0 8 * * *'）：{error}", english)) from None
    return text
