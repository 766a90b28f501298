"""The stars of a review as they are really written."""

from __future__ import annotations

import pytest

from listener.text.stars import stars_of


@pytest.mark.parametrize(
    ("written", "stars"),
    [("1", 1), ("2.0", 2), ("5星", 5), ("3 分", 3), ("★★☆☆☆", 2), ("⭐⭐⭐", 3), ("4/5", 4), ("1 star", 1),
     ("", 0), ("up", 0), ("7", 0), ("10", 0), ("80%", 0), ("满意", 0), ("0", 0)],
)  # fmt: skip
def test_stars(written: str, stars: int) -> None:
    assert stars_of(written) == stars
