"""Advice to somebody else is no complaint of the adviser's, whatever it names; a matter of one's own beside it is."""

from __future__ import annotations

import pytest

from listener.complaints import judge
from listener.model import Tier
from listener.nlp.analyse import Analyser

ADVICE = [
    "同一问题累计维修次数要看三包凭证上怎么写，一般是两次以上严重安全性能故障，车机不一定算。",
    "三包规定里发动机换两次还不行就可以退车，你先把维修记录都留好",
    "建议先打12315，他们不处理再去法院，记得保留发票",
    "你可以让4S店出具书面检测报告，拒绝的话就录音",
    "按规定七天内可以退货，商家不同意就申请平台介入",
    "我之前也遇到过，找厂家客服投诉后第二天就解决了，你试试",
    "楼主直接去投诉，别跟店里耗着",
]
OWN_MATTERS = [
    "4S店建议更换变速箱，要两万，我才开两年，质量这么差谁负责，要求退车",
    "客服让我保留好包装等取件，等了两周没人来，退款也不给",
    "先让我拍照取证，又说不符合三包，拒绝退货，我要投诉",
    "要求先录音取证再受理，投诉三天没人管，押金不退",
    "大家建议我走法律途径，可我只想把定金要回来，打了十几个电话没人接",
]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.mark.parametrize("text", ADVICE)
def test_advice_is_no_complaint(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is Tier.NO


@pytest.mark.parametrize("text", OWN_MATTERS)
def test_a_matter_of_ones_own_is_one(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is not Tier.NO
