"""Priority: severity x customer x stage x reach x spread, every factor with its reason; none lowers."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.priority import Factor, Standing, factors, points
from listener.model import Severity
from tests.factories import NOW


def by_name(**changes: object) -> dict[str, Factor]:
    found = factors(Standing(**({"severity": Severity.S3} | changes)), NOW)  # type: ignore[arg-type]
    return {factor.name: factor for factor in found}


def test_every_factor_is_there_also_where_nothing_is_known() -> None:
    found = by_name()
    assert list(found) == ["severity", "value", "stage", "reach", "spread"]
    assert [factor.value for factor in found.values()] == [2.0, 1.0, 1.0, 1.0, 1.0]
    assert found["value"].why == "—"


def test_a_key_account_of_long_standing_with_a_large_audience_comes_first() -> None:
    known = {"known": True, "worth": 2_000_000.0, "since": NOW - timedelta(days=800)}
    found = by_name(**known, reach=52_000, others=12, recent=3, bursting=True)
    assert found["value"] == ("value", 1.6, "大客户 · 老客户")
    assert found["stage"].value == 1.1
    assert found["reach"] == ("reach", 1.5, "52,000")
    assert found["spread"] == ("spread", 1.5, "+12")
    assert found["repeat"].value == found["burst"].value == 1.5
    assert points(list(found.values())) == 17.8


def test_what_the_crm_says_of_a_customer_wins() -> None:
    assert by_name(known=True, worth=10.0, segment="大客户")["value"].value == 1.6


def test_the_second_complaint_is_no_third() -> None:
    assert "repeat" not in by_name(recent=2)


@given(
    st.sampled_from(Severity),
    st.none() | st.floats(allow_nan=True, allow_infinity=True),
    st.none() | st.timedeltas(timedelta(days=-900), timedelta(days=9000)),
    st.integers(0, 2_000_000_000),
    st.integers(0, 100_000),
)
def test_no_factor_ever_lowers_and_more_is_never_less(
    severity: Severity, worth: float | None, age: timedelta | None, reach: int, others: int
) -> None:
    since = NOW - age if age is not None else None
    made = Standing(severity=severity, worth=worth, since=since, known=True, reach=reach, others=others)
    assert all(factor.value >= 1 for factor in factors(made, NOW))
    more = Standing(severity=severity, worth=worth, since=since, known=True, reach=reach * 2, others=others + 1)
    assert points(factors(more, NOW)) >= points(factors(made, NOW))
