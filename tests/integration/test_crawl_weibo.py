"""Crawls of a small Weibo: long texts whole, new comments found, an expired cookie named, the cookie kept to itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from listener.model import Outcome, RawMention
from listener.spiders.protocol import Result
from tests.child_runs import job, run_child, said
from tests.factories import NOW
from tests.json_site import Answer, JsonSite, serving

HOUR = timedelta(hours=1)
COOKIE = "SUB=geheim123"
ON_A_PAGE = 3


@dataclass
class Weibo:
    """``texts``: id to text, long ones are cut. ``comments``: id to texts. ``refusal``: all it says."""

    texts: dict[int, str] = field(default_factory=dict)
    comments: dict[int, list[str]] = field(default_factory=dict)
    refusal: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        if self.refusal is not None or self.status != 200:
            return self.status, self.refusal or "", self.headers
        if path == "/api/container/getIndex":
            return 200, self._list(int(query.get("page", 1))), {}
        number = int(query["id"])
        if path == "/statuses/extend":
            return 200, {"ok": 1, "data": {"longTextContent": self.texts[number]}}, {}
        rows = [self._said(number * 100 + n, text) for n, text in enumerate(self.comments[number])]
        return 200, {"ok": 1, "data": {"data": rows, "max_id": 0, "max_id_type": 0}}, {}

    def _list(self, page: int) -> dict[str, Any]:
        newest = sorted(self.texts, reverse=True)
        shown = newest[(page - 1) * ON_A_PAGE : page * ON_A_PAGE]
        following = page + 1 if page * ON_A_PAGE < len(newest) else None
        cards = [{"card_type": 9, "mblog": self._blog(number)} for number in shown]
        return {"ok": 1, "data": {"cardlistInfo": {"page": following}, "cards": cards}}

    def _said(self, number: int, text: str) -> dict[str, Any]:
        at = NOW - timedelta(days=3) + number % 1000 * timedelta(minutes=1)
        user = {"id": number, "screen_name": f"用户{number}", "followers_count": 3}
        return {
            "id": str(number),
            "mid": str(number),
            "text": text,
            "user": user,
            "created_at": f"{at:%a %b %d %H:%M:%S %z %Y}",
        }

    def _blog(self, number: int) -> dict[str, Any]:
        text = self.texts[number]
        long = len(text) > 20
        shown = f'{text[:20]} ...<a href="/status/{number}">全文</a>' if long else text
        count = len(self.comments.get(number, []))
        return {**self._said(number, shown), "isLongText": long, "comments_count": count}


@pytest.fixture
def weibo() -> Weibo:
    return Weibo({n: f"刹车异响{n}" for n in range(1, 8)} | {8: "刹车" * 30}, {3: ["同款", "顶"], 8: ["报警"]})


@pytest.fixture
def site(weibo: Weibo) -> Iterator[JsonSite]:
    with serving(JsonSite(weibo.answer)) as served:
        yield served


def crawl(site: JsonSite, state: Any = None, **changes: Any) -> tuple[Result, list[RawMention]]:
    given = job(site.url, "weibo", parameters={"queries": ["刹车"]}, state=state or {}, secret=COOKIE, **changes)
    done = run_child(given)
    assert b"geheim123" not in done.stdout + done.stderr
    return said(done)


def test_all_comes_once_and_then_only_what_is_new(weibo: Weibo, site: JsonSite) -> None:
    first, found = crawl(site)
    texts = {mention.native_id: mention.content for mention in found}
    said_below = {"300": "同款", "301": "顶", "800": "报警"}
    assert first.outcome is Outcome.OK
    assert texts == {str(number): text for number, text in weibo.texts.items()} | said_below
    assert len(found) == len(texts)
    assert all(mention.author_name and mention.published_at for mention in found)
    assert {headers.get("Cookie") for path, headers in site.asked if path != "/robots.txt"} == {COOKIE}

    site.paths()
    weibo.comments[8].append("我也遇到了")
    second, found = crawl(site, first.state, now=(NOW + HOUR).isoformat())
    assert second.outcome is Outcome.OK
    assert "801" in {mention.native_id for mention in found}
    assert {mention.native_id for mention in found} - set(texts) == {"801"}
    assert [path for path in site.paths() if "comments" in path] == ["/comments/hotflow?id=8&mid=8&max_id_type=0"]


@pytest.mark.parametrize(
    ("refusal", "outcome"),
    [
        ({"ok": -100, "url": "https://passport.weibo.com/sso/signin"}, Outcome.LOGIN_EXPIRED),
        ("<html><title>登录 - 微博</title><input type=password></html>", Outcome.LOGIN_EXPIRED),
        ({"ok": 0, "msg": "请求过于频繁,歇歇吧"}, Outcome.BLOCKED),
    ],
    ids=["expired", "login page", "too often"],
)
def test_a_refusal_is_named_and_the_old_state_kept(
    weibo: Weibo, site: JsonSite, refusal: Any, outcome: Outcome
) -> None:
    weibo.refusal = refusal
    kept = {"since": (NOW - HOUR).isoformat(), "comments": {"3": 2}}
    result, found = crawl(site, {"platform": kept})
    assert (result.outcome, found, result.state["platform"]) == (outcome, [], kept)


def test_a_site_that_sends_one_to_its_login_wants_a_login(weibo: Weibo, site: JsonSite) -> None:
    weibo.status, weibo.headers = 302, {"Location": "http://passport.localhost/sso/signin?r=1"}
    result, _ = crawl(site)
    assert (result.outcome, len(site.paths())) == (Outcome.LOGIN_EXPIRED, 1)


def test_a_crawl_that_is_asked_to_slow_down_stops_at_once(weibo: Weibo, site: JsonSite) -> None:
    weibo.status = 418
    result, _ = crawl(site)
    assert (result.outcome, len(site.paths())) == (Outcome.BLOCKED, 1)
