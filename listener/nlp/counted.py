"""Dates, numbers of times and numbers of persons in running text: 去年5月3日, 修了三次, 第3次, 一家三口.

A date's value is as exact as the text: ``2023-05-01``, ``2023-05``, ``05-01``; where it counts from the day of writing
(昨天, 上周三) it is the words themselves, since a text has no clock.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final

from listener.nlp.amounts import chinese_number
from listener.nlp.looks import COUNT, DATE

__all__ = ["counted_in"]

_COUNT: Final = r"(\d{1,3}|[一二两三四五六七八九十]{1,3})"
_DATE: Final = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:年|[-/.](?=\d))(?:(?P<month>1[0-2]|0?[1-9])(?:月份?|[-/.](?=\d)|(?![\d年]))"
    r"(?:(?P<day>3[01]|[12]\d|0?[1-9])(?:日|号|(?!\d)))?)?"
    r"|(?<!\d)(?P<only_month>1[0-2]|0?[1-9])月(?:份|初|底|末|[上中下]旬|(?P<only_day>3[01]|[12]\d|0?[1-9])(?:日|号|(?![\d年天个])))"
    r"|(?:[去今前]年|(?P<han_year>[一二][零〇九][零〇一二三四五六七八九]{2})年)?(?P<han_month>十[一二]?|[一二三四五六七八九])月(?P<han_day>(?:[二三]?十[一二三四五六七八九]?|[一二三四五六七八九]))(?:日|号)"
    r"|(?:(?:大?前|昨|今|当)天|上个?(?:周|星期|礼拜)[一二三四五六日天]?|上个?月|[去前今]年)"
    r"(?:(?:1[0-2]|[1-9]|十[一二]?|[一二三四五六七八九])月(?:份|初|底|末|[上中下]旬|(?:3[01]|[12]\d|[1-9])[日号])?)?(?:早上|上午|中午|下午|晚上|凌晨)?"
    r"|双(?:十[一二]|1[12])(?!\d)(?:当天|期间|前|后)?|(?:国庆|春节|元旦|五一|端午|中秋|清明)(?:节(?:假期|期间|当天|前后|前|后)?|假期|期间|当天|前后|前|后)"
)
_TIMES: Final = re.compile(rf"第?{_COUNT}(?:次|回(?!复|答|应|访|家|来|去)|趟|遍)")
_PERSONS: Final = re.compile(
    rf"(?<![\d第]){_COUNT}(?:个人|人(?!民|员|工|次|物|均)|名(?:乘客|顾客|客人|消费者|车主|员工|业主|学生|孩子|儿童|家长|老人|游客|旅客|工人|居民)"
    r"|位(?:乘客|顾客|客人|消费者|车主|业主|家长|老人|游客|旅客|居民|朋友)|口人|口(?=之家|$|[,，。!！])|(?<=家.)口)"
)


def counted_in(text: str, looks: Collection[str]) -> list[tuple[str, str, int, int]]:
    """(``date``, ``times`` or ``persons``; value; start; end) of what normalised ``text`` counts; ``looks`` are the
    ``LOOKS`` that it stood."""
    found: list[tuple[str, str, int, int]] = []
    if DATE in looks:
        found += [("date", _date(match), *match.span()) for match in _DATE.finditer(text)]
    if COUNT in looks:
        for kind, pattern in (("times", _TIMES), ("persons", _PERSONS)):
            found += [(kind, str(_number(match.group(1))), *match.span()) for match in pattern.finditer(text)]
    return found


def _number(written: str) -> int:
    return int(written) if written.isdigit() else chinese_number(written)


def _date(match: re.Match[str]) -> str:
    year, month, day = match["year"], match["month"] or match["only_month"], match["day"] or match["only_day"]
    if match["han_month"] and match[0][:1] not in "去今前":
        month, day = str(_number(match["han_month"])), str(_number(match["han_day"]))
        year = "".join(
            [str("零一二三四五六七八九".index(char)) for char in (match["han_year"] or "").replace("〇", "零")]
        )
    if not (year or month):
        return match[0]
    return "-".join([year] * bool(year) + [part.zfill(2) for part in (month, day) if part])
