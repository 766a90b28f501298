"""What speaks against a link although evidence agrees, and which of it a person has to look at. Pure.

A complaint quotes the numbers of others: the hotline nobody answers, the salesman, the friend it is written for. Such
a number agrees with somebody's record as well as one's own does. Doubt goes to a person; a wrong link hurts one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from listener.customers.speaking import THIRD_PARTY, called_own, first_person, others_words, third_party
from listener.model import Evidence, Party
from listener.text.labels import label

__all__ = [
    "CUSTOMERS",
    "SOFT",
    "SURE_ORDER",
    "THIRD_PARTY",
    "Key",
    "Speech",
    "against",
    "called_own",
    "first_person",
    "others_words",
    "third_party",
]

CUSTOMERS = (Party.CONSUMER, Party.BUSINESS)
"""Who complains to us; the others are the company's own side, whose numbers get quoted."""

SURE_ORDER = 8
"""Characters of an order number; a shorter one agrees with some order of somebody's by chance."""

SOFT = frozenset(
    {"other_city", "other_product", "other_dealer", "before_purchase", "other_given_name", "other_purchase"}
)
"""Contradictions that a second independent key or the full name outweighs: people move, and buy again."""

_WEAKER = ("phone",)
"""Identifiers that pass from one person to another: numbers are given out anew ninety days after they lapsed."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """Who speaks: ``third`` are the words of speaking for another; ``dealer`` those by which a business speaks."""

    third: str = ""
    repost: bool = False
    reported: bool = False
    dealer: str = ""


def against(
    keys: Sequence[Key],
    party: Party,
    speech: Speech,
    *,
    differing: Iterable[Evidence] = (),
    corroborated: bool = False,
    combined: bool = False,
    supported: bool = True,
    mine: bool = True,
    surely: bool = False,
    bare: bool = False,
    old: bool = False,
) -> list[Evidence]:
    """What speaks against a customer who holds these ``keys`` of the mention; nothing where the account is bound.

    ``differing`` are the attributes that do not agree. ``corroborated``: the name, or another independent key, agrees;
    ``combined``: a part of an identifier and the full name agree and name one customer together. ``supported``:
    anything else agrees too; ``mine``: the author speaks of themselves, ``surely``: beyond what else has to
    agree; ``bare``: the records hold nothing else; ``old``: the record is so old that
    its telephone number may be another's, and nothing personal agrees.
    """
    if any(key.kind == "account" and key.decides for key in keys):
        return []
    deciding = [key for key in keys if key.decides]
    found = _of_speech(speech)
    if party not in CUSTOMERS:
        found.append(_no("company_key", f"登记为{label(party)}的号码"))
    if not deciding and not combined:
        found += _doubts(keys) if keys else [_no("no_key", "没有可以唯一确定客户的线索")]
    elif not combined and all(_short(key) for key in deciding):
        found.append(_no("short_order", f"订单号不足 {SURE_ORDER} 位，可能只是巧合"))
    if deciding and not found and not supported and _alone(deciding, mine=mine, surely=surely, bare=bare):
        found.append(_no("unsupported", "只有号码一致，没有其他旁证"))
    weak = bool(deciding) and not corroborated and all(key.kind in _WEAKER and not key.told for key in deciding)
    if weak and old and not found:
        found.append(_no("old_number", "档案登记已超过四年，号码可能已换人使用"))
    if (deciding or combined) and not found and not (mine or corroborated or any(key.told for key in deciding)):
        found.append(_no("unvoiced", "看不出是本人在说，可能是别人的事"))
    weighed = [each for each in differing if weak or each.kind != "other_purchase"]
    return found + [each for each in weighed if not (corroborated and each.kind in SOFT)]


def _alone(deciding: Sequence[Key], *, mine: bool, surely: bool, bare: bool) -> bool:
    """Whether the identifiers are too little by themselves.

    Who surely speaks of themselves writes down no order number of others; a telephone may be another's by now. One
    that stands in a column of its own was asked for.
    """
    return not any(key.told or (mine and bare) or (surely and key.kind not in _WEAKER) for key in deciding)


def _short(key: Key) -> bool:
    return key.kind == "order" and not key.told and len(key.value) < SURE_ORDER


def _of_speech(speech: Speech) -> list[Evidence]:
    found = []
    if speech.reported:
        found.append(_no("reported", "新闻报道，不是本人发言"))
    if speech.repost:
        found.append(_no("repost", "转发的内容，不是本人发言"))
    if speech.dealer:
        found.append(_no("dealer_speaks", f"商家账号发言：「{speech.dealer}」"))
    if speech.third:
        found.append(_no("third_party", f"可能在替别人说：「{speech.third}」"))
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
