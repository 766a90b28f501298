"""What the sieve of linking keeps back is in no text: each pattern that matches has its bit."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.customers import attributes, invites, naming, partial, speaking, voices
from listener.customers.sieve import ADVERT, CODE, LOOSE, MOVED, NAMED, PART, PHONE, PRONOUN, SURNAME, may_hold

PATTERNS = {
    NAMED: naming.OWN, LOOSE: naming._LOOSE, SURNAME: naming.SURNAME_OWN, PRONOUN: voices.THIRD,
    ADVERT: speaking.ADVERTISES, CODE: invites._CODE, PART: partial.MAYBE, PHONE: partial.TEN, MOVED: attributes.MOVED,
}  # fmt: skip


@pytest.mark.parametrize("bit", PATTERNS)
@given(st.data())
@settings(max_examples=25)
def test_a_pattern_that_matches_has_its_bit(bit: int, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(PATTERNS[bit]) | st.text())
    assert PATTERNS[bit].search(text) is None or may_hold(text) & bit


@pytest.mark.parametrize(
    ("bit", "text"),
    [
        (NAMED, "车主：陈思远，白露"),
        (LOOSE, "陈思远\n白露"),
        (LOOSE, "白露坏了，陈思远"),
        (SURNAME, "我姓陈"),
        (PRONOUN, "这是他的"),
        (ADVERT, "欢迎到店"),
        (CODE, "7km2p-9xq4r"),
        (PART, "尾号8000"),
        (PHONE, "一三八零零一三八零零零"),
        (PHONE, "１３８００１３８０００"),
        (MOVED, "搬到上海"),
    ],
)
def test_each_kind_passes(bit: int, text: str) -> None:
    assert PATTERNS[bit].search(text) and may_hold(text) & bit


def test_what_is_in_no_word_passes_nothing_and_half_a_character_all() -> None:
    assert may_hold("白露的刹车异响") == 0
    assert may_hold("\ud800") == -1
