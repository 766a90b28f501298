"""Whom a mention is from: what links for sure, what belongs before a person, and what links nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from listener.customers.keys import hashed
from listener.customers.match import Candidate, decide, keys, values
from listener.customers.weights import AUTOMATIC
from listener.model import Entity, IdentityKey, IdentityLink, Judgement, Party
from tests.factories import NOW, analysis, mention

PHONE, ORDER = "+8613800138000", "SY2610330187"
VIN, MAIL, PLATE = "L0YBA5C23SH439563", "chen@example.com", "浙AD10236"
FOUND = {"phone": PHONE, "order": ORDER, "vin": VIN, "email": MAIL, "plate": PLATE}


def digest(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def holding(**holders: Iterable[int] | Iterable[Candidate]) -> dict[IdentityKey, list[Candidate]]:
    """Who holds the keys: ``holding(phone=[1, 2])``."""
    known = {**FOUND, "account": "discuz:7"}
    return {
        IdentityKey(kind, digest(kind, known[kind])): [
            each if isinstance(each, Candidate) else Candidate(each) for each in each_kind
        ]
        for kind, each_kind in holders.items()
    }


def links(
    text: str, *kinds: str, found: dict[IdentityKey, list[Candidate]], reported: bool = False, **changes: Any
) -> list[IdentityLink]:
    entities = tuple(Entity(kind, FOUND[kind], len(text) + 30, len(text) + 31) for kind in kinds)
    said = mention(text=text, **{"author_id": "", **changes})
    return decide(said, analysis(entities=entities), digest, found, reported=reported)


def against(link: IdentityLink) -> set[str]:
    return {evidence.kind for evidence in link.evidence if not evidence.supports}


class TestPositive:
    def test_a_bound_account(self) -> None:
        (link,) = links("刹车失灵", found=holding(account=[1]), author_id="7")
        assert (link.judgement, link.customer_id) == (Judgement.POSITIVE, 1)
        assert link.score > 0.999

    @pytest.mark.parametrize(
        ("kind", "reason"),
        [
            ("phone", "手机号 138****8000 一致"),
            ("order", "订单号 SY****0187 一致"),
            ("vin", "车架号 L0Y****9563 一致"),
            ("email", "邮箱"),
            ("plate", "车牌号"),
        ],
    )
    def test_a_unique_key_with_a_masked_reason(self, kind: str, reason: str) -> None:
        (link,) = links("我的车没人管", kind, found=holding(**{kind: [1]}))
        assert link.judgement is Judgement.POSITIVE
        assert link.score >= AUTOMATIC
        assert link.reason.startswith(reason)
        assert FOUND[kind] not in repr(link)

    def test_an_imported_order_column_in_any_writing(self) -> None:
        (link,) = links("我的车没人管", found=holding(order=[1]), fields={"order": "sy-2610-330187"})
        assert link.judgement is Judgement.POSITIVE

    def test_several_keys_agree(self) -> None:
        (link,) = links("我的车没人管", "phone", "vin", found=holding(phone=[1], vin=[1]))
        assert link.score >= 0.9999
        assert [evidence.kind for evidence in link.evidence] == ["vin", "phone"]

    def test_a_bound_account_may_speak_of_a_friend(self) -> None:
        (link,) = links("我朋友的车刹车失灵", found=holding(account=[1]), author_id="7")
        assert link.judgement is Judgement.POSITIVE


class TestUnsure:
    def test_a_phone_that_two_customers_hold(self) -> None:
        found = links("我的车没人管", "phone", found=holding(phone=[1, 2]))
        assert [link.customer_id for link in found] == [1, 2]
        assert all(link.judgement is Judgement.UNSURE and "shared" in against(link) for link in found)
        assert "2 位客户登记了同一手机号" in found[0].reason
        assert all(link.score < 0.5 for link in found)

    def test_an_account_bound_to_two(self) -> None:
        found = links("我的车没人管", found=holding(account=[1, 2]), author_id="7")
        assert "2 位客户登记了同一平台账号" in found[0].reason
        assert found[0].judgement is Judgement.UNSURE

    @pytest.mark.parametrize(
        "text",
        [
            "我朋友的车刹车失灵",
            "帮同事问一下",
            "替我妈投诉",
            "听说有人的车坏了",
            "转发一下",
            "我一个同学的订单",
            "据网友说",
        ],
    )
    def test_somebody_speaking_for_another(self, text: str) -> None:
        (link,) = links(text, "phone", found=holding(phone=[1]))
        assert link.judgement is Judgement.UNSURE
        assert "third_party" in against(link)
        assert "可能在替别人说" in link.reason

    @pytest.mark.parametrize("text", ["我的车刹车失灵", "客服帮我查了单", "我们家的车", "我替换了刹车片"])
    def test_own_words_are_not_taken_for_anothers(self, text: str) -> None:
        (link,) = links(text, "phone", found=holding(phone=[1]))
        assert link.judgement is Judgement.POSITIVE

    @pytest.mark.parametrize(
        ("text", "years", "doubts"),
        [
            ("我的白露刹车失灵", 5, {"old_number"}),
            ("我的白露刹车失灵", 1, set()),
            ("我的白露刹车失灵，我在杭州", 5, set()),
            ("我的白露刹车失灵，2026年8月买的", 2, {"other_purchase"}),
        ],
    )
    def test_a_number_that_may_be_another_persons_by_now(self, text: str, years: int, doubts: set[str]) -> None:
        since = NOW - timedelta(days=365 * years)
        record = Candidate(1, product="白露", region="杭州", since=since)
        text += "，我的手机13800138000"
        said = mention(text=text, author_id="")
        place = Entity("phone", PHONE, len(text) - 11, len(text))
        (link,) = decide(said, analysis(entities=(place,)), digest, holding(phone=[record]))
        assert against(link) == doubts

    def test_an_order_is_nobody_elses_however_old_the_record(self) -> None:
        record = Candidate(1, product="白露", since=NOW - timedelta(days=2000))
        (link,) = links("我的白露刹车失灵，2026年8月买的", "order", found=holding(order=[record]))
        assert link.judgement is Judgement.POSITIVE

    @pytest.mark.parametrize("party", [Party.DEALER, Party.INTERNAL])
    def test_the_companys_own_numbers(self, party: Party) -> None:
        (link,) = links("我的车没人管", "phone", found=holding(phone=[Candidate(1, party)]))
        assert (link.judgement, against(link)) == (Judgement.UNSURE, {"company_key"})

    @pytest.mark.parametrize("party", [Party.CONSUMER, Party.BUSINESS])
    def test_customers_numbers_link(self, party: Party) -> None:
        (link,) = links("我的车没人管", "phone", found=holding(phone=[Candidate(1, party)]))
        assert link.judgement is Judgement.POSITIVE

    def test_keys_of_different_customers(self) -> None:
        found = links("我的车没人管", "phone", "order", found=holding(phone=[1], order=[2]))
        assert {link.customer_id for link in found} == {1, 2}
        assert all(link.judgement is Judgement.UNSURE and against(link) == {"rival"} for link in found)

    def test_a_bound_account_outweighs_anothers_phone(self) -> None:
        first, second = links("我的车没人管", "phone", found=holding(account=[1], phone=[2]), author_id="7")
        assert (first.customer_id, first.judgement) == (1, Judgement.POSITIVE)
        assert (second.customer_id, second.judgement) == (2, Judgement.UNSURE)

    def test_the_news_is_nobodys_own_word(self) -> None:
        (link,) = links("车主电话", "phone", found=holding(phone=[1]), reported=True)
        assert (link.judgement, link.reason) == (Judgement.UNSURE, "新闻报道，不是本人发言")


class TestNobody:
    def test_no_key(self) -> None:
        assert links("刹车失灵没人管", found={}) == []

    def test_a_namesake_from_the_same_city(self) -> None:
        entities = (Entity("name", "陈思远", 0, 3), Entity("place", "杭州", 3, 5), Entity("product", "白露", 5, 7))
        names = {key: [Candidate(1)] for key in hashed([(e.kind, e.value) for e in entities], digest)}
        said = mention(text="陈思远杭州白露", author_name="陈思远", author_id="")
        found = decide(said, analysis(entities=entities), digest, names)
        assert [(link.judgement, against(link)) for link in found] == [(Judgement.UNSURE, {"no_key"})]

    def test_a_key_that_nobody_holds(self) -> None:
        assert links("我的车没人管", "phone", found=holding(order=[1])) == []

    def test_the_same_digits_as_another_kind_of_key(self) -> None:
        found = {IdentityKey("order", digest("order", PHONE)): [Candidate(1)]}
        assert links("我的车没人管", "phone", found=found) == []

    def test_the_account_of_another_platform(self) -> None:
        assert links("我的车没人管", found=holding(account=[1]), author_id="7", platform="weibo") == []


def test_values_come_once_each() -> None:
    entities = (Entity("phone", PHONE, 0, 11), Entity("phone", PHONE, 20, 31), Entity("money", "500", 40, 43))
    said = mention(author_id="7", fields={"order": ORDER})
    assert values(said, analysis(entities=entities)) == [("account", "discuz:7"), ("phone", PHONE), ("order", ORDER)]


def test_keys_hold_hashes_only() -> None:
    found = keys(mention(author_id="7"), analysis(entities=(Entity("phone", PHONE, 0, 11),)), digest)
    assert [key.kind for key in found] == ["account", "phone"]
    assert "13800138000" not in repr(found)
