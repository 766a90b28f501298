"""What is read of a mention for linking: names, parts of identifiers, who speaks, places, codes."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

import pytest

from listener.customers.attributes import bought_on, compare_places, compare_words, months_apart, moved, places_said
from listener.customers.comparing import Candidate
from listener.customers.invites import ALPHABET, code_of, codes_in, message, plain_code, shown
from listener.customers.keys import card, compact, customer_keys, hashed
from listener.customers.match import decide, keys
from listener.customers.naming import full_name, names_in, own_surname, sound
from listener.customers.partial import loosely_written, partials, readable
from listener.customers.speaking import advertises, first_person, others_words, third_party
from listener.model import IdentityKey, IdentityLink, Judgement
from tests.factories import analysis, mention


def digest(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()


class TestNames:
    @pytest.mark.parametrize(
        ("text", "name", "own"),
        [
            ("我叫陈思远，电话在下面", "陈思远", True),
            ("车主李明在杭州", "李明", True),
            ("姓名：欧阳娜娜", "欧阳娜娜", True),
            ("投诉人:王芳，杭州", "王芳", True),
            ("态度差。——张伟", "张伟", True),
            ("陈思远 13800138000", "陈思远", False),
            ("接待我的销售名叫王强，不理人", "王强", False),
        ],
    )
    def test_a_name_where_people_put_their_own(self, text: str, name: str, own: bool) -> None:
        assert next(iter(names_in(text))) == (name, own)

    @pytest.mark.parametrize(
        "text",
        ["会员费自动扣了两次", "高兴，马上", "车主王先生", "客户服务态度差", "于是，全部", "报我的名字和订的配置"],
    )
    def test_everyday_words_are_no_names(self, text: str) -> None:
        assert list(names_in(text)) == []

    def test_surnames_and_sounds(self) -> None:
        assert (own_surname("我姓王"), own_surname("客户李女士"), own_surname("我的车")) == ("王", "李", "")
        assert sound("陈思远") == sound("程斯圆")
        assert (full_name("陈思远"), full_name("车主老王"), full_name("John Smith")) == ("陈思远", "", "john smith")


class TestParts:
    @pytest.mark.parametrize(
        "text",
        [
            "一三八零零一三八零零零",
            "138-0013-8000",
            "138 0013 8000",
            "１３８００１３８０００",
            "138.0013.8000",
            "138oo138ooo",
        ],
    )
    def test_a_phone_however_it_is_written(self, text: str) -> None:
        assert [found.value for found in loosely_written(readable(text))] == ["+8613800138000"]

    @pytest.mark.parametrize(
        ("text", "kind", "value"),
        [
            ("手机138****8000", "phone_mask", "1388000"),
            ("138xxxx8000", "phone_mask", "1388000"),
            ("手机尾号8000", "phone_tail", "8000"),
            ("订单SY26****330187", "order_tail", "330187"),
            ("订单号后六位330187", "order_tail", "330187"),
            ("车架号后六位439563", "vin_tail", "439563"),
            ("车牌浙A***36", "plate_mask", "浙A36"),
            ("c***@example.com", "email_mask", "c@example.com"),
        ],
    )
    def test_masked_values_and_tails(self, text: str, kind: str, value: str) -> None:
        assert [(found.kind, found.value) for found in partials(text)] == [(kind, value)]


class TestSpeech:
    @pytest.mark.parametrize(
        "text", ["邻居家的车", "转自车友群：", "替我妈问", "看到别人发的", "一个哥们的亲身经历，", "复制过来的"]
    )
    def test_who_speaks_for_another_is_heard(self, text: str) -> None:
        assert third_party(text)

    @pytest.mark.parametrize(
        "text", ["我的遭遇，", "我遇到的事", "客服帮我查了", "我们家的车", "这位客服态度差", "帮忙转发"]
    )
    def test_ones_own_matter_is_not_taken_for_anothers(self, text: str) -> None:
        assert third_party(text) == ""

    def test_first_persons_and_businesses(self) -> None:
        assert first_person("我的车") and first_person("请尽快联系") and not first_person("中控黑屏")
        assert advertises("现车充足，欢迎到店") and not advertises("提车第二天就坏了")

    @pytest.mark.parametrize("text", ["有事打{}找我", "我的电话{}", "请联系{}", "请{}给我回电"])
    def test_ones_own_number(self, text: str) -> None:
        start = text.index("{}")
        assert others_words("phone", "+8613800138000", text.format("13800138000"), [(start, start + 11)]) == ""

    @pytest.mark.parametrize("text", ["这个{}天天给我打推销电话", "{}一直给我打骚扰电话", "{}半夜打来推销"])
    def test_a_number_that_calls_again_and_again_is_not_ones_own(self, text: str) -> None:
        start = text.index("{}")
        assert others_words("phone", "+8613800138000", text.format("13800138000"), [(start, start + 11)])


class TestAttributes:
    def test_places(self) -> None:
        named, own = places_said("坐标成都，买的赤峰H9", ["赤峰h9"])
        assert own == named == {"四川省成都市"}
        assert compare_places("四川成都", own) is True
        assert compare_places("浙江杭州", own) is False
        assert compare_places("浙江杭州", {"浙江省"}) is True
        assert moved("去年搬到成都了") and not moved("现在各种推脱")

    def test_products_and_months(self) -> None:
        assert compare_words("晨曦 Pro；白露", "我的晨曦pro坏了", ()) is True
        assert compare_words("白露", "我的摇光7", ("摇光7",)) is False
        assert compare_words("白露", "坏了", ()) is None
        assert bought_on("购车日期：2025-03-11") == bought_on("2025年3月在店里买的") == date(2025, 3, 1)
        assert months_apart(date(2025, 3, 1), datetime(2025, 5, 2, tzinfo=UTC)) == -2


class TestCodes:
    def test_a_code_is_easy_to_type_and_the_same_again(self) -> None:
        codes = {code_of(digest, case, 1) for case in range(200)}
        assert len(codes) == 200
        code = code_of(digest, 7, 1)
        assert set(code) <= set(ALPHABET) and not set(ALPHABET) & set("AEIOUL")
        assert plain_code(f" {shown(code).lower()} ") == code == next(codes_in(f"验证码 {shown(code)}。"))

    def test_telephone_numbers_are_no_codes(self) -> None:
        assert list(codes_in("电话 13800 13800，邮编 310000")) == []

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_message_asks_for_nothing_in_public(self, lang: str) -> None:
        text = message("7KM2P9XQ4R", "朔岳", "400-000-1234", "", lang)
        assert "7KM2P-9XQ4R" in text and "400-000-1234" in text
        assert ("不要在公开" in text) if lang == "zh" else ("never post" in text)


RECORD = Candidate(
    1, card=card("陈思远", digest), region="浙江杭州", product="白露", dealer="城西店",
    since=datetime(2025, 3, 1, tzinfo=UTC),
)  # fmt: skip
PHONE = ("phone", "+8613800138000")


def linked(text: str, **changes: str) -> IdentityLink:
    """The link of a mention to a customer who has everything."""
    told = {"region": RECORD.region, "product": RECORD.product, "dealer": RECORD.dealer}
    index: dict[IdentityKey, list[Candidate]] = {
        key: [RECORD] for key in hashed(customer_keys([PHONE], "陈思远", **told), digest)
    }
    said = mention(text=text, author_id="7", **changes)
    found = analysis()
    assert all(key.digest for key in keys(said, found, digest))
    (link,) = decide(said, found, digest, index)
    return link


class TestDeciding:
    @pytest.mark.parametrize(
        "text",
        [
            "我叫陈思远，手机138****8000，白露漏油",
            "我是陈思远，手机13800138000",
            "我的白露漏油，在杭州，手机一三八零零一三八零零零",
            "车主陈思远，手机尾号8000，白露漏油",
        ],
    )
    def test_what_links_by_itself(self, text: str) -> None:
        assert linked(text).judgement is Judgement.POSITIVE

    @pytest.mark.parametrize(
        ("text", "doubt"),
        [
            ("我叫陈思远，在杭州，白露漏油，城西店不管", "no_key"),
            ("我叫王小明，手机13800138000", "other_name"),
            ("我叫陈小明，手机13800138000", "other_given_name"),
            ("我在成都，手机13800138000", "other_city"),
            ("白露漏油 13800138000，2023年5月买的", "before_purchase"),
            ("邻居的白露漏油，手机13800138000", "third_party"),
            ("白露漏油，销售电话13800138000打不通", "quoted"),
            ("中控黑屏 13800138000", "unsupported"),
        ],
    )
    def test_what_goes_to_a_person(self, text: str, doubt: str) -> None:
        link = linked(text)
        assert link.judgement is Judgement.UNSURE
        assert doubt in {evidence.kind for evidence in link.evidence if not evidence.supports}

    @pytest.mark.parametrize(
        "contradiction", ["，我在成都", "，我叫王小明", "，2023年5月买的", "，邻居家的事", "，转自车友群"]
    )
    @pytest.mark.parametrize("text", ["我的白露漏油，手机13800138000", "我的车漏油，手机138****8000，白露"])
    def test_a_contradiction_never_raises_a_score(self, text: str, contradiction: str) -> None:
        assert linked(text + contradiction).score <= linked(text).score

    def test_a_business_is_no_customer(self) -> None:
        link = linked("我的白露漏油，手机13800138000", author_name="朔岳杭州4S店")
        assert link.judgement is Judgement.UNSURE


def test_hashes_of_any_form_fit_the_index() -> None:
    numbers = {compact(each) for each in (digest("a", "b"), "phone-A", "", "zz" * 20)}
    assert len(numbers) == 4 and all(-(2**63) <= number < 2**63 for number in numbers)
