"""What each piece of evidence is worth, in bits (log2 of how much likelier it is if the customer is the author).

The model is Fellegi and Sunter's (A Theory for Record Linkage, 1969): the bits of what agrees and of what does not are
added to the prior odds; the hypotheses are each candidate, and nobody of the records. What a value is worth depends on
how many customers hold it (Winkler 1989): the bits of a key are those of one unique holder, and every further holder is
a rival. docs/linking.md tells where the numbers come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Final

__all__ = ["AGAINST", "AUTOMATIC", "CELLS", "MEMBER", "OWN", "TRUST", "agreeing", "standing"]

MEMBER: Final = 0.6
"""Share of those who complain about the company that its records hold."""

TRUST: Final[Mapping[str, float]] = {
    "account": 14.0, "vin": 10.0, "order": 10.0, "email": 7.5, "plate": 7.0, "phone": 7.0
}  # fmt: skip
"""Bits of an exact identifier for its only holder: the odds that who writes it down is who holds it.

7 bits are 128 to 1: of telephone numbers that people leave with a complaint fewer than 1 in 100 belongs to another.
"""

OWN: Final = 2.0
"""More bits where it is called the author's own (我的订单号, 本人手机)."""

SECOND: Final = 10.0
"""Bits of each further exact identifier of a customer; fewer, since who copies one number copies both."""

CELLS: Final[Mapping[str, float]] = {
    "phone_mask": 400_000, "order_tail": 1_000_000, "vin_tail": 100_000, "plate_mask": 50_000,
    "phone_tail": 10_000, "order_part": 10_000, "vin_part": 10_000, "email_mask": 300,
}  # fmt: skip
"""How many values a part of an identifier can take: 40 prefixes times 10,000 tails of a masked phone number."""

NAME_MEMBER: Final = 0.9
"""How often the records' name is the one that a customer signs with."""

AGREE: Final[Mapping[str, float]] = {
    "surname": 3.5, "sound": 9.0, "region": 4.5, "product": 2.5, "dealer": 4.0, "bought": 4.0, "display_name": -2.0
}  # fmt: skip
"""Bits of an attribute that agrees where its frequency is not known; ``display_name`` is taken off a name's bits."""

AGAINST: Final[Mapping[str, float]] = {
    "third_party": -7.0, "repost": -7.0, "reported": -7.0, "quoted": -12.0, "company_key": -6.0, "dealer_speaks": -7.0,
    "other_name": -8.0, "other_given_name": -5.0, "other_city": -2.5, "other_product": -3.0, "other_dealer": -2.0,
    "before_purchase": -5.0, "other_purchase": -2.0, "old_number": -2.0,
    "short_order": -7.0, "shared": -1.0, "unsupported": -1.0, "unvoiced": -3.0,
}  # fmt: skip
"""Bits of what speaks against; ``listener.customers.gate`` says which of them forbid a link without a person."""

AUTOMATIC: Final = 0.98
"""The least posterior of a link that no person looks at."""

PROPOSED: Final = 0.003
"""Below this posterior nobody is asked about a candidate."""


def standing(kind: str) -> float:
    """The shipped bits of a kind of evidence, where they depend on the value those of a usual one."""
    if kind in CELLS:
        return log2(CELLS[kind])
    if kind == "phone_near":
        return 13.0
    for table in (TRUST, AGREE, AGAINST):
        if kind in table:
            return table[kind]
    return 14.0 if kind == "name" else 0.0


def agreeing(kind: str, share: float) -> float:
    """Bits of an attribute that agrees, by the share of customers who have the same value; at most 8."""
    return min(8.0, max(0.5, log2(0.85 / max(share, 0.001)))) if share else AGREE[kind]
