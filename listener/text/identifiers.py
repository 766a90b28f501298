"""One identifier in its one normal form, so that two spellings of it compare equal; None where it is none.

These read a whole value (a cell, a form field, a match found elsewhere); finding identifiers in running text
is ``listener.nlp.entities``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import phonenumbers

from listener.text.characters import INVISIBLE, PROVINCES

__all__ = ["email", "id_number", "order_number", "phone", "plate", "serial", "vin"]

LONGEST: Final = 254
"""No identifier is longer (RFC 5321's limit of an address); longer input is not even looked at."""

_CHINESE_DIGITS = str.maketrans(
    "〇零○一二三四五六七八九幺壹贰叁肆伍陆柒捌玖貳參陸",
    "0001234567891123456789236",
)
_PHONE_LABEL = re.compile(
    r"^(?:我的|联系)?(?:手机号?码?|电话号?码?|联系方式|mobile|phone|tel)[:.是为\s]*", re.IGNORECASE
)
_PHONE = re.compile(r"\(?\+?[\d\s().~·\-\u2010-\u2015/]{5,40}")
_EMAIL = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])"
)
_ORDER_LABEL = re.compile(r"^(?:[\u4e00-\u9fff]{0,6}(?:订单|单|编)号?码?|order|no)[\s:.#是为]*", re.IGNORECASE)
_ORDER = re.compile(r"(?=(?:[A-Z]*\d){4})[A-Z0-9]{6,32}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
# GB 16735-2019 annex A (as 49 CFR 565.15): the worth of letters, the weights of the 17 places.
_VIN_WORTH = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), *range(1, 6), 7, 9, *range(2, 10)), strict=True)),
}
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# GA 36-2018: no I and O in the serial; new-energy plates have six places, small ones a letter first (A-H, J, K),
# large ones last.
_PLATE = re.compile(
    rf"[{PROVINCES}][A-HJ-Z](?:"
    r"(?=[A-Z]*\d)[A-HJ-NP-Z0-9]{5}|(?=[A-Z]*\d)[A-HJ-NP-Z0-9]{4}[学警港澳挂领试超]"
    r"|[A-HJK][A-HJ-NP-Z0-9]\d{4}|\d{5}[A-HJK])"
)

_CITIZEN = re.compile(r"\d{17}[\dX]")
_CITIZEN_WEIGHTS = tuple(2**place % 11 for place in range(17, 0, -1))
_COMPANY_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_COMPANY = re.compile(rf"[{_COMPANY_SIGNS}]{{18}}")
_SERIAL = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{6,32}")


def phone(text: str) -> str | None:
    """E.164 of a valid number, mainland China where no country is given; Chinese digits are read too."""
    return _phone(text)


@lru_cache(maxsize=512)  # an import reads each cell three times: is it valid, is it left out, what is it
def _phone(text: str) -> str | None:
    bare = _PHONE_LABEL.sub("", _plain(text)).translate(_CHINESE_DIGITS).strip()
    if not _PHONE.fullmatch(bare):
        return None
    try:
        number = phonenumbers.parse(bare, "CN")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(text: str) -> str | None:
    """The address in lower case."""
    bare = _plain(text).lower().removeprefix("mailto:").strip(" <>")
    local, _, _ = bare.partition("@")
    return bare if len(local) <= 64 and _EMAIL.fullmatch(bare) else None


def order_number(text: str) -> str | None:
    """Capital letters and digits without blanks and dashes: 6 to 32 of them, at least four digits."""
    bare = re.sub(r"[\s\-_]", "", _ORDER_LABEL.sub("", _plain(text))).upper()
    return bare if _ORDER.fullmatch(bare) else None


def vin(text: str) -> str | None:
    """A vehicle identification number whose check digit agrees; I, O and Q do not occur in one."""
    bare = re.sub(r"[\s\-]", "", _plain(text)).upper()
    if not _VIN.fullmatch(bare):
        return None
    rest = sum(_VIN_WORTH[sign] * weight for sign, weight in zip(bare, _VIN_WEIGHTS, strict=True)) % 11
    return bare if bare[8] == ("X" if rest == 10 else str(rest)) else None


def plate(text: str) -> str | None:
    """A mainland number plate without dot and blanks: 京A12345, new-energy 京AD12345."""
    bare = re.sub(r"[\s·•・.\-]", "", _plain(text)).upper()
    return bare if _PLATE.fullmatch(bare) else None


def id_number(text: str) -> str | None:
    """A citizen's number (GB 11643-1999) or a company's credit code (GB 32100-2015), its check digit agreeing."""
    bare = re.sub(r"[\s\-]", "", _plain(text)).upper()
    if _CITIZEN.fullmatch(bare):
        rest = sum(int(sign) * weight for sign, weight in zip(bare, _CITIZEN_WEIGHTS, strict=False)) % 11
        return bare if bare[17] == "10X98765432"[rest] else None
    if not _COMPANY.fullmatch(bare):
        return None
    rest = 31 - sum(_COMPANY_SIGNS.index(sign) * 3**place % 31 for place, sign in enumerate(bare[:17])) % 31
    return bare if bare[17] == _COMPANY_SIGNS[rest % 31] else None


def serial(text: str) -> str | None:
    """A product's serial number without blanks and dashes: 6 to 32 capital letters and digits, a digit among them."""
    bare = re.sub(r"[\s\-_]", "", _plain(text)).upper()
    return bare if _SERIAL.fullmatch(bare) else None


def _plain(text: str) -> str:
    """Full-width and hidden characters undone; "" for what is too long to be an identifier."""
    if len(text) > LONGEST:
        return ""
    return INVISIBLE.sub("", unicodedata.normalize("NFKC", text).replace("\u20e3", "")).strip()
