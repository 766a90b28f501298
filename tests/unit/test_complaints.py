"""Complaint or not, how grave, of what kind, and why."""

from __future__ import annotations

import pytest

from listener.complaints import Rules, judge
from listener.model import Complaint, Severity, Tier
from listener.nlp.analyse import Analyser


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


def said(
    analyser: Analyser, text: str, source_prior: str = "", platform: str = "", rules: Rules | None = None
) -> Complaint:
    analysis = analyser.analyse(text)
    return judge(text, analysis, source_prior=source_prior, platform=platform, rules=rules or Rules())


COMPLAINTS = [
    "我上个月买的车变速箱一直顿挫，去了三次4S店都没修好，厂家客服也没人联系我，要求换车",
    "商家拒绝退款，客服一直推脱，我要投诉到12315",
    "外卖等了两个小时，汤全洒了，联系骑手不接电话，平台也不给退款",
    "交了定金半年不交车，打电话没人接，要求退还定金",
    "物业收了费什么都不管，电梯坏了半个月，反映多次没人处理",
    "酒店房间有蟑螂，前台态度恶劣，拒绝换房，要求退房费",
    "莫名其妙被扣了三个月会员费，客服说不能退，欺骗消费者",
    "尊敬的领导：我们小区停水三天了，物业和自来水公司互相推诿，恳请解决",
]
NOT_COMPLAINTS = [
    "味道很好，送餐很快，下次还点",
    "今天加班好累，想家了",
    "某品牌新款SUV正式上市，售价12.98万起",
    "车主维权引关注，市场监管部门介入调查",
    "求推荐一款省油的家用车",
    "限时秒杀，点击领取优惠券，全场五折",
    "我的开了三万公里，没出现过烧机油",
    "师傅手艺不错，修得很快，感谢",
    "明天下午三点开会",
    "",
]


@pytest.mark.parametrize("text", COMPLAINTS)
def test_complaint_is_sure(analyser: Analyser, text: str) -> None:
    complaint = said(analyser, text)
    assert complaint.tier is Tier.YES
    assert complaint.reason and complaint.severity_reason
    assert complaint.severity is not Severity.S4


@pytest.mark.parametrize("text", NOT_COMPLAINTS)
def test_no_complaint(analyser: Analyser, text: str) -> None:
    complaint = said(analyser, text)
    assert complaint.tier is Tier.NO
    assert complaint.reason
    assert complaint.severity is Severity.S4


@pytest.mark.parametrize("text", ["没人联系我", "仪表台开裂，才买一年", "未解决，不满意"])
def test_short_complaints_are_at_least_reviewed(analyser: Analyser, text: str) -> None:
    assert said(analyser, text).tier is not Tier.NO


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("高速上刹车失灵，差点出人命", "刹车失灵"),
        ("我家的车停在楼下自燃了", "自燃"),
        ("吃了你们的蛋糕一家人食物中毒", "食物中毒"),
        ("热水器漏电，老人被电到", "漏电"),
        ("充电宝爆炸，我的手受伤了", "爆炸"),
    ],
)
def test_safety_words_are_most_urgent(analyser: Analyser, text: str, word: str) -> None:
    complaint = said(analyser, text)
    assert complaint.safety and complaint.tier is not Tier.NO
    assert complaint.severity is Severity.S1
    assert word in complaint.severity_reason and "安全词" in complaint.reason


@pytest.mark.parametrize(
    "text",
    [
        "开了三年，从没发生过自燃",
        "买了自燃险和盗抢险",
        "夏天如何预防自燃",
        "怕漏电就装个漏电保护器",
        "某小区一电动车起火，消防提醒规范充电",
        "爆炸式增长，新能源销量翻倍",
    ],
)
def test_safety_words_denied_supposed_or_reported_do_not_count(analyser: Analyser, text: str) -> None:
    complaint = said(analyser, text)
    assert not complaint.safety
    assert complaint.severity is not Severity.S1


def test_safety_overrides_sentiment(analyser: Analyser) -> None:
    complaint = said(analyser, "车子外观很喜欢，空间也满意，就是昨天高速上刹车失灵了")
    assert complaint.safety and complaint.tier is not Tier.NO and complaint.severity is Severity.S1


def test_law_media_money_minors_and_repetition_raise(analyser: Analyser) -> None:
    plain = said(analyser, "空调坏了，客服不处理，要求退款")
    assert plain.severity is Severity.S3
    for more in (
        "，已经联系律师起诉，找了记者曝光",
        "，损失三十万元，涉及三十多名车主",
        "，孩子热得生病，反映了五次，准备走法律途径",
    ):
        assert said(analyser, "空调坏了，客服不处理，要求退款" + more).severity is Severity.S2, more


def test_source_prior_moves_the_tier(analyser: Analyser) -> None:
    text = "仪表台塑料有点松"
    assert said(analyser, text, source_prior="complaints").tier is not Tier.NO
    assert said(analyser, text, platform="heimao").tier is not Tier.NO
    assert said(analyser, "4S店拒绝赔偿，多名车主要求退车", source_prior="news").tier is Tier.NO
    assert "投诉平台" in said(analyser, text, platform="heimao").reason


def test_rules_can_be_stricter(analyser: Analyser) -> None:
    text = COMPLAINTS[0]
    assert said(analyser, text, rules=Rules(yes=99.0)).tier is Tier.REVIEW
    assert said(analyser, text, rules=Rules(yes=99.0, review=98.0)).tier is Tier.NO


def test_problem_is_the_first_category_and_of_the_trade_where_safety_is(analyser: Analyser) -> None:
    assert said(analyser, "发动机烧机油，厂家不处理").problem == "car.engine"
    assert said(analyser, "高速上刹车失灵").problem == "car.brake"
    assert said(analyser, "今天天气好").problem == ""


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (COMPLAINTS[1], "complaint"),
        ("请问怎么预约保养", "inquiry"),
        ("建议增加儿童座椅接口", "suggestion"),
        ("服务很好，非常满意", "praise"),
        ("想买T5，落地价多少钱", "purchase"),
        ("加微信领优惠券", "advert"),
        ("第一章 总则", "other"),
    ],
)
def test_kind(analyser: Analyser, text: str, kind: str) -> None:
    assert said(analyser, text).kind == kind


def test_same_in_same_out(analyser: Analyser) -> None:
    for text in (*COMPLAINTS, *NOT_COMPLAINTS):
        assert said(analyser, text) == said(analyser, text)


def test_in_a_review_somebody_speaks_of_a_purchase_however_short_it_is(analyser: Analyser) -> None:
    text = "草莓压坏了几颗，不太新鲜"
    found = analyser.analyse(text)
    assert judge(text, found).tier is Tier.NO
    assert judge(text, found, source_prior="reviews", stars=1).tier is not Tier.NO
    assert judge("味道一般", analyser.analyse("味道一般"), source_prior="reviews", stars=1).tier is Tier.NO


@pytest.mark.parametrize("text", ["不退押金", "被骗了", "退钱", "信号差", "空调不制冷", "充值没到账"])
def test_what_is_too_short_for_a_headline_is_none(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is not Tier.NO


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("高速上刹车失灵差点追尾，4S店没人管", "car.brake"),
        ("朋友在生鲜区摔成骨裂，门店推脱不管，饭菜味道也难吃", "core.safety"),
        ("面包里吃出一截铁丝，划破了孩子的嘴，请店长联系我", "food.safety"),
    ],
)
def test_the_problem_of_what_is_dangerous(analyser: Analyser, text: str, problem: str) -> None:
    found = said(analyser, text)
    assert (found.safety, found.problem) == (True, problem)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("4S店检查了一天说查不出原因", ["称被推诿、敷衍或拖延", "提到厂家、商家或主管方"]),  # the stronger one
        ("依然没有解决，而且声音越来越大了", ["称被推诿、敷衍或拖延", "称无人处理、未解决或被推诿"]),  # as in the text
    ],
)
def test_the_strongest_reason_comes_first_and_of_equal_ones_what_is_said_first(
    analyser: Analyser, text: str, first: list[str]
) -> None:
    assert said(analyser, text).reason.split("；")[:2] == first
