"""The trie finds what the automaton finds, by where it begins."""

from __future__ import annotations

import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listener.text.automaton import Automaton
from listener.text.sign import COMPILED
from listener.text.trie import PlainTrie, Trie, trie_of

# Few characters, so that words overlap; of the last ones some look alike by their last sixteen bits
_TEXT = st.text("ab客服没有\0\ud800😡" + chr(ord("没") + 0x10000), max_size=40)
_WORDS = st.lists(_TEXT.filter(lambda word: 0 < len(word) < 6 and "\ud800" not in word), unique=True, max_size=12)

_SEVERAL = settings() if COMPILED else settings(max_examples=15)  # as Python a trie takes 20 ms to make


def _places(words: list[str], text: str, *, longest: bool) -> list[tuple[int, int, int]]:
    row, plain = [list(kind(words, longest=longest).find(text)) for kind in (Trie, PlainTrie)]
    assert row == plain
    return list(zip(row[::3], row[1::3], row[2::3], strict=True))


@_SEVERAL
@given(_WORDS, _TEXT)
@example(["没有", "没有人", "有", "人管"], "没有人管")
@example(["没有人", "没有"], "没有人")
@example(["没有人管", "没有人理"], "没有人理")
@example(["\0a", "b"], "\0ab")
@example(["\0a", "a"], "\0aa")
def test_every_place_by_where_it_begins_and_the_shortest_first(words: list[str], text: str) -> None:
    found = Automaton(words).find(text)
    assert _places(words, text, longest=False) == sorted(found, key=lambda place: place[1:])


@_SEVERAL
@given(_WORDS, _TEXT)
@example(["没有", "没有人", "人管"], "没有人管没有")
@example(["车门", "车", "门"], "车车门门")
@example(["车门", "车门没有", "没人"], "车门没人")  # it looks further than the word goes
def test_of_overlapping_words_the_first_and_longest(words: list[str], text: str) -> None:
    assert _places(words, text, longest=True) == Automaton(words, longest=True).find(text)


def test_many_words_are_all_found() -> None:
    words = [chr(0x4E00 + a) + chr(0x4E00 + b) + "了" * (a % 3) for a in range(0, 3000, 7) for b in range(0, 900, 31)]
    text = " ".join(words)
    assert {number for number, _, _ in _places(words, text, longest=False)} == set(range(len(words)))
    assert [number for number, _, _ in _places(words, text, longest=True)] == list(range(len(words)))


@pytest.mark.parametrize("first", "\0\uffff\U000fffff\U0010ffff")
def test_what_has_been_read_of_one_word_is_not_taken_for_the_beginning_of_another(first: str) -> None:
    assert _places(["abc", first + "cd"], first + "c", longest=False) == []


def test_a_character_has_all_its_bits() -> None:
    assert _places(["ab\U0010ffff", "cd\0"], "cd\uffff", longest=False) == []


def test_words_of_characters_from_anywhere_keep_out_of_each_other_s_cells() -> None:
    chance = random.Random(1)
    signs = [chr(point) for point in (*range(97, 117), *range(0x4E00, 0x9F00, 997), *range(0x1F600, 0x1F610))]
    words = sorted({"".join(chance.choices(signs, k=chance.randint(1, 4))) for _ in range(3000)})
    for text in ("".join(chance.choices(signs, k=300)) for _ in range(20)):
        assert _places(words, text, longest=False) == sorted(Automaton(words).find(text), key=lambda at: at[1:])


def test_long_words_are_left_to_the_automaton(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listener.text.trie.COMPILED", True)
    assert type(trie_of(["没有", "a" * 64])) is Trie
    assert type(trie_of(["没有", "a" * 65])) is PlainTrie
