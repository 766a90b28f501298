"""The schedule of threads: ever rarer while nobody speaks, few visits altogether, anew when somebody speaks."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from listener.revisits import LONGEST_FOLLOWED, SHORTEST_GAP, Thread, next_visit
from tests.factories import NOW

spans = st.timedeltas(timedelta(), timedelta(days=2000))
late = st.timedeltas(timedelta(), timedelta(days=3))


@given(spans, st.lists(late, min_size=40, max_size=40))
def test_the_visits_of_a_silent_thread_are_ever_rarer_few_and_end(lived: timedelta, delays: list[timedelta]) -> None:
    """However late each visit is made, one thread never has two visits due, each gap is no shorter, and it ends."""
    visited, gaps = NOW, []
    for delay in delays:
        due = next_visit(Thread(NOW - lived, NOW, visited))
        if due is None:
            break
        gaps.append(due - visited)
        visited = due + delay
    else:
        raise AssertionError("no end")
    assert all(gap >= SHORTEST_GAP for gap in gaps)
    assert gaps == sorted(gaps)
    assert len(gaps) <= 22
    assert next_visit(Thread(NOW - lived, NOW, NOW + LONGEST_FOLLOWED)) is None


@given(spans, spans, spans)
def test_a_word_spoken_brings_the_next_visit_nearer(lived: timedelta, quiet: timedelta, more: timedelta) -> None:
    before = next_visit(Thread(NOW - quiet - more - lived, NOW - quiet - more, NOW))
    after = next_visit(Thread(NOW - quiet - more - lived, NOW - quiet, NOW))
    assert before is None or (after is not None and after <= before)
