"""Spiders of JSON interfaces against living ones: all once, what is new found, refusals never taken for silence."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said, told
from tests.factories import NOW
from tests.interface_site import DiscourseSite, Site, StackSite, SteamSite, serving

HOUR = timedelta(hours=1)
STACK = {"site": "stackoverflow", "queries": ["蓝鲸"]}


class Reader:
    """Crawls a site again and again, an hour apart, and keeps what a store would: each text once."""

    def __init__(self, site: Site, platform: str, parameters: dict[str, Any], path: str = "") -> None:
        self.site, self.platform, self.parameters, self.path = site, platform, parameters, path
        self.state: Any = {}
        self.crawls = 0
        self.kept: dict[tuple[str, str], str] = {}

    def crawl(self, **changes: Any) -> tuple[Result, list[str]]:
        """The result, and the ids of what was new or had another text than before."""
        now = (NOW + self.crawls * HOUR).isoformat()
        given = job(self.site.url + self.path, self.platform, parameters=self.parameters, state=self.state, now=now)
        result, found = said(run_child(given | changes))
        self.state, self.crawls = result.state, self.crawls + 1
        return result, sorted(self._news(found))

    def _news(self, found: list[RawMention]) -> list[str]:
        new = [one for one in found if self.kept.get((one.site, one.native_id)) != one.content]
        self.kept |= {(one.site, one.native_id): one.content for one in new}
        return [one.native_id for one in new]


def forum() -> DiscourseSite:
    """130 rows in ten topics, with 70 private ids among them: more than a window holds."""
    site = DiscourseSite()
    site.private = set(range(61, 131))
    for number in [*range(1, 61), *range(131, 201)]:
        site.say(number, number % 10, f"作者{number}", f"漏水{number}", NOW - timedelta(days=30) + number * HOUR)
    return site


def test_a_whole_forum_comes_once_across_windows_of_private_rows() -> None:
    with serving(forum()) as site:
        reader = Reader(site, "discourse", {})
        first, found = reader.crawl()
        assert (first.outcome, len(found), len(set(found))) == (Outcome.OK, 130, 130), first.detail
        site.taken()
        _, nothing = reader.crawl()
        assert (nothing, site.taken()) == ([], ["/posts.json"])
        site.say(201, 3, "后来者", "还没修好", NOW + HOUR)
        assert reader.crawl()[1] == ["201"]


def test_a_mention_is_read_again_edited_or_deleted() -> None:
    with serving(forum()) as site:
        site.rows[5]["cooked"] = "<p>已退款</p>"
        del site.rows[6]
        revisits = [{"native_id": number, "url": "", "thread_id": "5"} for number in ("5", "6")]
        state = {"newest": 200, "since": NOW.isoformat()}
        done = run_child(job(site.url, "discourse", state={"platform": state}, revisits=revisits))
        result, found = said(done)
        assert (result.outcome, told(done)) == (Outcome.OK, {"6": True}), result.detail
        assert [one.content for one in found if one.native_id == "5"] == ["<p>已退款</p>"]


def test_a_window_that_hits_the_cap_is_said_and_read_on_the_next_time() -> None:
    with serving(forum()) as site:
        reader = Reader(site, "discourse", {})
        first, found = reader.crawl(max_pages=1)
        assert any("达到页数上限 1" in line for line in first.audit)
        assert (len(found), first.state["left"]) == (50, [])
        for number in range(201, 281):
            site.say(number, 3, "后来者", f"还没修好{number}", NOW + HOUR)
        new = [one for _ in range(2) for one in reader.crawl(max_pages=1)[1]]
        assert {int(one) for one in new} == set(range(201, 281))
        assert reader.state["left"] == []


def test_the_topics_of_a_category_and_what_is_new_in_a_long_one() -> None:
    with serving(DiscourseSite()) as site:
        for number in range(1, 46):
            site.say(number, 7, "小林", f"漏水{number}", NOW - timedelta(days=20) + number * HOUR)
        for topic in range(1, 5):
            site.say(100 + topic, topic, "小陈", "退款", NOW - timedelta(days=10) + topic * HOUR)
        reader = Reader(site, "discourse", {"categories": ["support/5"]})
        first, found = reader.crawl()
        assert (first.outcome, len(found)) == (Outcome.OK, 49), first.detail
        assert reader.crawl()[1] == []
        site.say(200, 7, "后来者", "还没修好", NOW + HOUR)
        site.taken()
        assert reader.crawl()[1] == ["200"]
        assert [path for path in site.taken() if "/t/" in path] == ["/t/7.json", "/t/7/posts.json?post_ids%5B%5D=200"]


def questions() -> StackSite:
    """Three questions, two answers, four comments."""
    site = StackSite()
    for number in (1, 2, 3):
        site.say("question", number, f"重复扣费{number}", NOW - timedelta(days=9 - number))
    site.say("answer", 11, "去投诉", NOW - timedelta(days=3), on=1)
    site.say("answer", 12, "同问", NOW - timedelta(days=2), on=1)
    for number, on in ((21, 1), (22, 11), (23, 3), (24, 3)):
        site.say("comment", number, f"我也是{number}", NOW - timedelta(days=1), on=on)
    return site


ALL = ["1", "11", "12", "2", "3", "comment-21", "comment-22", "comment-23", "comment-24"]


def test_questions_answers_and_comments_come_once_and_a_late_comment_is_found() -> None:
    with serving(questions()) as site:
        reader = Reader(site, "stackexchange", STACK, "2.3/")
        first, found = reader.crawl()
        assert (first.outcome, found) == (Outcome.OK, ALL), first.detail
        assert reader.crawl()[1] == []
        site.say("comment", 25, "还没退", NOW + HOUR, on=12)
        assert reader.crawl()[1] == ["comment-25"]


def test_after_a_backoff_nothing_more_is_asked_and_nothing_is_lost() -> None:
    with serving(questions()) as site:
        site.backoff = 10
        reader = Reader(site, "stackexchange", STACK, "2.3/")
        first, found = reader.crawl()
        assert (first.outcome, len(site.taken())) == (Outcome.OK, 1)
        assert any("等待 10 秒" in line for line in first.audit)
        while reader.state["left"] and reader.crawls < 6:
            found += reader.crawl()[1]
        assert sorted(found) == ALL


def test_reviews_end_where_the_cursor_comes_again_and_an_edit_comes_back() -> None:
    with serving(SteamSite()) as site:
        for number in range(1, 6):
            site.say(number, f"闪退{number}", NOW - timedelta(days=9 - number))
        reader = Reader(site, "steam", {"app": "990001", "languages": ["schinese"]})
        first, found = reader.crawl()
        assert (first.outcome, found) == (Outcome.OK, ["1", "2", "3", "4", "5"]), first.detail
        site.say(2, "退款了，改好评", NOW - timedelta(days=7), edited=NOW + HOUR / 2)
        site.taken()
        assert reader.crawl()[1] == ["2"]
        assert len(site.taken()) == 2  # the second page is older than the last crawl


REFUSALS = {
    "discourse": ({"errors": ["次数过多，请稍后再试"], "error_type": "rate_limit"}, 200),
    "github": ({"message": "API rate limit exceeded for 203.0.113.9."}, 200),
    "stackexchange": ({"error_id": 502, "error_name": "throttle_violation", "error_message": "too many requests"}, 400),
}


@pytest.mark.parametrize("platform", REFUSALS)
def test_a_refusal_that_looks_like_an_answer_is_blocked_and_ends_the_crawl(platform: str) -> None:
    parameters = {
        "github": {"repositories": [f"a/{name}" for name in "bcdefghijk"]},
        "stackexchange": STACK,
    }
    payload, status = REFUSALS[platform]
    with serving(DiscourseSite(instead=(status, payload))) as site:
        result, found = Reader(site, platform, parameters.get(platform, {})).crawl()
        assert (result.outcome, found) == (Outcome.BLOCKED, []), result.detail
        assert "接口报错" in result.detail
        assert len(site.taken()) < 10  # of twenty: those that were on their way already
