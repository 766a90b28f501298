"""Sums of money in running text: 12.98万元, ¥1,299.00, 1千5百元, 三千五百块, 赔了三万五, 伍佰元, 五毛钱, 三块五."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from listener.text.sign import Sign

__all__ = ["chinese_number", "sums_in"]

_NUMBER: Final = r"(\d{1,12}(?:,\d{3}){0,4}(?:\.\d{1,4})?)"
_CHINESE: Final = r"[一二两三四五六七八九十百千万亿零壹贰叁肆伍陆柒捌玖拾佰仟]{1,12}"
# 块 alone counts pieces as well: 一块屏, 两块地
_PIECES: Final = r"(?!屏|地|石|肉|布|砖|玻|表|板|蛋糕|手表|巧克力|电池|钢|铁|木|皮|区域|漆)"
_MONEY: Final = re.compile(
    rf"[¥￥]\s?{_NUMBER}([万千百亿]?)"
    rf"|{_NUMBER}\s?([万千百亿wk]?)(?:多|余|来)?(?:元|块钱|块{_PIECES}|圆|rmb|人民币)"
)
_MIXED: Final = re.compile(rf"(\d{{1,3}})([万千])(\d)([千百])?(?:多|余)?(?:元|块钱|块{_PIECES})")
_CHINESE_MONEY: Final = re.compile(rf"({_CHINESE})(?:多|余|来)?(?:元|块钱|(?<=[十百千万多余来])块{_PIECES})")
_BEFORE: Final = (
    r"(?:损失|赔偿|赔付|赔|退款|退还|退|降价|降|花费|花|付|收|扣|交|涨|差价|补偿|优惠|补|罚款|罚|欠|骗|定金|押金|订金)"
    r"(?:了|我|你|给){0,2}"
)
_SPENT: Final = re.compile(rf"{_BEFORE}({_NUMBER}[万千亿wk])(?!元|块|多|余|公里|米|步|次|[\da-z年天个])")
_CHINESE_SPENT: Final = re.compile(
    rf"{_BEFORE}((?=[一二两三四五六七八九]?[十百千万一二两三四五六七八九])[一二两三四五六七八九十][一二两三四五六七八九十百千万零]{{1,10}})"
    r"(?!多|余|几|公里|米|步|次|年|天|个|人|元|块|分|点|月|日|号|倍|星|位|名|台|件|家|套|遍|回|趟|周|小时|一)"
)
_SMALL: Final = re.compile(
    rf"(?:(?P<yuan>{_CHINESE}|(?<![\d.])\d{{1,4}})块(?=\S))?(?P<jiao>[一二两三四五六七八九]|(?<![\d.])\d)"
    r"(?:[毛角]钱|(?<=块.)(?:[毛角]|(?=$|[\s,.。!?;~)的也都就])))"
)
# Quick looks: without these a text has no sum, or none of the kinds that need them.
_ANY_UNIT: Final = Sign("[¥￥元块圆万千百亿毛角民bkrw]")
_FIGURE, _UNIT = Sign(r"[\d]"), Sign("[百千万]")
_UNITS: Final = {"": 1, "百": 100, "千": 1000, "k": 1000, "万": 10_000, "w": 10_000, "亿": 100_000_000}
_DIGITS: Final = {char: i for i, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_DIGITS.update({char: i for i, char in enumerate("壹贰叁肆伍陆柒捌玖", 1)})
_TENS: Final = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}


def sums_in(text: str) -> Iterator[tuple[str, int, int]]:
    """(yuan as a plain decimal, start, end) of each sum in normalised ``text``, the surest first; they may overlap."""
    if not _ANY_UNIT.within(text):
        return
    figures, units = _FIGURE.within(text), _UNIT.within(text)
    if "块" in text or "毛钱" in text or "角钱" in text:
        for match in _SMALL.finditer(text):
            if not _vague(text, match.start()):
                yield _small(match), *match.span()
    if figures and units:
        for match in _MIXED.finditer(text):
            yield _mixed(match), *match.span()
    if figures:
        for match in _MONEY.finditer(text):
            figure, unit = next((match.group(i), match.group(i + 1)) for i in (1, 3) if match.group(i))
            yield _amount(figure, unit), *match.span()
        for match in _SPENT.finditer(text):
            yield _amount(match.group(2), match.group(1)[-1]), *match.span(1)
    if "元" in text or "块" in text:
        for match in _CHINESE_MONEY.finditer(text):
            if not _vague(text, match.start(1)):
                yield str(chinese_number(match.group(1))), *match.span()
    if units:
        for match in _CHINESE_SPENT.finditer(text):
            if any(unit in match.group(1) for unit in "百千万"):
                yield str(chinese_number(match.group(1))), *match.span(1)


def _small(match: re.Match[str]) -> str:
    """三块五, 两毛钱."""
    yuan, jiao = (
        int(part) if part.isdecimal() else chinese_number(part) for part in (match["yuan"] or "0", match["jiao"])
    )
    return f"{yuan}.{jiao}"


def _vague(text: str, start: int) -> bool:
    """几百块, 十几块: no amount is named."""
    return text[max(0, start - 1) : start] in ("几", "数")


def _amount(figure: str, unit: str | None) -> str:
    return format((Decimal(figure.replace(",", "")) * _UNITS[unit or ""]).normalize(), "f")


def _mixed(match: re.Match[str]) -> str:
    """1千5百, 3万5."""
    first, unit, second, smaller = match.groups()
    rest = _UNITS[smaller] if smaller else _UNITS[unit] // 10
    return str(int(first) * _UNITS[unit] + int(second) * rest)


def chinese_number(text: str) -> int:
    """The number that Chinese digits spell: 三千五百 3500, 三万五 35000, 两百零五 205, 万 10000; 0 where none does."""
    total = section = digit = 0
    last_unit = 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
            last_unit = 0 if char == "零" else last_unit
        elif char in "万亿":
            last_unit = _UNITS[char]
            larger = total if total > last_unit else 0  # 一亿五千万: what stands before 五千 is no part of it
            total = larger + (total - larger + section + digit or 1) * last_unit
            section = digit = 0
        else:
            last_unit = _TENS[char]
            section, digit = section + (digit or 1) * last_unit, 0
    if digit and last_unit > 10:  # 三万五: five of the next unit
        digit *= last_unit // 10
    return total + section + digit
