"""Identifiers that are not whole or not plainly written: masked values, tails, phones in Chinese digits. Pure.

138****8000 · 尾号8000 · 一三八零零一三八零零零 · 订单SY26****0187 · 车架号后六位439563 · 浙A***36 · c***@example.com
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from listener.text.characters import PROVINCES

__all__ = ["Loose", "email_mask", "loosely_written", "partials", "phone_parts", "plate_mask", "readable"]

_WIDE: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20, 0x2217: 0x2A}
_WIDE_SIGN = re.compile("[\uff01-\uff5e\u3000\xa0\u2217]")
_DIGITS = "\\d〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖oO"
_GAP = r"[\s.·•・,，、_\-–—~]{0,2}"
_LOOSE_PHONE = re.compile(
    rf"(?<![\dA-Za-z])(?:\+?86{_GAP})?(?P<number>[1一幺壹]{_GAP}[3-9三四五六七八九叁肆伍陆柒捌玖](?:{_GAP}[{_DIGITS}]){{9}})(?![\dA-Za-z])"
)
_STARS = r"[*xX×＊●•■?？#…]"
_MASKED_PHONE = re.compile(
    rf"(?<![\dA-Za-z])(1[3-9]\d){_STARS}{{3,8}}(\d{{4}})(?!\d)|(?<!\d)(1[3-9]\d)-{{3,8}}(\d{{4}})(?!\d)"
)
_END = r"(?:尾号|尾数|末尾|(?:最后|后|末)[^，。！？；,!?;\n\d]?[四4六6八8]位|[末后][四4六6])(?:数字?)?[是为：:\s]{0,3}"
_PHONE_TAIL = re.compile(
    rf"(?:手机|电话|号码|联系方式|机主|(?<![订定单架牌])号)号?码?[^\d，。！？；,!?;\n]{{0,6}}?{_END}(\d{{4}})(?!\d)"
    rf"|{_END}(\d{{4}})(?!\d)的?(?:手机|电话|号码?|机主|用户|账号|会员)"
)
_ORDER_PART = re.compile(
    rf"(?:订单|定单|单号|订购单|合同)[^\n，。！？；]{{0,6}}?[A-Za-z]{{0,4}}\d{{0,8}}{_STARS}{{3,16}}([A-Za-z\d]{{4,8}})(?![A-Za-z\d])"
    rf"|(?:订单|定单|单号|单子|合同|那单|这单)[^\d\n，。！？；]{{0,6}}?{_END}([A-Za-z\d]{{4,10}})(?![A-Za-z\d])"
    rf"|{_END}([A-Za-z\d]{{4,10}})(?![A-Za-z\d])的?(?:那个|这个|那|这)?(?:订单|定单|单子?)",
)
_VIN_PART = re.compile(
    rf"(?:车架|大架|底盘|vin|VIN|识别代?码)[^\n，。！？；]{{0,6}}?[A-Z\d]{{0,11}}{_STARS}{{3,14}}([A-Z\d]{{4,8}})(?![A-Za-z\d])"
    rf"|(?:车架|大架|底盘|vin|VIN|识别代?码)[^\d\n，。！？；]{{0,6}}?{_END}([A-Z\d]{{4,8}})(?![A-Za-z\d])",
)
_MASKED_PLATE = re.compile(rf"([{PROVINCES}][A-Z])[·•・ ]?[A-Z\d]{{0,2}}{_STARS}{{1,5}}([A-Z\d]{{2,3}})(?![A-Za-z\d])")
_MASKED_EMAIL = re.compile(
    rf"(?<![A-Za-z\d])([A-Za-z\d])[A-Za-z\d.]{{0,3}}{_STARS}{{2,10}}[A-Za-z\d]{{0,3}}@([a-z\d.-]+\.[a-z]{{2,8}})"
)
MAYBE = re.compile(r"[*xX×●•■?？#…]{2}|尾|位|[末后][四4六6]|1[3-9]\d-{3,8}\d{4}")
TEN = re.compile(rf"[{_DIGITS}](?:{_GAP}[{_DIGITS}]){{9}}")


_PLAIN: Final = str.maketrans("〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖", "0001234567891123456789")


class Loose(NamedTuple):
    """What identifies in part. ``kind``: phone_mask, phone_tail, order_tail, vin_tail, plate_mask, email_mask."""

    kind: str
    value: str
    start: int
    end: int


def readable(text: str) -> str:
    """``text`` with full-width letters, digits and signs narrow; every place stays where it is.

    The marks of Chinese text stand in most of them, another such sign in few.
    """
    if text.isascii():
        return text
    text = text.replace("，", ",").replace("！", "!").replace("？", "?").replace("：", ":")
    text = text.replace("（", "(").replace("）", ")").replace("；", ";")
    return text.translate(_WIDE) if _WIDE_SIGN.search(text) else text


def loosely_written(text: str) -> Iterator[Loose]:
    """Whole mobile numbers however they are written, in E.164: blanks, dashes, Chinese digits, o for 0."""
    if not TEN.search(text):
        return
    for match in _LOOSE_PHONE.finditer(text):
        bare = re.sub(r"[\s.·•・,，、_\-–—~]", "", match["number"]).replace("o", "0").replace("O", "0")
        yield Loose("phone", "+86" + bare.translate(_PLAIN), *match.span())


def partials(text: str) -> list[Loose]:
    """What identifies in part, each at its place."""
    found: list[Loose] = []
    if not MAYBE.search(text):
        return found
    for match in _MASKED_PHONE.finditer(text):
        head, tail = match[1] or match[3], match[2] or match[4]
        found.append(Loose("phone_mask", head + tail, *match.span()))
    for kind, pattern in (("phone_tail", _PHONE_TAIL), ("order_tail", _ORDER_PART), ("vin_tail", _VIN_PART)):
        found += [Loose(kind, match[match.lastindex or 1].upper(), *match.span()) for match in pattern.finditer(text)]
    for match in _MASKED_PLATE.finditer(text):
        found.append(Loose("plate_mask", match[1] + match[2][-2:], *match.span()))
    for match in _MASKED_EMAIL.finditer(text):
        found.append(Loose("email_mask", f"{match[1].lower()}@{match[2]}", *match.span()))
    return found


def phone_parts(number: str) -> tuple[str, str, str, str] | None:
    """(mask, first seven, last eight, last four) of a mainland mobile in E.164; None for another number."""
    if len(number) != 14 or not number.startswith("+861"):
        return None
    bare = number[3:]
    return bare[:3] + bare[7:], bare[:7], bare[3:], bare[7:]


def plate_mask(plate: str) -> str:
    """What a masked plate still shows: province, city, and the last two."""
    return plate[:2] + plate[-2:]


def email_mask(address: str) -> str:
    """What a masked address still shows: the first character and the host."""
    local, _, host = address.partition("@")
    return f"{local[:1]}@{host}"


@lru_cache(maxsize=4096)
def narrow(text: str) -> str:
    """The comparing form of a word: NFKC, no blanks, folded case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
