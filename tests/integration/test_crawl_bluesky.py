"""Crawls of a Jetstream: everything once, what is new found, and never a cursor lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said
from tests.factories import NOW
from tests.stream_server import Jetstream, micro, serving

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
OLD = micro(NOW - HOUR)


@pytest.fixture
def site() -> Iterator[Jetstream]:
    with serving(Jetstream()) as stream:
        yield stream


def crawl(site: Jetstream, state: Any = None, **changes: Any) -> tuple[Result, list[RawMention]]:
    parameters = {"keywords": ["刹车"], "listen": 0.4 if site.way == "hang" else 1.5}
    given = job(site.url, "bluesky", parameters=parameters, state=state or {}, request_timeout=20, **changes)
    return said(run_child(given))


def keys(found: list[RawMention]) -> list[str]:
    return [mention.native_id.rpartition("/")[2] for mention in found]


def cursor(result: Result) -> int:
    return int(result.state["platform"]["cursor"])


def test_all_comes_once_and_then_what_is_new(site: Jetstream) -> None:
    kept = site.say("1", "新车刹车失灵", NOW - 240 * SECOND)
    for number in range(40):
        site.say(f"c{number}", "闲聊", NOW - (200 - 5 * number) * SECOND)
    site.say("2", "剎車异响没人管", NOW - 2 * SECOND, did="did:plc:mei")
    first, found = crawl(site)
    assert (first.outcome, keys(found)) == (Outcome.OK, ["1", "2"])
    assert [mention.published_at for mention in found] == [NOW - 240 * SECOND, NOW - 2 * SECOND]

    later = NOW + HOUR
    site.say(
        "3",
        "我也是，退车",
        later - 40 * SECOND,
        did="did:plc:lin",
        reply={"root": {"uri": kept}, "parent": {"uri": kept}},
    )
    site.delete("1", later - 30 * SECOND)
    for number in range(9):
        site.say(f"d{number}", "闲聊", later - number * SECOND)
    second, found = crawl(site, first.state, now=later.isoformat())
    assert (second.outcome, set(keys(found)) - {"2"}) == (Outcome.OK, {"3"})  # 2 lies within the overlap
    assert found[-1].thread_id == kept
    assert site.cursors[-1] > micro(NOW) - 60_000_000

    site.delete("3", later + SECOND)
    third, found = crawl(site, second.state, now=(later + SECOND).isoformat())
    assert (third.outcome, found) == (Outcome.EMPTY, [])


@pytest.mark.parametrize(("way", "outcome"), [("hang", Outcome.UNREACHABLE), ("garbage", Outcome.PARSER_BROKE)])
def test_a_stream_in_trouble_keeps_the_cursor(site: Jetstream, way: str, outcome: Outcome) -> None:
    site.way = way
    result, found = crawl(site, {"platform": {"cursor": OLD}})
    assert (result.outcome, found, cursor(result)) == (outcome, [], OLD)


def test_a_server_that_lies_about_the_time_moves_no_cursor(site: Jetstream) -> None:
    for number in range(20):
        site.say(str(number), "刹车", NOW + timedelta(days=400 + number))
    result, found = crawl(site, {"platform": {"cursor": OLD}})
    assert (result.outcome, found, cursor(result)) == (Outcome.PARSER_BROKE, [], OLD)


def test_a_stream_that_is_cut_again_and_again_gets_on(site: Jetstream) -> None:
    site.way = "cut"
    for number in range(30):
        site.say(str(number), f"刹车{number}", NOW - (2000 - 60 * number) * SECOND)
    result, found = crawl(site, {"platform": {"cursor": OLD}}, max_pages=3)
    assert (result.outcome, len(found)) == (Outcome.OK, 30)
    assert OLD < cursor(result) <= micro(NOW)
    assert len(site.cursors) <= 3


@pytest.mark.parametrize(("status", "outcome"), [(429, Outcome.BLOCKED), (302, Outcome.UNREACHABLE)])
def test_a_refused_handshake_is_its_outcome(site: Jetstream, status: int, outcome: Outcome) -> None:
    site.answers["/subscribe"] = (status, "", {"Location": "ws://10.1.2.3/subscribe"})
    result, _ = crawl(site, {"platform": {"cursor": OLD}})
    assert (result.outcome, cursor(result)) == (outcome, OLD)
    assert status != 302 or "不是公网地址" in result.detail


def test_robots_txt_has_a_word_on_streams(site: Jetstream) -> None:
    site.answers["/robots.txt"] = (200, "User-agent: *\nDisallow: /subscribe\n", {})
    result, _ = crawl(site)
    assert (result.outcome, site.cursors) == (Outcome.ROBOTS_DENIED, [])
