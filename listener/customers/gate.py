"""What speaks against a link although a key agrees: whose number it is said to be, for whom somebody speaks. Pure.

A complaint quotes the numbers of others: the hotline nobody answers, the salesman, the friend it is written for. Such
a number agrees with somebody's record as well as one's own does. Doubt goes to a person; a wrong link hurts one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listener.model import Evidence, Party
from listener.text.labels import label

CUSTOMERS = (Party.CONSUMER, Party.BUSINESS)
"""Who complains to us; the others are the company's own side, whose numbers get quoted."""

SURE_ORDER = 8
"""Characters of an order number; a shorter one agrees with some order of somebody's by chance."""

_OTHERS = "朋友|同事|邻居|亲戚|表[哥弟姐妹]|堂[哥弟姐妹]|闺蜜|同学|室友|客户|老乡"
THIRD_PARTY = re.compile(
    rf"我(?:的|们|有|一个|有个|有一个|家)?(?:{_OTHERS})"
    rf"|(?:帮|替|代)(?:我?(?:{_OTHERS}|家人|家里人|[爸妈]|父母|父亲|母亲|老公|老婆)|人|别人|他人)"
    r"|(?<![求请家忙多迎赞])转发(?!扩散|量)|听说|据说|(?<!各位)(?<!广大)网友(?!们)"
)
"""Words by which somebody speaks of another's matter; who asks everybody to pass it on speaks of their own."""

_THEIRS = (
    "客服|热线|官方|售后|厂家|厂商|总部|门店|店里|店长|店员|4[sS]店|销售|顾问|经理|师傅|经销商|商家|卖家|平台方"
    "|快递员|骑手|司机|中介|对方|骗子|他们?的|她的"
)
_NAMED_BEFORE = re.compile(
    rf"(?:{_THEIRS})[^，。！？；,!?;\n]*$|(?:销售|顾问|经理|店长|店员|师傅)\w{{0,3}}[，,]\s*\w{{0,4}}[:：]?\s*$"
)
_NAMED_BEHIND = re.compile(rf"\s?(?:[（(]|这?是|为)(?:你们|他们|贵司|他家|某)?的?(?P<who>{_THEIRS})")
_MINE = r"(?:我|本人|自己|车主|机主)的?(?:联系|手机|电话|订单|单号|邮箱|号码|车架|车牌)"
_OWN = re.compile(_MINE)
_REACHED = re.compile(
    rf"{_MINE}|[留打回找]我|联系我|留[了的]|预留|登记|绑定|注册|会员|下单|收[货件]|订购"
    r"|(?:请|希望|麻烦|尽快|赶紧|务必|速)[^，。！？；,!?;\n]{0,10}(?:联系|回电|回复|致电|来电|处理)"
)
"""By such words a number is the speaker's although a company's word stands before it: 「请客服联系 …」."""

_SERVICE_NUMBER = re.compile(r"\+86[48]00\d{7}")
"""400 and 800 numbers: nobody's own telephone (Chinese numbering plan)."""

_BEFORE, _BEHIND = 24, 10
"""Characters around a number that say whose it is."""


@dataclass(frozen=True, slots=True)
class Key:
    """An identifier as the mention presents it.

    ``others`` are the words that call it somebody else's, ``own``: it is called the speaker's; ``told``: it stands in
    a column of its own. ``holders`` is how many customers hold it.
    """

    kind: str
    value: str
    others: str = ""
    own: bool = False
    told: bool = False
    holders: int = 1

    @property
    def speaks(self) -> bool:
        """True where it may be the speaker's."""
        return not self.others

    @property
    def decides(self) -> bool:
        """True where it names one customer and may be the speaker's."""
        return self.holders == 1 and self.speaks


def others_words(kind: str, value: str, text: str, places: Iterable[tuple[int, int]]) -> str:
    """The words that call a number somebody else's at every one of its ``places`` in ``text``; "" where not."""
    if kind not in ("phone", "email"):
        return ""
    if _SERVICE_NUMBER.fullmatch(value):
        return "400/800"
    found = [_others_at(text, start, end) for start, end in places]
    return found[0] if found and all(found) else ""


def _others_at(text: str, start: int, end: int) -> str:
    before = text[max(0, start - _BEFORE) : start]
    named = _NAMED_BEFORE.search(before)
    if named and not _REACHED.search(before, named.start()) and not _REACHED.search(_clause(before)):
        return named.group().strip(" ：:，,")[:12]
    behind = _NAMED_BEHIND.match(text[end : end + _BEHIND])
    return behind["who"] if behind else ""


def called_own(text: str, places: Iterable[tuple[int, int]]) -> bool:
    """True where the text calls an identifier the speaker's own: 「我的订单号 …」."""
    return any(_OWN.search(_clause(text[max(0, start - _BEFORE) : start])) for start, _ in places)


def _clause(before: str) -> str:
    return re.split(r"[，。！？；,!?;\n]", before)[-1]


def third_party(text: str) -> str:
    """The words by which somebody speaks of another's matter; "" where there are none."""
    found = THIRD_PARTY.search(text)
    return found.group() if found else ""


def against(keys: Sequence[Key], party: Party, *, spoken: str, repost: bool, rivals: bool) -> list[Evidence]:
    """What speaks against a customer who holds these ``keys`` of the mention; nothing where the account is bound.

    ``spoken`` are the ``third_party`` words; ``repost``: the words are another's; ``rivals``: others may be meant too.
    """
    if any(key.kind == "account" and key.decides for key in keys):
        return []
    found = []
    deciding = [key for key in keys if key.decides]
    if repost:
        found.append(_no("repost", "转发的内容，不是本人发言"))
    if spoken and not any(key.own and key.kind in ("order", "vin", "plate") for key in deciding):
        found.append(_no("third_party", f"可能在替别人说：「{spoken}」"))
    if party not in CUSTOMERS:
        found.append(_no("company_key", f"登记为{label(party)}的号码"))
    if not deciding:
        found += _doubts(keys)
    elif all(key.kind == "order" and not key.told and len(key.value) < SURE_ORDER for key in deciding):
        found.append(_no("short_order", f"订单号不足 {SURE_ORDER} 位，可能只是巧合"))
    if rivals:
        found.append(_no("rival", "线索指向多位客户"))
    return found


def _doubts(keys: Sequence[Key]) -> list[Evidence]:
    """Why none of the keys decides."""
    quoted = next((key for key in keys if key.others), None)
    shared = max((key for key in keys if key.holders > 1), key=lambda key: (key.holders, key.kind), default=None)
    found = [_no("quoted", f"像是别人的号码：「{quoted.others}」")] if quoted else []
    if shared:
        found.append(_no("shared", f"{shared.holders} 位客户登记了同一{label(shared.kind)}"))
    return found


def _no(kind: str, detail: str) -> Evidence:
    return Evidence(kind, detail, False)
