"""Known mentions and threads of a living forum read again, and its past read in rounds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said, told
from tests.factories import NOW
from tests.forum_site import ForumSite, serving

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def site() -> Iterator[ForumSite]:
    with serving(ForumSite()) as forum:
        yield forum


def fill(site: ForumSite, threads: int, replies: int = 0) -> None:
    """Threads of which the first is the oldest; one a day."""
    for tid in range(1, threads + 1):
        for number in range(replies + 1):
            site.say(tid, f"作者{tid}", f"主题{tid}第{number}层", NOW - (threads - tid + 1) * DAY + number * HOUR / 60)


class Again:
    """A crawl that reads these pids again: its result, what it captured by id, and what it was told."""

    def __init__(self, site: ForumSite, state: Any, *pids: int, thread: int = 1, **changes: Any) -> None:
        revisits = [{"native_id": str(pid), "url": "", "thread_id": str(thread)} for pid in pids]
        given = job(site.url, "discuz", parameters={"forums": [2]}, state=state, revisits=revisits, **changes)
        done = run_child(given)
        self.result, found = said(done)
        self.found = {int(mention.native_id): mention for mention in found}
        self.told = told(done)


@pytest.fixture
def state(site: ForumSite) -> Any:
    """What a crawl leaves of a forum of six threads with ten mentions, three pages, each."""
    fill(site, threads=6, replies=9)
    return {"platform": {"since": NOW.isoformat(), "pages": {str(tid): 3 for tid in site.threads}}, "left": []}


@pytest.mark.parametrize("pid", [2, 7], ids=["first page", "second page"])
def test_an_edited_mention_is_captured_as_it_is_now(site: ForumSite, state: Any, pid: int) -> None:
    site.edit(pid, "已经修好了")
    again = Again(site, state, pid)
    assert (again.result.outcome, "已经修好了" in again.found[pid].content, again.told) == (Outcome.OK, True, {})
    assert again.found[pid].published_at == site.threads[1][pid - 1].at.replace(microsecond=0)


@pytest.mark.parametrize("pid", [2, 7], ids=["first page", "second page"])
def test_a_deleted_mention_is_gone_once_the_whole_thread_was_looked_at(site: ForumSite, state: Any, pid: int) -> None:
    site.delete(pid)
    again = Again(site, state, pid)
    assert (again.told, again.result.gone) == ({str(pid): True}, 0)
    assert len(site.threads[1]) == 9
    assert len(again.found) == 9


def test_a_deleted_thread_is_gone_and_no_error(site: ForumSite, state: Any) -> None:
    del site.threads[1]
    again = Again(site, state, 3)
    assert (again.result.outcome, again.told, again.result.gone) == (Outcome.EMPTY, {"3": True}, 1)


@pytest.mark.parametrize("status", [200, 429, 500], ids=["login", "429", "500"])
def test_nothing_is_gone_where_the_forum_is_in_trouble(site: ForumSite, state: Any, status: int) -> None:
    site.broken[1] = status
    again = Again(site, state, 3)
    assert again.told == {}
    assert again.result.outcome is (Outcome.BLOCKED if status == 429 else Outcome.EMPTY)


def test_nothing_is_read_again_that_robots_txt_forbids(site: ForumSite, state: Any) -> None:
    site.robots = "User-agent: *\nDisallow: /forum.php?mod=redirect\n"
    again = Again(site, {**state, "robots": {}}, 3)
    assert (again.result.outcome, again.told, again.found) == (Outcome.EMPTY, {}, {})
    assert not any("goto=findpost" in path for path in site.asked)


def test_what_is_read_again_takes_nothing_from_what_is_new(site: ForumSite, state: Any) -> None:
    fresh = [site.say(tid, "后来者", "我也是", NOW + HOUR) for tid in (4, 5, 6)]
    again = Again(site, state, 1, 2, 3, now=(NOW + 2 * HOUR).isoformat(), max_requests=4)
    assert set(fresh) <= set(again.found)
    assert not any("findpost" in one["url"] for one in again.result.state["left"])
    assert {1, 2, 3} <= set(again.found)


def test_a_reply_to_an_old_thread_that_no_list_shows_is_found(site: ForumSite, state: Any) -> None:
    fresh = site.say(1, "后来者", "我也是", NOW - 6 * DAY)  # dated so that the list hides it
    quiet = Again(site, state, now=(NOW + HOUR).isoformat())
    assert quiet.found == {}
    site.opened()
    revisits = [{"native_id": "", "url": "", "thread_id": "1"}]
    given = job(site.url, "discuz", parameters={"forums": [2]}, state=quiet.result.state, revisits=revisits)
    result, found = said(run_child(given))
    assert (result.outcome, fresh in {int(mention.native_id) for mention in found}) == (Outcome.OK, True)
    assert site.opened() == [(1, 3)]  # from the page that was the last one


def backfill(site: ForumSite, state: Any, **changes: Any) -> tuple[Result, list[RawMention]]:
    facts: dict[str, Any] = {"since": (NOW - 365 * DAY).isoformat(), "max_pages": 1, "max_requests": 15}
    return said(run_child(job(site.url, "discuz", parameters={"forums": [2]}, state=state, **(facts | changes))))


def test_a_backfill_reads_everything_once_in_rounds_though_some_pages_fail(site: ForumSite) -> None:
    fill(site, threads=12, replies=5)
    site.broken[7] = 500
    state: Any = {}
    found: list[int] = []
    rounds = 0
    while rounds == 0 or state["left"]:
        result, some = backfill(site, state)
        state, rounds = result.state, rounds + 1
        found += [int(mention.native_id) for mention in some]
        if rounds == 2:
            del site.broken[7]
        assert rounds < 12
    assert rounds > 2
    assert sorted(found) == sorted(said.pid for thread in site.threads.values() for said in thread)


def test_a_backfill_ends_where_nothing_was_said_since(site: ForumSite) -> None:
    fill(site, threads=30)
    result, found = backfill(site, {}, since=(NOW - 12 * DAY).isoformat(), max_requests=500)
    assert (result.state["left"], result.outcome) == ([], Outcome.OK)
    assert {int(mention.native_id) for mention in found} >= set(range(19, 31))
    assert len(found) <= 15  # to the end of a list page


def test_a_list_that_fails_in_a_backfill_is_asked_for_again(site: ForumSite) -> None:
    fill(site, threads=3)
    site.lists_answer = 503
    first, _ = backfill(site, {})
    assert (first.outcome, len(first.state["left"])) == (Outcome.UNREACHABLE, 1)
    site.lists_answer = 200
    second, found = backfill(site, first.state)
    assert (second.outcome, len(found), second.state["left"]) == (Outcome.OK, 3, [])
