"""Which words decide: the weightiest, as sorting would have them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from listener.nlp.weighing import weightiest

_WEIGHTS = st.lists(st.sampled_from([0.0, 1.0, -1.0, 2.5, -2.5, 7.0, -0.1]), max_size=20)


@given(_WEIGHTS, st.integers(1, 9))
def test_the_weightiest_come_first_and_of_equal_ones_the_first(weights: list[float], most: int) -> None:
    rows = [(at, at + 1, weight) for at, weight in enumerate(weights)]
    assert weightiest(rows, most) == sorted(rows, key=lambda row: -abs(row[2]))[:most]
