"""What is said to be absent is no complaint: nobody was deceived, put off, or had to file one."""

from __future__ import annotations

import pytest

from listener.complaints import judge
from listener.model import Sentiment, Tier
from listener.nlp.analyse import Analyser

NOTHING_WRONG = [
    "朔岳没有骗人，官方标多少就是多少",
    "客服没有推诿，当天就给我换了",
    "店里没有乱收费，价格透明",
    "销售没有忽悠我，配置讲得清清楚楚",
    "售后没有拖延，两天就修好了",
    "保养没有强制消费，不错",
    "没有任何套路，提车很顺利",
    "客服从不敷衍，有问必答",
    "他们没骗我，说三天就三天",
    "至今没有投诉过，一直满意",
]
STILL_COMPLAINTS = [
    "客服说没有骗我，可是收到的货和图片完全不一样，要求退款",
    "不是推诿就是敷衍，投诉三次没人处理",
    "不得不投诉你们，修了四次还漏油",
    "请不要再敷衍我，押金到底什么时候退",
    "不坑你坑谁，买了三天就坏，客服不理人",
]


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.mark.parametrize("text", NOTHING_WRONG)
def test_what_did_not_happen_is_praise(analyser: Analyser, text: str) -> None:
    found = analyser.analyse(text)
    assert (judge(text, found).tier, found.sentiment) == (Tier.NO, Sentiment.POSITIVE)


@pytest.mark.parametrize("text", STILL_COMPLAINTS)
def test_what_they_deny_or_go_on_doing_is_a_complaint(analyser: Analyser, text: str) -> None:
    found = analyser.analyse(text)
    assert judge(text, found).tier is not Tier.NO
    assert found.sentiment is not Sentiment.POSITIVE
