"""Who is heard, part by part."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from listener.customers.influence import HALF_LIFE, WINDOW, AuthorKey, Spoken, Standing, edges, standings
from tests.factories import NOW


def key(author: str, site: str = "bbs") -> AuthorKey:
    return AuthorKey("discuz", site, author)


def spoke(author: str, ago: float = 1, **changes: Any) -> Spoken:
    return Spoken(by=key(author), name=f"n{author}", at=NOW - timedelta(days=ago), **changes)


def made(*said: Spoken) -> dict[str, Standing]:
    return {each.by.author: each for each in standings(said, NOW)}


def test_who_answers_a_thread_speaks_to_whom_opened_it() -> None:
    said = [spoke("b", 1, thread="t"), spoke("a", 2, thread="t"), spoke("a", 0.5, thread="t")]
    assert list(edges(said)) == [(key("b"), key("a"))]


def test_reposts_forwardings_and_names_are_words_to_somebody() -> None:
    said = [
        spoke("a", 3),
        spoke("b", 2, repost_of=key("a")),
        spoke("c", 1, forwarded="na"),
        spoke("d", 1, named="谢谢 @na 提醒，@nobody 也来看看，邮箱 x@y.cn"),
    ]
    assert set(edges(said)) == {(key(who), key("a")) for who in "bcd"}
    assert made(*said)["a"].heard_by == 3


def test_nobody_is_heard_by_themselves_nor_across_sites() -> None:
    other = Spoken(by=key("z", "other"), name="nz", at=NOW - timedelta(days=1), named="@na")
    said = [spoke("a", 2, thread="t"), spoke("a", 1, thread="t", repost_of=key("a"), named="@na"), other]
    assert list(edges(said)) == []


def test_the_core_and_the_neighbours_of_a_small_graph() -> None:
    """A triangle a-b-c with d hanging on a: the triangle is a 2-core, d a 1-core; the degrees are 3, 2, 2, 1."""
    said = [
        spoke("a", 9),
        spoke("b", 8, named="@na"),
        spoke("c", 7, named="@na @nb"),
        spoke("d", 6, named="@na"),
    ]
    found = made(*said)
    assert {who: (each.core, each.neighbours) for who, each in found.items()} == {
        "a": (2, 5),
        "b": (2, 5),
        "c": (2, 5),
        "d": (1, 3),
    }


def test_old_feelings_fade_and_what_is_older_than_the_window_is_gone() -> None:
    half = HALF_LIFE / timedelta(days=1)
    found = made(spoke("a", 0, score=1.0), spoke("a", half, score=-1.0), spoke("a", 91, score=-1.0), spoke("b", 91))
    assert set(found) == {"a"}
    assert (found["a"].stance, found["a"].mentions) == (round((1 - 0.5) / 1.5, 3), 2)
    assert [feeling.mentions for feeling in found["a"].feelings] == [1, 1]


def test_engagement_is_ranked_within_the_platform_and_unknown_is_no_zero() -> None:
    said = [spoke(str(i), engagement=i) for i in range(10)] + [spoke("x"), spoke("9", 2, engagement=None)]
    found = made(*said)
    assert (found["0"].engagement_percentile, found["9"].engagement_percentile) == (5.0, 95.0)
    assert (found["x"].engagement, found["x"].engagement_percentile) == (None, None)


def test_two_parts_that_stand_out_make_a_leader_and_one_does_not() -> None:
    crowd = [spoke(str(i), 3, followers=10, engagement=1) for i in range(60)]
    large = spoke("large", 3, followers=10_000)
    heard = [spoke("heard", 4, thread="t", followers=5_000, engagement=80)]
    answers = [spoke(str(i), 2, thread="t", engagement=1, followers=10) for i in range(40)]
    found = made(*crowd, large, *heard, *answers)
    assert (found["large"].high, found["large"].leads) == (("followers",), False)
    assert found["heard"].leads
    assert {"followers", "engagement", "heard_by"} <= set(found["heard"].high)
    assert not found["3"].leads


_AUTHORS = st.sampled_from("abcdef")
_SAID = st.builds(
    lambda author, ago, thread, score, named: spoke(author, ago, thread=thread, score=score, named=named),
    _AUTHORS,
    st.floats(0, 100),
    st.sampled_from(["", "t", "u"]),
    st.floats(-1, 1),
    st.sampled_from(["", "@na", "@nb @nc", "@@@", "@"]),
)


@settings(max_examples=100)
@given(st.lists(_SAID, max_size=25), st.randoms(use_true_random=False))
def test_order_of_arrival_changes_nothing_and_figures_hold_together(said: list[Spoken], random: Any) -> None:
    mixed = list(said)
    random.shuffle(mixed)
    one, other = made(*said), made(*mixed)
    assert set(one) == {each.by.author for each in said if each.at >= NOW - WINDOW}
    assert sum(each.mentions for each in one.values()) == sum(each.at >= NOW - WINDOW for each in said)
    for who, each in one.items():
        assert -1 <= each.stance <= 1
        assert each.core <= each.neighbours
        if len({s.at for s in said}) == len(said):  # two at one moment have no order of their own
            assert (each.core, each.neighbours, each.heard_by) == (
                other[who].core,
                other[who].neighbours,
                other[who].heard_by,
            )
