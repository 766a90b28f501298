"""The quick looks say what the regular expressions say."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from listener.text import sign
from listener.text.characters import changing, unsettled
from listener.text.normalise import REPEATS
from listener.text.sign import Sign, stands_in_a_row

_CLASSES = (
    "[0-9]",
    r"[\d]",
    "[@＠#＃/.自于於]",
    r"[\[\u2190-\u2bff\U0001f000-\U0001faff]",
    r"[\ud800-\udfff]",
    "[^a车]",
)


@pytest.fixture(autouse=True, scope="module")
def bits() -> Iterator[None]:
    """The bits are looked at where nothing is compiled, too: what is tested would be ``re`` otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign, "COMPILED", True)
        yield


@pytest.mark.parametrize("pattern", [*_CLASSES, changing().pattern, unsettled().pattern])
@given(st.text("a1１車车自[→😡\U00020000\U0010ffff\ud800\0 ，", max_size=12))
@example("车\uffff")
@example("车\U00010000")
def test_one_of_a_class_is_found_where_the_pattern_finds_it(pattern: str, text: str) -> None:
    assert Sign(pattern).within(text) is (re.search(pattern, text) is not None)


def test_every_character_of_the_basic_plane_is_told_apart() -> None:
    words = Sign(r"[\w]")
    assert [words.within(chr(point)) for point in range(0x10000)] == [
        re.match(r"\w", chr(point)) is not None for point in range(0x10000)
    ]


@given(st.text("a！😡\n", max_size=12))
@example("aaaa")
@example("aaabaaa")
@example("\n\n\n\n")
def test_four_in_a_row(text: str) -> None:
    assert stands_in_a_row(text) is any(char * 4 in text for char in text)


def test_in_a_row_are_so_many_as_are_made_fewer() -> None:
    assert not stands_in_a_row("a" * REPEATS)
    assert stands_in_a_row("a" * (REPEATS + 1))
