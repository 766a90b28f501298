"""The kinds of customers: where they begin, what is not known, and that every one has its reason."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.customers.segments import AGES, SIZES, Age, Bounds, Segment, Size, segment
from listener.language import speaking
from tests.factories import NOW

BOUNDS = Bounds(key=1000, medium=100, new_for=timedelta(days=30))
DAY = timedelta(days=1)
RANK = {None: -1, Size.SMALL: 0, Size.MEDIUM: 1, Size.KEY: 2}


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (1000, Size.KEY), (5e9, Size.KEY),
        (999.99, Size.MEDIUM), (100, Size.MEDIUM),
        (99.99, Size.SMALL), (0, Size.SMALL), (-50, Size.SMALL),
        (None, None), (math.nan, None), (math.inf, None),
    ],
)  # fmt: skip
def test_sizes_begin_at_their_bound(value: float | None, size: Size | None) -> None:
    assert segment(value, None, NOW, BOUNDS).size is size


@pytest.mark.parametrize(
    ("since", "age"),
    [
        (NOW, Age.NEW), (NOW + DAY, Age.NEW), (NOW - 30 * DAY + timedelta(seconds=1), Age.NEW),
        (NOW - 30 * DAY, Age.OLD), (NOW - 4000 * DAY, Age.OLD), (None, None),
    ],
)  # fmt: skip
def test_a_customer_is_old_when_the_time_is_full(since: datetime | None, age: Age | None) -> None:
    assert segment(None, since, NOW, BOUNDS).age is age


def test_the_zone_of_a_time_does_not_matter() -> None:
    since = NOW - 30 * DAY
    assert segment(1, since, NOW, BOUNDS) == segment(1, since.astimezone(UTC), NOW, BOUNDS)


def test_the_reason_names_the_figure_and_the_bound() -> None:
    found = segment(259800, NOW - 40 * DAY, NOW, BOUNDS)
    assert found.reason == "消费 259,800，不低于 1,000；成为客户 40 天，已满 30 天"
    assert segment(50, NOW, NOW, BOUNDS).reason == "消费 50，低于 100；成为客户 0 天，不满 30 天"
    assert segment(500, None, NOW, BOUNDS).reason == "消费 500，低于 1,000；不知何时成为客户"
    assert segment(None, None, NOW, BOUNDS).reason == "没有消费金额；不知何时成为客户"
    with speaking("en"):
        assert segment(50, NOW, NOW, BOUNDS).reason == "worth 50, below 100; a customer for 0 days, under 30"


def test_what_is_shown_says_only_what_is_known() -> None:
    assert segment(1000, NOW - 40 * DAY, NOW, BOUNDS).words() == "大客户 · 老客户"
    assert segment(1000, NOW - 40 * DAY, NOW, BOUNDS).words("en") == "key account · old customer"
    assert segment(None, NOW, NOW, BOUNDS).words() == "新客户"
    assert Segment(None, None, "").words() == ""


def test_every_kind_has_its_word_in_both_languages() -> None:
    assert set(SIZES) == set(Size) and set(AGES) == set(Age)
    assert all(all(words) for words in (*SIZES.values(), *AGES.values()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": 10, "medium": 20}, {"medium": 0}, {"medium": -1}, {"key": math.inf}, {"key": math.nan},
        {"new_for": timedelta(0)}, {"new_for": -DAY},
    ],
)  # fmt: skip
def test_bounds_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"needed|longer"):
        Bounds(**wrong)  # type: ignore[arg-type]


VALUES = st.floats(min_value=-1e6, max_value=1e9)
TIMES = st.integers(min_value=-10_000, max_value=100).map(lambda days: NOW + days * DAY)


@given(VALUES, VALUES, TIMES)
def test_who_is_worth_more_is_never_in_a_smaller_kind(one: float, other: float, since: datetime) -> None:
    small, large = sorted((one, other))
    assert RANK[segment(small, since, NOW, BOUNDS).size] <= RANK[segment(large, since, NOW, BOUNDS).size]


@given(VALUES, TIMES, st.integers(min_value=0, max_value=5000))
def test_nobody_becomes_a_new_customer_again(value: float, since: datetime, later: int) -> None:
    if segment(value, since, NOW, BOUNDS).age is Age.OLD:
        assert segment(value, since, NOW + later * DAY, BOUNDS).age is Age.OLD


@given(st.none() | VALUES, st.none() | TIMES)
def test_there_is_always_a_reason(value: float | None, since: datetime | None) -> None:
    found = segment(value, since, NOW, BOUNDS)
    assert found.reason and (found.size is None) == (value is None) and (found.age is None) == (since is None)
