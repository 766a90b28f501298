"""No code reaches a user without a word."""

from __future__ import annotations

from enum import StrEnum

import pytest

from listener import model
from listener.text.labels import KINDS, WORDS, label

ENUMS = [made for made in vars(model).values() if isinstance(made, type) and issubclass(made, StrEnum)]
MEMBERS = [member for made in ENUMS if made is not StrEnum for member in made]


@pytest.mark.parametrize("member", MEMBERS, ids=repr)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_member_has_a_word(member: StrEnum, lang: str) -> None:
    words = WORDS[type(member)]
    assert member.value in words, f"{member!r} has no word"
    shown = label(member, lang)
    assert shown
    assert shown == words[member.value][lang == "en"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in shown) == (lang == "zh")


def test_no_word_is_left_over() -> None:
    for made, words in WORDS.items():
        assert set(words) == {member.value for member in made}


@pytest.mark.parametrize("made", WORDS, ids=lambda made: made.__name__)
@pytest.mark.parametrize("place", [0, 1])
def test_words_of_one_enum_differ(made: type[StrEnum], place: int) -> None:
    words = [both[place] for both in WORDS[made].values()]
    assert len(set(words)) == len(words)


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        (model.Severity.S1, "特急", "critical"),
        (model.CaseState.TO_VERIFY, "待核实", "to verify"),
        (model.CaseState.NEW, "待受理", "new"),
        (model.CaseState.CLOSED, "已办结", "closed"),
        (model.Sentiment.POSITIVE, "正面", "positive"),
        (model.Judgement.POSITIVE, "已匹配", "linked"),
        ("negative", "负面", "negative"),
        ("complaint", "投诉", "complaint"),
        ("purchase", "购买意向", "wants to buy"),
        ("phone", "手机号", "phone"),
        ("vin", "车架号", "VIN"),
        ("S2", "紧急", "urgent"),
        ("in_progress", "处理中", "in progress"),
        ("somebody's own code", "somebody's own code", "somebody's own code"),
        ("", "", ""),
    ],
)
def test_label(value: StrEnum | str, zh: str, en: str) -> None:
    assert label(value) == zh
    assert label(value, "en") == en


def test_every_kind_that_the_model_names_has_a_word() -> None:
    complaint = "complaint inquiry suggestion praise help purchase advert other"
    identity = "account phone email order vin plate"
    entity = "phone email order vin plate id_number name place money product dealer"
    assert {*complaint.split(), *identity.split(), *entity.split()} <= set(KINDS)
