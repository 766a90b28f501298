"""Whose number a text says it is, and who only seems to speak for another."""

from __future__ import annotations

import hashlib

import pytest

from listener.customers.gate import SURE_ORDER, called_own, others_words, third_party
from listener.customers.keys import hashed
from listener.customers.match import MOST_HOLDERS, Candidate, decide
from listener.model import Entity, IdentityKey, IdentityLink, Judgement, Mention, Party
from tests.factories import analysis, mention

WRITTEN = {"13800138001": ("phone", "+8613800138001"), "SY2610417735": ("order", "SY2610417735")}
PHONE, ORDER = WRITTEN.values()
OWN_NUMBER = "13800138001"


def digest(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


def entities(text: str) -> tuple[Entity, ...]:
    """Every known identifier at every place where it stands."""
    return tuple(
        Entity(kind, value, start, start + len(written))
        for written, (kind, value) in WRITTEN.items()
        for start in range(len(text))
        if text.startswith(written, start)
    )


def links(
    text: str, holders: dict[tuple[str, str], list[Candidate]], *, repost: bool = False, said: Mention | None = None
) -> dict[int, IdentityLink]:
    found = dict(zip(hashed(holders, digest), holders.values(), strict=True))
    said = said or mention(text=text, author_id="7")
    decided = decide(said, analysis(entities=entities(said.full_text)), digest, found, repost=repost)
    return {link.customer_id: link for link in decided}


def one(text: str, **changes: bool) -> IdentityLink:
    return links(text, {PHONE: [Candidate(1)]}, **changes)[1]


def against(link: IdentityLink) -> set[str]:
    return {evidence.kind for evidence in link.evidence if not evidence.supports}


class TestQuotedNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            "销售顾问小李电话13800138001一直不接",
            "客服：13800138001，打了十几次",
            "售后经理的手机是 13800138001",
            "给我打电话的是店长，13800138001",
            "打他的电话13800138001不接",
            "13800138001是你们销售的号码",
            "13800138001（售后）从来打不通",
            "骗子电话13800138001，大家小心",
        ],
    )
    def test_somebody_elses_number_goes_to_a_person(self, text: str) -> None:
        link = one(text)
        assert (link.judgement, against(link)) == (Judgement.UNSURE, {"quoted"})
        assert "像是别人的号码" in link.reason
        assert OWN_NUMBER not in repr(link)

    @pytest.mark.parametrize(
        "text",
        [
            "手机13800138001",
            "我的电话13800138001，请尽快处理",
            "打了客服没人接，我的手机13800138001",
            "请客服尽快联系13800138001",
            "希望售后经理回电 13800138001",
            "我在门店留的手机号13800138001",
            "联系客服说查不到，下单手机13800138001",
            "客服态度太差。手机号13800138001",
            "销售说好的赠品没有！电话13800138001",
            "门店登记的号码13800138001",
            "13800138001，客服看到请回复",
        ],
    )
    def test_ones_own_number_links(self, text: str) -> None:
        assert others_words(*PHONE, text, [(text.index(OWN_NUMBER), text.index(OWN_NUMBER) + 11)]) == ""
        assert one("我很生气。" + text).judgement is Judgement.POSITIVE

    def test_a_number_without_a_word_of_oneself_goes_to_a_person(self) -> None:
        assert against(one("中控黑屏 13800138001")) == {"unsupported"}
        assert one("我的中控黑屏 13800138001").judgement is Judgement.POSITIVE

    def test_said_once_to_be_ones_own_is_enough(self) -> None:
        assert one("客服让我打13800138001。我的手机13800138001").judgement is Judgement.POSITIVE

    def test_a_service_number_is_nobodys_own(self) -> None:
        for value in ("+864008001234", "+868008101234"):
            assert others_words("phone", value, "电话4008001234", [(2, 12)]) == "400/800"
        assert others_words("phone", "+864001234", "电话4001234", [(2, 9)]) == ""

    def test_an_order_number_is_not_quoted_like_a_phone(self) -> None:
        assert links("客服说我的订单SY2610417735查不到", {ORDER: [Candidate(1)]})[1].judgement is Judgement.POSITIVE

    def test_a_dealers_quoted_phone_does_not_spoil_ones_own_order(self) -> None:
        text = "我的订单号SY2610417735，经销商电话13800138001"
        found = links(text, {ORDER: [Candidate(1)], PHONE: [Candidate(9, Party.DEALER)]})
        assert found[1].judgement is Judgement.POSITIVE
        assert against(found[9]) == {"company_key", "quoted", "rival"}

    def test_a_number_without_a_place_is_not_called_anybodys(self) -> None:
        assert others_words("phone", "+8613800138001", "客服", []) == ""
        assert not called_own("我的订单", [])


class TestThirdParty:
    @pytest.mark.parametrize(
        "text",
        ["求转发扩散", "请转发", "大家转发一下", "帮忙转发", "麻烦多多转发", "点赞转发", "转发量上万了",
         "各位网友评评理", "广大网友", "网友们看看"],
    )  # fmt: skip
    def test_who_asks_everybody_speaks_of_their_own(self, text: str) -> None:
        assert third_party(text) == ""

    @pytest.mark.parametrize("text", ["转发：刹车失灵", "据网友爆料", "网友投诉", "听说", "我朋友", "替老公问"])
    def test_who_tells_of_others_is_heard(self, text: str) -> None:
        assert third_party(text)

    def test_ones_own_order_counts_although_a_friend_is_mentioned(self) -> None:
        holders = {ORDER: [Candidate(1)]}
        assert links("我朋友也这样，我的订单号SY2610417735", holders)[1].judgement is Judgement.POSITIVE
        for text in ("我朋友的订单号SY2610417735", "帮朋友问，他留的订单号SY2610417735"):
            assert against(links(text, holders)[1]) == {"third_party"}

    def test_a_phone_to_answer_to_does_not_make_a_friends_matter_ones_own(self) -> None:
        assert against(one("帮朋友问一下，我的手机13800138001")) == {"third_party"}


class TestSharedKeys:
    def test_a_unique_key_decides_between_a_family(self) -> None:
        found = links(
            "我的手机13800138001，订单SY2610417735", {PHONE: [Candidate(1), Candidate(2)], ORDER: [Candidate(1)]}
        )
        assert (found[1].judgement, found[2].judgement) == (Judgement.POSITIVE, Judgement.UNSURE)
        assert against(found[2]) == {"shared", "rival"}

    def test_a_bound_account_stands_although_the_phone_is_shared(self) -> None:
        found = links(
            "我的手机13800138001", {("account", "discuz:7"): [Candidate(1)], PHONE: [Candidate(1), Candidate(2)]}
        )
        assert (found[1].judgement, found[2].judgement) == (Judgement.POSITIVE, Judgement.UNSURE)

    def test_a_key_of_very_many_names_nobody(self) -> None:
        few = [Candidate(number) for number in range(MOST_HOLDERS)]
        assert len(links("我的手机13800138001", {PHONE: few})) == MOST_HOLDERS
        assert links("我的手机13800138001", {PHONE: [*few, Candidate(99)]}) == {}

    def test_a_number_that_a_dealer_holds_too_is_not_sure(self) -> None:
        found = links("我的手机13800138001", {PHONE: [Candidate(1), Candidate(9, Party.DEALER)]})
        assert all(link.judgement is Judgement.UNSURE for link in found.values())


class TestOthersWords:
    def test_a_repost_links_nobody_for_sure_but_who_posts_it(self) -> None:
        assert against(one("我的手机13800138001", repost=True)) == {"repost"}
        found = links(
            "我的手机13800138001", {("account", "discuz:7"): [Candidate(2)], PHONE: [Candidate(1)]}, repost=True
        )
        assert (found[2].judgement, found[1].judgement) == (Judgement.POSITIVE, Judgement.UNSURE)

    @pytest.mark.parametrize("party", [Party.DEALER, Party.PARTNER, Party.SUPPLIER, Party.INTERNAL])
    def test_the_companys_own_side_is_never_sure_by_a_number(self, party: Party) -> None:
        assert against(links("我的手机13800138001", {PHONE: [Candidate(1, party)]})[1]) == {"company_key"}

    def test_a_dealers_bound_account_is_the_dealer(self) -> None:
        link = links("本店活动", {("account", "discuz:7"): [Candidate(1, Party.DEALER)]})[1]
        assert link.judgement is Judgement.POSITIVE


class TestShortOrders:
    def test_a_short_order_number_agrees_by_chance(self) -> None:
        short = "1" * (SURE_ORDER - 1)
        said = mention(text="订单退款", author_id="")
        key = IdentityKey("order", digest("order", short))
        (link,) = decide(said, analysis(entities=(Entity("order", short, 0, 2),)), digest, {key: [Candidate(1)]})
        assert (link.judgement, against(link)) == (Judgement.UNSURE, {"short_order"})

    def test_one_in_a_column_of_its_own_is_meant(self) -> None:
        said = mention(text="退款", author_id="", fields={"order": "123456"})
        assert links("", {("order", "123456"): [Candidate(1)]}, said=said)[1].judgement is Judgement.POSITIVE
