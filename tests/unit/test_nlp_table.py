"""A table keeps what a dict keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from listener.nlp.table import Table

# Numbers that meet at one place of a table among them: the same last bits.
NUMBERS = st.integers(0, 2**63 - 1) | st.integers(0, 40) | st.integers(0, 40).map(lambda number: number << 31)


@given(st.dictionaries(NUMBERS, st.text()), st.lists(NUMBERS))
def test_a_table_keeps_what_a_dict_keeps(kept: dict[int, str], asked: list[int]) -> None:
    table = Table(kept)
    assert [table.get(number) for number in [*kept, *asked]] == [kept.get(number) for number in [*kept, *asked]]


def test_numbers_in_steps_are_found_at_once_too() -> None:
    rows = [[left * 16_777_619 + right for left in range(100) for right in range(50)], [at << 42 for at in range(5000)]]
    for kept in rows:
        table = Table(dict.fromkeys(kept, "kept"))
        taken = [number != -1 for number in table._numbers]
        runs = "".join(".x"[each] for each in taken).split(".")
        assert max(map(len, runs)) < 100
        assert all(table.get(number) for number in kept)


def test_an_empty_one_keeps_nothing() -> None:
    assert Table({}).get(0) is None
