"""Times as Chinese pages write them, counted back from ``now`` or by the calendar.

Readers as in ``dates_standard``: a cell in lower case without markup and ``now`` in the zone of the page.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from listener.text.dates_standard import Found, Reader

__all__ = ["CHINESE"]

CLOCK_SKEW: Final = timedelta(minutes=10)
"""How far a page's clock may be ahead before 「21:05」 is taken for yesterday's."""
LEAP_YEARS_BACK: Final = 8
"""A 29th of February without a year is at most so old (1896 to 1904 had none between)."""

# -- numbers ----------------------------------------------------------------------------------------------------

_DIGITS: Final = {word: value for value, word in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_SPELLED = re.compile(
    r"[〇零一二三四五六七八九十两兩]{1,4}(?= ?(?:年|月|日|号|號|点|點|时|時|分|秒|天|小时|小時|个|個|周|星期|礼拜))"
)


def _in_digits(cell: str) -> str:
    """Spelled numbers before their unit as digits: 二〇二五年十月二十一日 → 2025年10月21日."""
    return _SPELLED.sub(lambda found: str(_number(found[0])), cell)


def _number(word: str) -> int:
    if "十" not in word:
        return int("".join(str(_DIGITS[sign]) for sign in word))
    tens, _, ones = word.partition("十")
    return (_number(tens) if tens else 1) * 10 + (_number(ones.replace("十", "")) if ones.replace("十", "") else 0)


# -- counted back -----------------------------------------------------------------------------------------------

_UNITS: Final = (
    ("second", r"秒钟?|秒鐘|sec(?:ond)?s?|s", timedelta(seconds=1)),
    ("minute", r"分钟?|分鐘|min(?:ute)?s?|m", timedelta(minutes=1)),
    ("hour", r"小时|小時|时|時|钟头|鐘頭|hours?|hrs?|h", timedelta(hours=1)),
    ("day", r"天|日|days?|d", timedelta(days=1)),
    ("week", r"周|週|星期|礼拜|weeks?|w", timedelta(weeks=1)),
    ("month", r"月|months?|mo", None),
    ("year", r"年|years?|y", None),
)
_UNIT = "|".join(f"(?P<{name}>{words})" for name, words, _ in _UNITS)
_AGO = re.compile(
    rf"(?<![\d.:/\-])(?P<count>\d{{1,5}}|半|half an?|an?) ?(?:个|個)?(?P<more>半)? ?(?:{_UNIT})"
    r"(?:零? ?(?P<minutes>\d{1,2}) ?(?:分钟?|min(?:ute)?s?|m))? ?(?:(?:以|之)?前|ago)"
)
_SHORT_AGO = re.compile(r"(?P<count>\d{1,3})(?:(?P<minute>m|min)|(?P<hour>h|hr)|(?P<day>d)|(?P<week>w))")
_JUST_NOW = re.compile(r"刚刚|剛剛|刚才|剛才|几秒前|片刻前|just now|moments? ago|seconds ago")


def _just_now(cell: str, now: datetime) -> Found:
    return (now, "minute") if _JUST_NOW.search(cell) else None


def _ago(cell: str, now: datetime) -> Found:
    """3分钟前, 半小时前, 1个半小时前, 1小时5分钟前, 3 天前, 半个月前, 2 hours ago, 3d."""
    cell = _in_digits(cell)
    found = _AGO.search(cell) or _SHORT_AGO.fullmatch(cell)
    if not found:
        return None
    given = found.groupdict()
    count = _amount(given["count"]) + (0.5 if given.get("more") else 0)
    unit, _, length = next(each for each in _UNITS if given.get(each[0]))
    if length is None:
        return _months_back(now, count * (12 if unit == "year" else 1)), unit
    back = length * count + timedelta(minutes=int(given.get("minutes") or 0))
    # Counted on the clock that knows no summer time
    at = (now.astimezone(UTC) - back).astimezone(now.tzinfo)
    return at, "minute" if given.get("minutes") else unit


def _amount(count: str) -> float:
    if count.isdigit():
        return int(count)
    return 1 if count in ("a", "an") else 0.5


def _months_back(now: datetime, months: float) -> datetime:
    whole = int(months)
    year, month = divmod(now.year * 12 + now.month - 1 - whole, 12)
    day = min(now.day, calendar.monthrange(year, month + 1)[1]) if year > 0 else 1
    return now.replace(year=year, month=month + 1, day=day) - timedelta(days=30 * (months - whole))


# -- by the calendar --------------------------------------------------------------------------------------------

_PART = r"(?P<part>凌晨|清晨|早上|早晨|早|上午|中午|正午|下午|午后|傍晚|晚上|晚间|晚|夜里|夜间|深夜|am|pm)"
_TIME = (
    rf"(?:[ ,t·|]{{0,3}}{_PART}? ?(?P<hour>\d{{1,2}}) ?"
    r"(?:: ?(?P<minute>\d{1,2})(?: ?: ?(?P<second>\d{1,2})(?:\.\d+)?)?"
    r"|[时時点點] ?(?:(?P<minute2>\d{1,2}) ?(?:分 ?(?:(?P<second2>\d{1,2})秒)?)?(?!\d)|(?P<half>半)|整|钟)?)"
    r"(?: ?(?P<half_day>[ap])\.?m)?)"
)
_WEEKDAY = r"(?:星期|周|週|礼拜|禮拜)"
_OPTIONAL_TIME = rf"(?: ?\(?{_WEEKDAY}[一二三四五六日天]\)?)?{_TIME}?"
_BEGIN, _END = r"(?<![\d.:/\-])", r"(?![\d:/\-]|\.\d)"

_DAY = r"(?P<day>\d{1,2}) ?[日号號]?"
_FULL = re.compile(
    rf"(?P<roc>民[国國] ?)?{_BEGIN}(?P<year>\d{{2,4}}) ?[年/.\-] ?(?P<month>\d{{1,2}}) ?[月/.\-] ?{_DAY}"
    rf"{_OPTIONAL_TIME}{_END}"
)
_DAY_FIRST = re.compile(
    rf"{_BEGIN}(?P<one>\d{{1,2}})[/.\-](?P<two>\d{{1,2}})[/.\-](?P<year>\d{{4}}){_OPTIONAL_TIME}{_END}"
)
_MONTH_DAY = re.compile(
    rf"(?P<which>去年|今年|前年)? ?{_BEGIN}(?P<month>\d{{1,2}}) ?(?:月|[/\-]|(?P<dot>\.)) ?{_DAY}{_OPTIONAL_TIME}{_END}"
)
_MONTH_ONLY = re.compile(rf"{_BEGIN}(?P<year>\d{{4}}) ?(?:年|[/\-](?=\d)) ?(?:(?P<month>\d{{1,2}}) ?月?)?{_END}")
_NAMED_DAY = re.compile(
    r"(?P<name>大前天|前天|前日|昨天|昨日|昨(?=[晚夜 ]|\d)|今天|今日|今(?=[早晚天 ]|\d)|yesterday|today)(?:,? at)?"
    + _TIME
    + "?"
)
_DAYS_BACK: Final = {"大前天": 3, "前天": 2, "前日": 2, "昨天": 1, "昨日": 1, "昨": 1, "yesterday": 1}
_WEEK_DAY = re.compile(rf"(?P<which>上上|上|这|這|本)?个?{_WEEKDAY}(?P<name>[一二三四五六日天])" + _TIME + "?")
_TIME_ONLY = re.compile(_BEGIN + _TIME + _END)


def _full(cell: str, now: datetime) -> Found:
    """2025-10-21 08:30:11, 2025/10/21, 2025年10月21日 下午3点, 25-10-21 08:30, 民国114年10月21日."""
    found = _FULL.search(_in_digits(cell))
    if not found:
        return None
    year = int(found["year"])
    if found["roc"]:
        year += 1911
    elif len(found["year"]) == 2:
        year += 2000 if year < 70 else 1900
    return _at(datetime(year, int(found["month"]), int(found["day"]), tzinfo=now.tzinfo), found)


def _day_first(cell: str, now: datetime) -> Found:
    """21/10/2025 and 10/21/2025, where only one reading is a date; of 10/11/2025 nobody knows."""
    found = _DAY_FIRST.search(cell)
    if not found:
        return None
    one, two = int(found["one"]), int(found["two"])
    if one <= 12 and two <= 12 and one != two:
        raise ValueError("day and month cannot be told apart")
    return _at(datetime(int(found["year"]), min(one, two), max(one, two), tzinfo=now.tzinfo), found)


def _month_day(cell: str, now: datetime) -> Found:
    """10-21 08:30, 10月21日, 去年10月21日, 10.21 08:30; without a year the latest that is not ahead."""
    found = _MONTH_DAY.search(_in_digits(cell))
    if not found or (found["dot"] and not found["hour"]):  # 3.5 is a rating
        return None
    month, day = int(found["month"]), int(found["day"])
    if found["which"]:
        year = now.year - {"去年": 1, "今年": 0, "前年": 2}[found["which"]]
        return _at(datetime(year, month, day, tzinfo=now.tzinfo), found)
    return next(made for made in _years(month, day, now, found) if made[0] <= now + timedelta(days=1))


def _years(month: int, day: int, now: datetime, found: re.Match[str]) -> Iterator[tuple[datetime, str]]:
    datetime(2024, month, day)  # noqa: DTZ001 - no such day in any year raises here
    for year in range(now.year + 1, now.year - LEAP_YEARS_BACK - 1, -1):
        if day <= calendar.monthrange(year, month)[1]:
            yield _at(datetime(year, month, day, tzinfo=now.tzinfo), found)


def _month_only(cell: str, now: datetime) -> Found:
    """2025年10月, 2025-10, 2025年."""
    found = _MONTH_ONLY.search(_in_digits(cell))
    if not found:
        return None
    at = datetime(int(found["year"]), int(found["month"] or 1), 1, tzinfo=now.tzinfo)
    return at, "month" if found["month"] else "year"


def _named_day(cell: str, now: datetime) -> Found:
    """今天/昨天/前天 21:05, 昨晚 9点半."""
    found = _NAMED_DAY.search(_in_digits(cell))
    if not found:
        return None
    return _at(_midnight(now) - timedelta(days=_DAYS_BACK.get(found["name"], 0)), found)


def _week_day(cell: str, now: datetime) -> Found:
    """星期三 08:30 (the last one that is not ahead), 上周三, 本周一."""
    found = _WEEK_DAY.search(_in_digits(cell))
    if not found:
        return None
    place = "一二三四五六日".index(found["name"].replace("天", "日"))
    monday = _midnight(now) - timedelta(days=now.weekday())
    if found["which"]:
        weeks = {"上上": 2, "上": 1}.get(found["which"], 0)
        return _at(monday + timedelta(days=place - 7 * weeks), found)
    at, unit = _at(monday + timedelta(days=place), found)
    return (at if at <= now + CLOCK_SKEW else at - timedelta(weeks=1)), unit


def _time_only(cell: str, now: datetime) -> Found:
    """21:05, 下午3点: today's, yesterday's where that would be ahead."""
    found = _TIME_ONLY.search(_in_digits(cell))
    if not found:
        return None
    at, unit = _at(_midnight(now), found)
    return (at if at <= now + CLOCK_SKEW else at - timedelta(days=1)), unit


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def _at(day: datetime, found: re.Match[str]) -> tuple[datetime, str]:
    """The day with the time that ``_TIME`` found, if any."""
    if not found["hour"]:
        return day, "day"
    hour = _on_24_hours(int(found["hour"]), found["part"] or "", found["half_day"] or "")
    minute, second = found["minute"] or found["minute2"], found["second"] or found["second2"]
    unit = "second" if second else "minute" if minute or found["half"] else "hour"
    minutes = 30 if found["half"] else int(minute or 0)
    if hour == 24 and not minutes and not int(second or 0):
        return day + timedelta(days=1), unit
    return day.replace(hour=hour, minute=minutes, second=int(second or 0)), unit


_AFTERNOON = frozenset(("下午", "午后", "傍晚", "pm", "p"))
_EVENING = frozenset(("晚上", "晚间", "晚", "夜里", "夜间", "深夜"))
_MORNING = frozenset(("凌晨", "am", "a"))


def _on_24_hours(hour: int, part: str, half_day: str) -> int:
    """下午3点 → 15, 晚上12点 → 24, 凌晨12点 → 0, 中午1点 → 13, 晚上1点 → 1."""
    words = {part, half_day}
    if words & _AFTERNOON:
        return hour + 12 if hour < 12 else hour
    if words & _EVENING:
        return hour + 12 if 5 <= hour <= 12 else hour
    if words & _MORNING:
        return 0 if hour == 12 else hour
    return hour + 12 if part in ("中午", "正午") and hour < 3 else hour


CHINESE: Final[tuple[Reader, ...]] = (
    _day_first, _full, _ago, _just_now, _named_day, _week_day, _month_day, _month_only, _time_only,
)  # fmt: skip
"""In the order in which they are tried."""
