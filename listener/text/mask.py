"""Personal values made unreadable in running text: for mails, logs, reports and errors.

What is left is enough to recognise one's own value, never enough to use it. Masking a masked text changes
nothing; a text grows by at most three characters for each value in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from listener.text.characters import PROVINCES

__all__ = ["mask", "mask_name", "mask_value"]

# Full-width forms read as their ASCII ones; the shadow has the same length as the text.
_WIDTH: Final = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xA0: 0x20}

_BLIND = r"\u200b-\u200f\u2060\ufeff\u00ad"
_GAP = rf"[ .·\-–—_{_BLIND}]{{0,2}}"
_HAN_DIGITS = "〇零一二三四五六七八九幺"
_HAN_DIGIT = rf"[\d{_HAN_DIGITS}]"
# Nothing begins behind three or four stars, or ends before them: it is the rest of what is masked already.
_FRESH = r"(?<!\w\*{3})(?<!\w\*{4})"
_BEGIN, _END = rf"(?<![\dA-Za-z]){_FRESH}", r"(?!\d)(?!\*{3,4}[\w@])"

_PATTERNS: Final[Mapping[str, str]] = {
    "email": rf"(?<![A-Za-z\d_.%+\-]){_FRESH}[A-Za-z\d_.%+\-]{{1,64}}"
    r"@(?:[A-Za-z0-9\-]{1,63}\.){1,5}[A-Za-z]{2,24}",
    "id_number": rf"{_BEGIN}\d{{17}}[\dXx](?![A-Za-z]){_END}",
    "vin": rf"{_BEGIN}(?=[A-Za-z]{{0,16}}\d)(?=\d{{0,16}}[A-Za-z])[A-HJ-NPR-Za-hj-npr-z\d]{{17}}(?![A-Za-z]){_END}",
    "mobile": rf"{_BEGIN}(?:(?:\+|00)?86{_GAP})?[1一幺]{_GAP}[3-9三四五六七八九](?:{_GAP}{_HAN_DIGIT}){{9}}"
    rf"(?!{_HAN_DIGIT}){_END}",
    "card": rf"{_BEGIN}(?:\d{{4}}[ \-]){{3,4}}\d{{1,7}}{_END}",
    "landline": rf"{_BEGIN}\(?0\d{{2,3}}\)?{_GAP}[2-9]\d{{2,3}}{_GAP}\d{{4}}{_END}",
    "foreign": rf"{_BEGIN}\+\d{{1,3}}(?:{_GAP}\(?\d\)?){{7,12}}{_END}",
    "plate": rf"[{PROVINCES}使][A-Za-z]{_GAP}(?=[A-Za-z]{{0,4}}\d)"
    rf"(?:[A-Za-z\d]{{4}}[学警港澳挂领试超]|[A-Za-z\d]{{5,6}}(?![A-Za-z]){_END})",
    "named": r"(?:(?:订单|定单|工单|运单|快递|投诉|合同|保单|流水|单)(?:编号|号码|号)?|order(?: (?:no|id|number))?"
    r"|微信号?|(?<![A-Za-z])(?:vx|wx|qq))[\s:.#为是]{0,4}(?P<value>(?=[A-Za-z_\-]{0,12}\d)[A-Za-z\d][\w\-]{5,39})(?<=[A-Za-z\d])"
    rf"(?![\w\-]){_END}",
    "number": rf"(?<![A-Za-z\d_/=]){_FRESH}(?:[A-Za-z]{{1,8}}-?)?\d{{11,}}{_END}"
    rf"|(?<![A-Za-z\d_/=\-]){_FRESH}\d{{2,10}}(?:-\d{{2,10}}){{1,6}}{_END}",
}
_ANY = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS.items()), re.IGNORECASE)
_HINT = re.compile(r"[\d@]|[〇零一二三四五六七八九幺]{5}")
_SHORTEST_NUMBER = 11
_COMPOUND_SURNAMES = re.compile(
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|南宫|宇文|长孙|独孤|轩辕|百里|东郭|呼延|澹台|太史|申屠"
)


def mask(text: str) -> str:
    """``text`` with every phone, e-mail, ID, card, plate, VIN and order-like number in it masked."""
    for _ in range(_PASSES):
        masked = _masked_once(text)
        if masked == text:
            break
        text = masked
    return text


_PASSES: Final = 4
"""A star in place of one value can set its neighbour free (a@b.com13800138000); then the neighbour is masked too."""


def _masked_once(text: str) -> str:
    shadow = text.translate(_WIDTH)
    if not _HINT.search(shadow):
        return text
    pieces: list[str] = []
    done = 0
    for found in _ANY.finditer(shadow):
        start, end = found.span("value") if found["named"] else found.span()
        hidden = _MASKS[found.lastgroup or ""](shadow[start:end])
        pieces += text[done:start], hidden or text[start:end]
        done = end
    return "".join((*pieces, text[done:])) if pieces else text


def mask_name(name: str) -> str:
    """The surname, the rest as stars: 张三丰 → 张**, 欧阳娜娜 → 欧阳**, John Smith → J*** S****."""
    if not "\u3400" <= name[:1] <= "\u9fff":
        return re.sub(r"[^\W_]+", lambda word: word[0][0] + "*" * min(len(word[0]) - 1, 4), name)
    kept = 2 if len(name) > 2 and _COMPOUND_SURNAMES.match(name) else 1
    return name[:kept] + "*" * (len(name) - kept)


def mask_value(kind: str, value: str) -> str:
    """One value of a known kind masked: phone, email, order, vin, plate, name, account, id_number.

    A value of another kind, or one that does not look like its kind, keeps its first and last character.
    """
    if kind == "name":
        return mask_name(value)
    if kind in ("phone", "email", "plate"):
        found = mask(value)
        if found != value or "***" in value:
            return found
    if _ALREADY.fullmatch(value):
        return value
    return _ends(value, *_KEPT.get(kind, (1, 1)))


_ALREADY = re.compile(r".{0,4}?\*{3,4}.{0,4}", re.DOTALL)
_KEPT: Final = {"phone": (3, 4), "order": (2, 4), "vin": (3, 4), "plate": (2, 2), "id_number": (3, 4)}
"""How many characters at the beginning and at the end stay readable."""


def _ends(value: str, head: int, tail: int) -> str:
    """The two ends of a value; of a short one less, so that at least half is hidden."""
    room = len(value) // 2
    head = min(head, (room + 1) // 2)
    tail = min(tail, room - head)
    return f"{value[:head]}****{value[len(value) - tail :]}"


def _phone(value: str) -> str:
    digits = re.sub(rf"[^\d{_HAN_DIGITS}]", "", value)
    return f"{digits[-11:-8]}****{digits[-4:]}"


def _outside_phone(value: str) -> str:
    digits = re.sub(r"[^\d+]", "", value)
    return f"{digits[:3]}****{digits[-4:]}"


def _email(value: str) -> str:
    return f"{value[0]}***{value[value.rindex('@') :]}"


def _plate(value: str) -> str:
    return f"{value[:2]}***{value[-2:]}"


def _number(value: str) -> str:
    """ "" for what has too few digits to be anybody's number: a date, a range."""
    return _ends(value, 2, 4) if sum(map(str.isdigit, value)) >= _SHORTEST_NUMBER else ""


_MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "email": _email,
    "id_number": lambda value: _ends(value, 3, 4),
    "vin": lambda value: _ends(value, 3, 4),
    "mobile": _phone,
    "card": lambda value: _ends(re.sub(r"\D", "", value), 4, 4),
    "landline": _outside_phone,
    "foreign": _outside_phone,
    "plate": _plate,
    "named": lambda value: _ends(value, 2, 4),
    "number": _number,
}
