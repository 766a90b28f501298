"""Crawls of a small Mastodon server: pages by the Link header, answers found when they come, a token kept to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said
from tests.factories import NOW
from tests.json_site import Answer, JsonSite, serving

ON_A_PAGE = 4


@dataclass
class Mastodon:
    """``statuses``: numbers of tagged ones, growing with time. ``answers``: number to the numbers that answer it."""

    statuses: list[int] = field(default_factory=lambda: list(range(100, 110)))
    answers: dict[int, list[int]] = field(default_factory=lambda: {103: [203, 204]})
    status: int = 200

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        if self.status != 200:
            return self.status, {"error": "Too many requests"}, {}
        if path.endswith("/context"):
            below = self.answers[int(path.split("/")[-2])]
            return 200, {"ancestors": [], "descendants": [self.shown(number) for number in below]}, {}
        older = [number for number in sorted(self.statuses, reverse=True) if number < int(query.get("max_id", 10_000))]
        page = older[:ON_A_PAGE]
        link = f'<http://web:3000/api/v1/timelines/tag/x?limit=4&max_id={page[-1]}>; rel="next"' if page else ""
        return 200, [self.shown(number) for number in page], {"Link": link} if link else {}

    def shown(self, number: int) -> dict[str, Any]:
        at = (NOW - timedelta(hours=3) + number % 100 * timedelta(minutes=10)).astimezone(UTC)
        count = len(self.answers.get(number, []))
        account = {"id": "7", "acct": f"user{number}", "display_name": f"车主{number}"}
        return {
            "id": str(number), "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}", "content": f"<p>刹车{number}</p>",
            "url": f"https://m.example/{number}", "account": account, "replies_count": count,
        }  # fmt: skip


@pytest.fixture
def server() -> Mastodon:
    return Mastodon()


@pytest.fixture
def site(server: Mastodon) -> Iterator[JsonSite]:
    with serving(JsonSite(server.answer)) as served:
        yield served


def crawl(site: JsonSite, state: Any = None, **changes: Any) -> tuple[Result, list[RawMention]]:
    given = job(site.url, "mastodon", parameters={"hashtags": ["刹车"]}, state=state or {}, secret="t0ken", **changes)
    done = run_child(given)
    assert b"t0ken" not in done.stdout + done.stderr
    return said(done)


def test_all_comes_once_and_then_only_what_is_new(server: Mastodon, site: JsonSite) -> None:
    first, found = crawl(site)
    assert first.outcome is Outcome.OK
    assert sorted(int(one.native_id) for one in found) == [*range(100, 110), 203, 204]
    assert {one.thread_id for one in found if one.native_id in ("203", "204")} == {"103"}
    assert {headers.get("Authorization") for path, headers in site.asked if path != "/robots.txt"} == {"Bearer t0ken"}

    site.paths()
    later = NOW + timedelta(minutes=10)
    server.answers[109] = [305]
    second, found = crawl(site, first.state, now=later.isoformat())
    assert second.outcome is Outcome.OK
    assert {one.native_id for one in found} - {str(number) for number in server.statuses} == {"305"}
    assert [path for path in site.paths() if "context" in path] == ["/api/v1/statuses/109/context"]


def test_a_server_that_was_asked_too_often_is_left_alone(server: Mastodon, site: JsonSite) -> None:
    server.status = 429
    kept = {"since": NOW.isoformat(), "replies": {"103": 2}}
    result, found = crawl(site, {"platform": kept})
    assert (result.outcome, found, result.state["platform"], len(site.paths())) == (Outcome.BLOCKED, [], kept, 1)
