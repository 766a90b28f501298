"""Traits and links: what a number counts and what its link finds are the same strings."""

from __future__ import annotations

from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from listener.model import CaseState, Sentiment, Severity, Tier
from listener.reports.traits import encode, holds, link, traits
from tests.factories import ZONE
from tests.report_samples import NOW, START, case, fact

TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)


def test_traits_of_a_complaint_with_a_case() -> None:
    said = fact(
        1, tier=Tier.YES, sentiment=Sentiment.NEGATIVE, severity=Severity.S1, problems=("car.brake",), case_id=3,
        topics=("晨曜",), products=("X5",), customer_id=9,
    )  # fmt: skip
    found = traits(said, ZONE, NOW, {3: case(3, state=CaseState.NEW, first_contact_by=START)})
    assert found == {
        ("day", "2026-11-16"), ("hour", "2026-11-16T00"), ("time", "published"), ("source", "owners-forum"),
        ("platform", "discuz"), ("sentiment", "negative"), ("complaint", "yes"), ("repost", "no"),
        ("customer", "known"), ("customer_id", "9"), ("topic", "晨曜"), ("product", "X5"), ("severity", "S1"),
        ("problem", "car.brake"), ("case", "3"), ("case_state", "new"), ("case_severity", "S2"),
        ("response", "overdue"),
    }  # fmt: skip


def test_what_is_no_complaint_has_no_severity_and_no_problem() -> None:
    found = traits(fact(1, problems=("car.brake",)), ZONE, NOW, {})
    assert {name for name, _ in found}.isdisjoint({"severity", "problem", "case"})


def test_a_complaint_without_a_category_is_found_under_none() -> None:
    assert ("problem", "none") in traits(fact(1, tier=Tier.REVIEW), ZONE, NOW, {})


def test_all_wanted_traits_must_hold() -> None:
    found = frozenset({("day", "1"), ("source", "a")})
    assert holds([("day", "1")], found)
    assert holds([], found)
    assert not holds([("day", "1"), ("source", "b")], found)


def test_link_without_traits_means_all() -> None:
    assert link() == "#f="
    assert link(sentiment="negative", topic="晨 曜;") == "#f=sentiment:negative;topic:%E6%99%A8%20%E6%9B%9C%3B"


@given(TEXT, TEXT)
def test_any_name_survives_the_attribute_and_the_address(source: str, topic: str) -> None:
    """Decoded as the page's script does: split at blanks or ``;``, then at the first colon, then unquoted."""
    found = traits(fact(1, source=source, topics=(topic,)), ZONE, NOW, {})
    parts = [part.partition(":") for part in encode(found).split(" ")]
    assert {(name, unquote(value)) for name, _, value in parts} == found
    address = link(source=source, topic=topic).removeprefix("#f=").split(";")
    assert [unquote(part.partition(":")[2]) for part in address] == [source, topic]
