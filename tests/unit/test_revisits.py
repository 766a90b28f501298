"""When threads and mentions are read again, and when it is believed that something is gone."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from listener.model import CrawlReport, Outcome
from listener.revisits import (
    CONFIRMED_AFTER,
    Belief,
    Change,
    Thread,
    believe,
    changes_of,
    is_confirmed,
    next_check,
    next_visit,
)
from tests.factories import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def report(outcome: Outcome = Outcome.OK, read: int = 5, gone: int = 1, **told: bool) -> CrawlReport:
    return CrawlReport(
        source="s",
        outcome=outcome,
        detail="",
        started_at=NOW,
        ended_at=NOW,
        told=told,
        pages_read=read,
        pages_gone=gone,
    )


@pytest.mark.parametrize(
    ("lived", "quiet", "gap"),
    [
        (DAY, timedelta(), 30 * MINUTE),
        (DAY, 2 * HOUR, HOUR),
        (DAY, 10 * DAY, 5 * DAY),
        (DAY, 14 * DAY, None),
        (60 * DAY, 30 * DAY, 15 * DAY),
        (60 * DAY, 60 * DAY, None),
        (900 * DAY, 89 * DAY, 44.5 * DAY),
        (900 * DAY, 90 * DAY, None),
    ],
)
def test_a_thread_is_visited_by_how_long_it_is_quiet(lived: timedelta, quiet: timedelta, gap: timedelta | None) -> None:
    spoken = NOW - quiet
    due = next_visit(Thread(spoken - lived, spoken, NOW))
    assert (due - NOW if due else None) == gap


@pytest.mark.parametrize(
    ("age", "gap"), [(timedelta(), HOUR), (8 * HOUR, 2 * HOUR), (30 * DAY, 2 * DAY)], ids=["new", "today", "old"]
)
def test_a_mention_behind_a_case_is_read_again_by_its_age(age: timedelta, gap: timedelta) -> None:
    assert next_check(NOW - age, NOW) == NOW + gap


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome.bad])
def test_a_bad_crawl_deletes_nothing(outcome: Outcome) -> None:
    belief = believe(report(outcome, a=True), frozenset())
    assert (belief.gone, bool(belief.doubt)) == (frozenset(), True)


@pytest.mark.parametrize(
    ("read", "gone", "believed"), [(1, 1, True), (1, 2, True), (3, 3, False), (1, 9, False), (9, 3, True)]
)
def test_much_gone_at_once_is_the_sites_trouble(read: int, gone: int, believed: bool) -> None:
    belief = believe(report(read=read, gone=gone, a=True), frozenset())
    assert (belief.gone == {"a"}, bool(belief.doubt)) == (believed, not believed)


def test_what_was_captured_or_seen_is_there_whatever_else_was_said() -> None:
    belief = believe(report(a=True, b=False, c=True), frozenset({"a"}))
    assert belief == Belief(gone=frozenset({"c"}), there=frozenset({"a", "b"}))


def test_a_second_look_confirms() -> None:
    def confirmed(since: datetime | None) -> bool:
        return is_confirmed(since, NOW)

    assert not confirmed(None)
    assert not confirmed(NOW - CONFIRMED_AFTER + MINUTE)
    assert confirmed(NOW - CONFIRMED_AFTER)


def test_what_a_mention_says_otherwise() -> None:
    old = {"rating": "1", "status": "处理中"}
    new = {"rating": "5", "status": "处理中", "company_reply": "已退款"}
    assert changes_of("刹车 失灵\n", old, "刹车 失灵", new) == [
        Change("company_replied", "", "已退款"),
        Change("rated", "1", "5"),
    ]
    assert changes_of("刹车失灵", {}, "已修好", {}) == [Change("edited", "刹车失灵", "已修好")]
    assert changes_of("同", {"rating": "5"}, "同", {}) == []  # a field that is not shown any more says nothing
