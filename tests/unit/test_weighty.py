"""Of the words that decided, people are shown those that carry weight, without the marks around them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.alerts.wording import excerpt
from listener.model import Word
from listener.nlp.analyse import Analyser
from listener.reports.render import mark
from listener.text.weighty import MARKS, heaviest, weighty


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser()


def words(*found: tuple[str, float]) -> list[Word]:
    return [Word(text, weight, 10, 10 + len(text)) for text, weight in found]


def test_a_word_is_shown_without_the_mark_that_it_was_heard_with() -> None:
    assert weighty(words(("不管了，", -1.6), ("“满意”", -0.9), ("打不开\n", -0.8)), -1) == [
        Word("不管了", -1.6, 10, 13), Word("满意", -0.9, 11, 13), Word("打不开", -0.8, 10, 13),
    ]  # fmt: skip


def test_little_weight_grammar_and_bare_marks_are_not_shown() -> None:
    told = words(
        ("没人管", -1.9), ("算错", 0.5), ("失灵", -0.7), ("三个", -0.17), ("月", -0.9), ("了", -0.8), ("！！", -0.9)
    )
    assert [word.word for word in weighty(told, -1)] == ["没人管", "失灵"]
    assert [word.word for word in weighty(told, 1)] == ["算错"]


def test_where_nothing_carries_weight_nothing_is_shown() -> None:
    assert weighty(words(("写", -0.16), ("不看", -0.12)), -1) == []
    assert weighty([], -1) == []


def test_a_lone_character_has_to_weigh_more_since_it_stands_in_other_words() -> None:
    assert [word.word for word in weighty(words(("冻", -0.3), ("超时", -0.3), ("臭", -0.5)), -1)] == ["超时", "臭"]


ANY = st.lists(
    st.tuples(st.sampled_from(["不管了，", "了", "“差”", "失灵", "，", "好用"]), st.floats(-3, 3)), max_size=8
)


@given(ANY, st.sampled_from([1, -1]))
@settings(max_examples=50)
def test_the_quick_way_says_the_same_of_words_in_the_order_of_their_weight(
    found: list[tuple[str, float]], sign: int
) -> None:
    told = words(*sorted(found, key=lambda each: -abs(each[1])))
    shown = weighty(told, sign)
    assert heaviest(told, sign, 8) == [word.word for word in shown]
    assert all(word.word == word.word.strip(MARKS) and word.end - word.start == len(word.word) for word in shown)


def test_mail_report_and_reason_show_no_mark_and_no_weak_word(analyser: Analyser) -> None:
    text = "店里付了两百块挂号费就不管了，她人躺着，你们说怎么办"
    found = analyser.analyse(text).words
    assert any(word.word.endswith("，") for word in found), "the model hears it with its comma"
    assert [piece.text for piece in excerpt(text, found) if piece.marked] == ["不管了"]
    assert '<mark class="bad">不管了</mark>，' in mark(text, found)
    reason = analyser.analyse(text).reason
    assert "「不管了」" in reason and "「你们」" not in reason
