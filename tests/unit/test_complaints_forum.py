"""What people of a forum tell each other about defects, and what is a grievance all the same."""

from __future__ import annotations

import pytest

from listener.complaints import judge
from listener.model import Tier
from listener.nlp.analyse import Analyser
from listener.nlp.category import about_cars


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
        "天窗异响多半是胶条干了，抹点硅脂就好",
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
        "座椅加热升级完就激活不了，问客服没有下文",
        "同样的毛病修过四回，店里拿我们车主当小白鼠",
        "投诉贵公司西南区的经理，姓什么不清楚",
    ],
)
def test_a_grievance_stays_one(analyser: Analyser, text: str) -> None:
    assert judge(text, analyser.analyse(text)).tier is not Tier.NO


def test_a_talk_counts_as_one_by_any_problem_of_a_car(analyser: Analyser) -> None:
    """A defect told like a letter is heard, and the same among friends is not, whatever problem stands first."""
    letter = "车辆行驶时后面异响明显，天窗漏水，多次维修未解决"
    talk = "哥们你那天窗漏水正常，我的也这样，垫点胶就行"
    assert about_cars(analyser.analyse(letter)) and judge(letter, analyser.analyse(letter)).tier is Tier.YES
    assert judge(talk, analyser.analyse(talk)).tier is Tier.NO


def test_what_stands_behind_is_no_noodle(analyser: Analyser) -> None:
    """后面, 路面, 韭菜 name no food."""
    for text in ("后面一直异响，很难受", "路面太差，颠得难受", "又被割韭菜，气死了"):
        assert not [each for each in analyser.analyse(text).categories if each.code.startswith("food.")]
