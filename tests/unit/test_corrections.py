"""What a correction may say, what text it holds for, and what it does to the answers."""

from __future__ import annotations

import pytest

from listener.corrections import Word, answers_of, apply, check, reading_of
from listener.errors import BadInput
from listener.language import speaking
from listener.model import Sentiment, Severity, Tier
from tests.factories import analysis, complaint

PROBLEMS = {"car.brake": "制动系统"}


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("sentiment", "pos", "positive"),
        ("sentiment", "负面", "negative"),
        ("complaint", "否", "no"),
        ("complaint", "不是", "no"),
        ("complaint", "yes", "yes"),
        ("kind", "表扬", "praise"),
        ("problem", "car.brake", "car.brake"),
        ("problem", "制动系统", "car.brake"),
        ("severity", "紧急", "S2"),
        ("severity", "s1", "S1"),
    ],
)
def test_a_value_is_kept_by_its_code(field: str, given: str, kept: str) -> None:
    assert check(field, given, PROBLEMS) == kept


@pytest.mark.parametrize(("field", "given"), [("sentiment", "bad"), ("severity", "S9"), ("problem", "car.brakes")])
def test_a_wrong_value_is_refused_with_the_right_ones(field: str, given: str) -> None:
    with pytest.raises(BadInput) as caught:
        check(field, given, PROBLEMS)
    assert f"--{field}" in str(caught.value) and caught.value.mistakes[0].mend


def test_the_mend_names_what_it_may_be_as_people_call_it() -> None:
    with pytest.raises(BadInput, match="不能是「坏」 → 负面 negative、中性 neutral、正面 positive"):
        check("sentiment", "坏")
    with speaking("en"), pytest.raises(BadInput, match="cannot be '坏' → negative、neutral、positive"):
        check("sentiment", "坏")
    many = {f"x.{number}": f"第{number}种" for number in range(20)} | {"bank.channel": "手机银行与自助设备"}
    for typed in ("手机银行", "bank.chanel"):
        with pytest.raises(BadInput, match=r"是否应为 手机银行与自助设备 bank\.channel？"):
            check("problem", typed, many)


def test_a_name_that_two_codes_share_is_none() -> None:
    with pytest.raises(BadInput, match=r"售后 car\.service、售后 shop\.service"):
        check("problem", "售后", {"car.service": "售后", "shop.service": "售后"})


def test_blanks_and_widths_are_no_new_reading_but_words_are() -> None:
    assert reading_of("刹车 失灵！ABC") == reading_of("刹车失灵!ａｂｃ\n")
    assert reading_of("刹车失灵") != reading_of("刹车没有失灵")


def test_no_complaint_takes_severity_and_safety_with_it() -> None:
    _, found = apply(analysis(), complaint(safety=True), {"complaint": Word("no", "张敏")})
    assert (found.tier, found.severity, found.safety) == (Tier.NO, Severity.S4, False)
    assert "张敏" in found.reason


@pytest.mark.parametrize(("kind", "after"), [("complaint", "other"), ("inquiry", "inquiry")])
def test_what_is_no_complaint_stays_what_else_it_was(kind: str, after: str) -> None:
    _, found = apply(analysis(), complaint(kind=kind), {"complaint": Word("no", "张敏")})
    assert found.kind == after


@pytest.mark.parametrize("tier", [Tier.YES, Tier.REVIEW])
def test_a_complaint_confirmed_is_as_grave_as_it_was(tier: Tier) -> None:
    _, found = apply(analysis(), complaint(tier, Severity.S2), {"complaint": Word("yes", "张敏")})
    assert (found.tier, found.severity) == (Tier.YES, Severity.S2)


def test_a_complaint_after_all_is_an_ordinary_one_unless_somebody_says_more() -> None:
    missed = complaint(Tier.NO, Severity.S4, kind="other")
    _, found = apply(analysis(), missed, {"complaint": Word("yes", "张敏")})
    assert (found.tier, found.severity, found.kind) == (Tier.YES, Severity.S3, "complaint")
    _, graver = apply(analysis(), missed, {"complaint": Word("yes", "张敏"), "severity": Word("S1", "张敏")})
    assert graver.severity is Severity.S1 and "张敏" in graver.severity_reason


def test_every_field_is_answered_by_the_person() -> None:
    words = {"sentiment": "positive", "complaint": "no", "kind": "praise", "problem": "x", "severity": "S2"}
    done = apply(analysis(), complaint(), {name: Word(value, "张敏") for name, value in words.items()})
    assert answers_of(*done) == words
    assert done[0].sentiment is Sentiment.POSITIVE and done[0].probabilities == (0.0, 0.0, 1.0)


def test_nothing_said_changes_nothing() -> None:
    made = analysis(), complaint()
    assert apply(*made, {}) == made
