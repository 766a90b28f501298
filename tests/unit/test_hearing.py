"""The learnt model of who speaks: the forms it stands on, and that it hears what no wording or form knows."""

from __future__ import annotations

import pytest

from listener.customers import hearing, hearing_training
from listener.customers.match import Candidate, decide
from listener.customers.said import Said, Shown
from listener.customers.speaking import third_party
from listener.customers.voice import Voice
from listener.customers.voices import others_matter
from listener.model import Entity, IdentityKey, IdentityLink, Judgement
from tests.factories import analysis, mention

ORDER = "SY2610330187"


def placed(text: str) -> list[hearing.Span]:
    at = text.find(ORDER)
    return [(at, at + len(ORDER), "order")] if at >= 0 else []


def odds(text: str) -> float:
    return hearing.of_oneself(hearing.plain(text, placed(text)))


def said(text: str, *shown: Shown) -> Said:
    return Said(text, shown, (), (), "", frozenset(), frozenset(), (), ())


def link(text: str) -> IdentityLink:
    entities = tuple(Entity("order", ORDER, start, end) for start, end, _ in placed(text))
    holder = {IdentityKey("order", f"order:{ORDER}"): [Candidate(1, product="白露")]}
    told = mention(text=text, author_id="")
    (found,) = decide(told, analysis(entities=entities), lambda kind, value: f"{kind}:{value}", holder)
    return found


class TestViews:
    def test_identifiers_and_figures_are_one_sign_each(self) -> None:
        text = f"单号{ORDER}，等了15天！！"
        assert hearing.plain(text, placed(text)) == ("⟨，单号O，等了0天，⟩", {placed(text)[0]: 4})

    def test_other_identifiers_around_a_number_are_no_kind(self) -> None:
        seen = hearing.plain("1和2", [(0, 1, "phone"), (2, 3, "email")])
        assert hearing.views_of_number(seen.bare, seen.places[2, 3, "email"])[0] == "⟨，#和K"

    def test_no_place_is_told_where_a_text_was_cut(self) -> None:
        assert hearing.plain("长" * 900 + "1" + "长" * 900, [(900, 901, "phone")]).places == {}

    def test_people_are_one_sign_by_their_kind(self) -> None:
        assert hearing.simplified("隔壁的李姐和我妈找客服，吉他") == "s的n和ik找f，吉他"

    def test_the_order_of_the_signs_is_a_view_of_its_own(self) -> None:
        bare = hearing.plain("朋友托我问，漏水，异响，单号SY2612345678，谢谢", [(13, 25, "order")]).bare
        assert hearing.views_of_matter(bare)[2] == "⟨，sa，#，⟩"

    def test_a_long_text_is_looked_at_from_both_ends(self) -> None:
        bare = hearing.plain("头" + "中" * 5000 + "尾", []).bare
        assert len(bare) < hearing.LONGEST + 10
        assert bare.startswith("⟨，头")
        assert bare.endswith("尾，⟩")


@pytest.mark.parametrize(
    ("own", "others"),
    [
        (f"单号{ORDER}，拖到现在没个准信，快点给我弄", f"门口卖煎饼的大姐托我问的，单号{ORDER}，拖到现在没个准信"),
        (f"表弟劝我别忍了，我的单号{ORDER}你们看看", f"表弟的单号{ORDER}你们看看，小孩刚上班不容易"),
        (f"俺等了俩月，{ORDER}", f"车间主任他媳妇等了俩月，{ORDER}"),
    ],
)
def test_ones_own_matter_is_likelier_than_anothers(own: str, others: str) -> None:
    assert odds(own) > odds(others) + 1


def test_what_no_form_knows_is_heard() -> None:
    text = f"在门口卖煎饼的大姐，等了俩月没收到，单号{ORDER}，白露"
    assert link(text).judgement is Judgement.UNSURE


def test_a_friend_who_only_recommended_it_does_not_make_it_the_friends() -> None:
    text = f"朋友推荐我买的白露，现在后悔死了，天窗异响修不好，我的订单号{ORDER}"
    assert third_party(text) or others_matter(text)
    assert link(text).judgement is Judgement.POSITIVE


def test_an_order_of_ones_own_needs_no_other_evidence() -> None:
    assert link(f"我的订单号{ORDER}，一直不发货，请尽快处理").judgement is Judgement.POSITIVE


def test_the_reason_names_the_clause() -> None:
    text = f"食堂打饭的李姐家，空调坏了，我的单号{ORDER}"
    assert "李姐" in hearing.telling(hearing.plain(text, placed(text)))


def test_a_number_of_somebody_quoted() -> None:
    def number(text: str) -> Shown:
        at = text.index("13800138000")
        return Shown("phone", "+8613800138000", ((at, at + 11),))

    quoted = "厂里来测量的瘦高个13800138000，量错了尺寸不承认，我的柜子装不上"
    own = "量错了尺寸不承认，柜子装不上，烦请拨打13800138000与我沟通"
    assert Voice(said(quoted, number(quoted))).others(number(quoted))
    assert Voice(said(own, number(own))).others(number(own)) == ""


def test_another_language_is_left_to_the_words() -> None:
    text = f"My order {ORDER} never came, please call me back"
    assert Voice(said(text)).heard(details=False, own=False).mine


def test_training_writes_the_same_texts_by_the_same_seed() -> None:
    assert hearing_training.matters(60, 5) == hearing_training.matters(60, 5)
    views, answers = hearing_training.numbers(60, 5)
    assert len(views) == len(answers)
    assert {True, False} == set(answers)


@pytest.mark.deep
def test_a_model_fitted_anew_tells_the_two_apart() -> None:
    made = hearing_training.fit(hearing.MATTER, *hearing_training.matters(3000, 1), strength=0.03)
    assert made["matter_text_weights"].size > 1000
