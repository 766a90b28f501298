"""The discuz spider against a living forum: everything once, what is new found, nothing lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said
from tests.factories import NOW
from tests.forum_site import ForumSite, serving

HOUR = timedelta(hours=1)


@pytest.fixture
def site() -> Iterator[ForumSite]:
    with serving(ForumSite()) as forum:
        yield forum


def fill(site: ForumSite, threads: int, replies: int = 0, since: timedelta = timedelta(days=30)) -> None:
    """Threads of which the first is the oldest."""
    for tid in range(1, threads + 1):
        for number in range(replies + 1):
            at = NOW - since + tid * HOUR + number * timedelta(minutes=1)
            site.say(tid, f"作者{tid}", f"主题{tid}第{number}层", at)


def crawl(site: ForumSite, state: Any = None, **changes: Any) -> tuple[Result, list[RawMention]]:
    given = job(site.url, "discuz", parameters={"forums": [2]}, state=state or {}, **changes)
    return said(run_child(given))


def ids(found: list[RawMention]) -> list[int]:
    return sorted(int(mention.native_id) for mention in found)


@pytest.mark.parametrize("rewrites", [False, True])
def test_everything_comes_once_with_author_text_and_time(site: ForumSite, rewrites: bool) -> None:
    fill(site, threads=12, replies=9)
    site.rewrites = rewrites
    result, found = crawl(site)
    assert result.outcome is Outcome.OK, result.detail
    truth = {said.pid: said for thread in site.threads.values() for said in thread}
    assert ids(found) == sorted(truth)
    for mention in found:
        wanted = truth[int(mention.native_id)]
        assert mention.author_name == wanted.author
        assert wanted.text in mention.content
        assert mention.published_at == wanted.at.replace(microsecond=0)
    assert {mention.thread_id for mention in found} == {str(tid) for tid in site.threads}


def test_the_second_crawl_opens_only_what_was_spoken_in(site: ForumSite) -> None:
    fill(site, threads=12, replies=9)
    first, _ = crawl(site)
    site.opened()
    quiet, nothing = crawl(site, first.state, now=(NOW + HOUR).isoformat())
    assert (quiet.outcome, nothing, site.opened()) == (Outcome.EMPTY, [], [])
    fresh = [site.say(3, "后来者", f"还没修好{n}", NOW + 2 * HOUR) for n in range(3)]
    again, found = crawl(site, quiet.state, now=(NOW + 3 * HOUR).isoformat())
    assert again.outcome is Outcome.OK
    assert set(fresh) <= set(ids(found))
    assert site.opened() == [(3, 3), (3, 4)]  # from the page that was the last one


def test_a_crawl_without_time_for_everything_goes_on_the_next_time(site: ForumSite) -> None:
    fill(site, threads=12, replies=5)
    state: Any = {}
    found: list[int] = []
    crawls = 0
    while crawls == 0 or state["left"]:
        result, some = crawl(site, state, max_requests=8, now=(NOW + crawls * HOUR).isoformat())
        assert result.outcome is Outcome.OK, result.detail
        state, found, crawls = result.state, found + ids(some), crawls + 1
        assert crawls < 12
    assert crawls > 2
    assert sorted(set(found)) == list(range(1, 12 * 6 + 1))


def test_what_is_left_is_said(site: ForumSite) -> None:
    fill(site, threads=4)
    result, _ = crawl(site, max_requests=3)
    assert (result.outcome, result.detail) == (Outcome.OK, "还有 2 页留到下次采集")


def test_a_first_crawl_stops_at_the_page_cap_and_says_so(site: ForumSite) -> None:
    fill(site, threads=20)
    result, found = crawl(site, max_pages=2)
    assert (result.outcome, len(found), result.state["left"]) == (Outcome.OK, 10, [])
    assert any("达到页数上限 2" in line for line in result.audit)


def test_a_later_crawl_that_hits_the_cap_loses_nothing(site: ForumSite) -> None:
    fill(site, threads=20)
    first, _ = crawl(site)
    fresh = [site.say(tid, "后来者", "我也是", NOW + HOUR + timedelta(minutes=tid)) for tid in range(1, 21)]
    state, found = first.state, []
    for hour in (3, 6, 9):
        result, some = crawl(site, state, max_pages=2, now=(NOW + hour * HOUR).isoformat())
        state, found = result.state, found + ids(some)
    assert set(fresh) <= set(found)
    assert state["left"] == []


def test_a_thread_in_trouble_is_bad_news_and_is_asked_for_again(site: ForumSite) -> None:
    fill(site, threads=6)
    site.broken[4] = 500
    first, found = crawl(site)
    assert (first.outcome, ids(found)) == (Outcome.UNREACHABLE, [1, 2, 3, 5, 6])
    del site.broken[4]
    site.opened()
    second, found = crawl(site, first.state, now=(NOW + HOUR).isoformat())
    assert (second.outcome, ids(found), site.opened()) == (Outcome.OK, [4], [(4, 1)])


def test_a_thread_that_never_answers_is_given_up_and_said(site: ForumSite) -> None:
    fill(site, threads=2)
    site.broken[1] = 500
    state: Any = {}
    outcomes = []
    for hour in range(4):
        result, _ = crawl(site, state, now=(NOW + hour * HOUR).isoformat())
        state = result.state
        outcomes.append(result.outcome)
    assert outcomes == [Outcome.UNREACHABLE] * 3 + [Outcome.EMPTY]


@pytest.mark.parametrize("status", [404, 200])
def test_a_deleted_or_a_private_thread_is_no_error(site: ForumSite, status: int) -> None:
    fill(site, threads=3)
    site.broken[2] = status
    result, found = crawl(site)
    assert (result.outcome, ids(found)) == (Outcome.OK, [1, 3])
    assert result.audit


def test_a_list_in_trouble_keeps_the_old_watermark(site: ForumSite) -> None:
    fill(site, threads=3)
    first, _ = crawl(site)
    fresh = site.say(1, "后来者", "我也是", NOW + HOUR)
    site.lists_answer = 503
    second, _ = crawl(site, first.state, now=(NOW + 2 * HOUR).isoformat())
    assert second.outcome is Outcome.UNREACHABLE
    site.lists_answer = 200
    third, found = crawl(site, second.state, now=(NOW + 9 * HOUR).isoformat())
    assert fresh in ids(found)
    assert third.outcome is Outcome.OK


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        ("抱歉，您尚未登录，没有权限访问该版块", Outcome.LOGIN_EXPIRED),
        ("论坛维护中，请稍后再来", Outcome.PARSER_BROKE),
    ],
)
def test_a_forum_that_shows_a_message_instead(site: ForumSite, message: str, outcome: Outcome) -> None:
    site.message = message
    result, _ = crawl(site)
    assert result.outcome is outcome


def test_a_forum_that_is_missing_is_an_error_though_a_thread_is_none(site: ForumSite) -> None:
    fill(site, threads=1)
    site.lists_answer = 404
    result, _ = crawl(site)
    assert (result.outcome, "HTTP 404" in result.detail) == (Outcome.UNREACHABLE, True)


def test_a_forum_that_asks_to_slow_down_is_left_alone_at_once(site: ForumSite) -> None:
    fill(site, threads=24)
    for tid in site.threads:
        site.broken[tid] = 429
    result, found = crawl(site)
    assert (result.outcome, found) == (Outcome.BLOCKED, [])
    assert len(site.opened()) <= 8  # those that were on their way already: more of them on a busy machine
    assert len(result.state["left"]) >= 4


def test_threads_that_robots_txt_forbids_are_not_opened(site: ForumSite) -> None:
    fill(site, threads=3)
    site.robots = "User-agent: *\nDisallow: /forum.php?mod=viewthread\n"
    result, found = crawl(site)
    assert (result.outcome, found, site.opened()) == (Outcome.ROBOTS_DENIED, [], [])
