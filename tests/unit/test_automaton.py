"""Words found in one pass are the words that stand there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from listener.text.automaton import Automaton

WORDS = st.lists(st.text("客服好a𠮷", min_size=1, max_size=4), unique=True, max_size=8)


@given(WORDS, st.text("客服好a𠮷\ud800", max_size=20))
def test_every_place_of_every_word(words: list[str], text: str) -> None:
    starts = range(len(text))
    everywhere = {(n, at, at + len(w)) for n, w in enumerate(words) for at in starts if text.startswith(w, at)}
    found = Automaton(words).find(text)
    assert set(found) == everywhere
    assert len(found) == len(everywhere)
    assert found == sorted(found, key=lambda place: (place[2], place[1]))


@given(WORDS, st.text("客服好a𠮷\ud800", max_size=20))
def test_the_longest_word_at_each_place(words: list[str], text: str) -> None:
    at, expected = 0, []
    while at < len(text):
        here = [(len(w), n) for n, w in enumerate(words) if text.startswith(w, at)]
        length, number = max(here, default=(1, -1))
        expected += [(number, at, at + length)] if here else []
        at += length
    assert Automaton(words, longest=True).find(text) == expected
