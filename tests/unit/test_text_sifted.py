"""Long patterns behind their sieve find what they find without it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.customers.gate import THIRD_PARTY
from listener.customers.voices import BY_FORM, BY_PERSON
from listener.text.sifted import Sifted, relaxed

PATTERNS = (THIRD_PARTY, BY_PERSON, BY_FORM)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(st.data())
def test_the_sieve_keeps_back_nothing_that_matches(pattern: re.Pattern[str], data: st.DataObject) -> None:
    text = data.draw(st.from_regex(pattern) | st.text())
    found, expected = Sifted(pattern).search(text), pattern.search(text)
    assert (found and found.span()) == (expected and expected.span())


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"(?<![其])[他她](?!们)", "他说的"),
        (r"车(?=[，。(\s]|$)主?", "我的车"),
        (r"a\s?b[\s\d]c", "a\u3000b１c"),
        (r"[\u4e00-\u9fff]\S[)$]\b", "车x$a"),
        (r"(?:a(?!b(?:c|d)[)])|e)$", "xe"),
        (r"\(.\)", "(车)"),
    ],
)
def test_what_re2_has_not_is_left_out(pattern: str, text: str) -> None:
    whole = re.compile(pattern)
    assert whole.search(text) is not None and Sifted(whole).search(text) is not None


def test_what_surely_is_not_there_is_not_looked_for() -> None:
    assert not Sifted(re.compile("朋友的(?!车)")).may_find("我的车")
    assert Sifted(re.compile("朋友")).may_find("\ud800"), "half a character is left to re"
    assert relaxed("a(?!b)c") == "ac"
