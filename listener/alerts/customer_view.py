"""The customer in a case's message: a plain dictionary of strings and lists, masked, in one language. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from listener.alerts.case_parts import Words, dealing_words, earlier_words
from listener.alerts.facts import CustomerFacts
from listener.alerts.wording import one_line
from listener.customers.segments import segment
from listener.text.mask import mask

__all__ = ["customer_view"]


def customer_view(customer: CustomerFacts, words: Words) -> dict[str, Any]:
    """Who it is, masked, and why we think so; where they stand, what they bought, what came before."""
    say = words.say
    earlier = customer.nth - 1
    rows = [
        (say("类型", "kind"), words.label(customer.party)),
        (say("分群", "segment"), _segment(customer, words)),
        *_standing(customer, words),
        (say("产品", "product"), customer.product),
        (say("经销商", "dealer"), customer.dealer),
        (say("地区", "region"), customer.region),
        (say("客户自", "since"), f"{customer.since.astimezone(words.look.zone):%Y-%m}" if customer.since else ""),
        (say("此前工单", "earlier cases"), say(f"{earlier} 个", str(earlier)) if earlier else say("无", "none")),
        *((_day(one.opened_at, words), earlier_words(one, words)) for one in customer.earlier),
    ]
    return {
        "name": one_line(" ".join([customer.name, *customer.contacts[:2]]), 100) or one_line(customer.external_id, 60),
        "number": one_line(customer.external_id, 60),
        "rows": [(name, one_line(value, 80)) for name, value in rows if value],
        "dealings": [(_day(one.at, words), dealing_words(one, words)) for one in customer.dealings],
        "score": f"{customer.score:.0%}" if customer.score is not None else "",
        "reason": one_line(mask(customer.reason), 200),
        "evidence": [
            (each.supports, one_line(words.label(each.kind) + words.say("：", ": ") + mask(each.detail), 160))
            for each in customer.evidence
        ],
    }


def _day(moment: datetime, words: Words) -> str:
    return f"{moment.astimezone(words.look.zone):%Y-%m-%d}"


def _segment(customer: CustomerFacts, words: Words) -> str:
    """What kind of customer this is on the day of the message: 「大客户 · 老客户」."""
    kinds = customer.kinds or segment(customer.value, customer.since, words.look.now)
    return customer.segment or kinds.words(words.language)


def _standing(customer: CustomerFacts, words: Words) -> list[tuple[str, str]]:
    """Where the customer stands, with the reason; what people marked; how much of the record is known."""
    say, cycle = words.say, customer.lifecycle
    flags = say("、", ", ").join(words.label(flag) for flag in customer.flags)
    found = [(say("标记", "marked"), flags), (say("客户经理", "account manager"), customer.owner)]
    if cycle is not None and cycle.stage is not None:
        found.insert(0, (say("生命周期", "stage"), f"{cycle.words(words.language)}（{cycle.leaving or cycle.reason}）"))
    if customer.completeness is not None:
        found.append((say("资料完整率", "record known"), f"{customer.completeness:.0%}"))
    return found
