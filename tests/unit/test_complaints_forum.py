"""What people of a forum tell each other about defects, and what is a grievance all the same."""

from __future__ import annotations

import pytest

from listener.complaints import judge
from listener.model import Tier
from listener.nlp.analyse import Analyser


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


@pytest.mark.parametrize(
    "text",
    [
        "那两个部件没有半毛钱关系。",
        "怠速时会熄火，松开刹车又启动，这是自动启停。",
        "挂到P档再熄火，然后锁车。",
        "小的刮痕没必要处理",
        "后视镜异响垫个胶条就行，我就是这样解决的，希望对你有帮助。",
    ],
)
def test_talk_that_explains_is_no_complaint(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is Tier.NO


@pytest.mark.parametrize(
    "text",
    [
        "行驶中发动机突然熄火，4S店检查三次都没修好，要求厂家给个说法",
        "车主投诉：高速上熄火，厂家说不影响使用，拒绝处理",
        "问题一直没解决，客服只会说正常现象，我要求退车",
        "已经报警处理，商家还是不退钱",
    ],
)
def test_a_grievance_stays_one(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is not Tier.NO
