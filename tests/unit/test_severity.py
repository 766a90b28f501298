"""How grave a complaint is: where sums and raising words tip it, and which safety word is told; what else a text is."""

from __future__ import annotations

import pytest

from listener.model import Entity, Severity
from listener.nlp.kinds import Spoken, advertises, kind_of
from listener.nlp.severity import gravity_of, safety_word
from listener.nlp.wording import wording_of
from tests.factories import analysis

STATED = {"filing"}


def grave(text: str, yuan: str = "0", word: str = "", reported: bool = False) -> tuple[Severity, str]:
    money = analysis(entities=(Entity("money", yuan, 0, 1),))
    return gravity_of(wording_of(text), money, STATED, word, reported)


@pytest.mark.parametrize(
    ("text", "yuan", "severity"),
    [
        ("修好了", "100000", Severity.S2),
        ("修好了", "99999", Severity.S3),
        ("给孩子买的", "10000", Severity.S2),
        ("给孩子买的", "9999", Severity.S3),
        ("我要找记者", "0", Severity.S3),
        ("我要找记者，还要起诉", "0", Severity.S2),
    ],
)
def test_what_weighs_two_points_is_urgent(text: str, yuan: str, severity: Severity) -> None:
    assert grave(text, yuan)[0] is severity


def test_the_three_weightiest_reasons_are_told() -> None:
    told = grave("第三次找消协了，孩子也气，找了记者", "100000")[1]
    assert told == "涉及金额较大、提到媒体曝光、提到监管部门"


def test_danger_is_gravest_unless_it_is_only_told_of() -> None:
    assert grave("", word="自燃") == (Severity.S1, "涉及人身安全：「自燃」")
    assert grave("", word="自燃", reported=True)[0] is Severity.S3


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("刹车突然失灵了", "刹车突然失灵"),
        ("家里老人住院要用钱，定金不退", ""),
        ("吃了你家的菜住院要花钱", "吃了你家的菜住院"),
        ("打不着火，电瓶漏电", ""),
        ("插座漏电", "漏电"),
        ("买了自燃险", ""),
    ],
)
def test_the_safety_word_that_counts(text: str, word: str) -> None:
    assert safety_word(text, wording_of(text)) == word


@pytest.mark.parametrize(
    ("said", "gripe", "positive", "kind"),
    [
        ((), False, 0.5, "praise"),
        ((), False, 0.33, "other"),
        (("purchase",), False, 0.5, "purchase"),
        (("purchase",), True, 0.1, "other"),
        (("help",), True, 0.1, "other"),
        (("asked",), False, 0.1, "inquiry"),
        (("asked",), True, 0.1, "other"),
        (("newsy",), False, 0.9, "other"),
    ],
)
def test_a_stated_grievance_is_no_question_and_gladness_alone_is_praise(
    said: tuple[str, ...], gripe: bool, positive: float, kind: str
) -> None:
    assert kind_of("师傅服务态度好", Spoken(said, False, gripe, positive, False)) == kind


def test_who_tells_of_ones_own_trouble_sells_nothing() -> None:
    assert advertises("他家坑人，我们家质保十年", ("pitch",), ())
    assert not advertises("我被骗了，客服不理", ("pitch",), ("unanswered",))
    assert advertises("客服在线", ("pitch",), ("unlike",))
    assert not advertises("帮忙转发", ("pitch", "no pitch"), ())
