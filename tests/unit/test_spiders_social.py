"""What fixtures of single pages do not show: windows that split, backfills, what is read again, who gets the secret."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from listener.model import Outcome
from listener.spiders.base import Fetch, Job, Page, Parsed, Platform, Revisit
from listener.spiders.registry import platforms
from tests.factories import NOW

DAY = timedelta(days=1)
PARAMETERS: dict[str, dict[str, Any]] = {
    "mastodon": {"hashtags": ["刹车"]},
    "bluesky": {"keywords": ["刹车"]},
    "telegram": {"channels": ["xinghe"]},
    "gdelt": {"query": "刹车"},
    "12365auto": {"brands": [77]},
    "heimao": {"companies": [6001]},
    "tieba": {"bars": ["星河"]},
    "weibo": {"queries": ["刹车"]},
}


def platform(name: str, url: str = "https://site.example/", **changes: Any) -> Platform:
    parameters = PARAMETERS[name] | changes.pop("parameters", {})
    return platforms()[name](Job(source="s", platform=name, url=url, parameters=parameters, now=NOW, **changes))


def answer(fetch: Fetch, payload: Any, **changes: Any) -> Page:
    text = payload if isinstance(payload, str) else json.dumps(payload)
    facts = {"url": fetch.url, "status": 200, "body": text.encode(), "text": text, "kind": fetch.kind}
    return Page(**{**facts, "context": fetch.context, "asked": fetch.url} | changes)


def articles(count: int) -> dict[str, Any]:
    rows = [{"url": f"https://n.example/{n}", "title": "召回", "seendate": "20261122T231500Z"} for n in range(count)]
    return {"articles": rows}


def windows(fetches: list[Fetch]) -> list[tuple[datetime, datetime]]:
    return [(datetime.fromisoformat(f.context["begin"]), datetime.fromisoformat(f.context["end"])) for f in fetches]


def test_a_full_window_of_news_is_split_until_all_is_seen() -> None:
    reader = platform("gdelt", state={"since": (NOW - DAY).isoformat()}, max_pages=10_000)
    waiting, whole, kept = reader.start(), [], 0
    while waiting:
        fetch = waiting.pop()
        ((begin, end),) = windows([fetch])
        full = end - begin > timedelta(hours=4)
        parsed = reader.read(answer(fetch, articles(250 if full else 3)))
        kept += len(parsed.captures)
        waiting += parsed.fetches
        whole += [] if full else [(begin, end)]
    whole.sort()
    assert whole[0][0] == NOW - DAY - timedelta(hours=2)
    assert whole[-1][1] == NOW
    assert all(before[1] == after[0] for before, after in pairwise(whole))
    assert kept > 250


def test_a_full_window_that_cannot_be_split_is_said() -> None:
    reader = platform("gdelt", state={"since": (NOW + timedelta(hours=1, minutes=50)).isoformat()})
    parsed = reader.read(answer(reader.start()[0], articles(250)))
    assert (parsed.fetches, len(parsed.audit)) == ([], 1)


def test_a_backfill_of_a_stream_begins_where_it_is_told() -> None:
    since = NOW - 3 * DAY
    reader = platform("bluesky", "wss://site.example/subscribe", since=since, state={"cursor": 1_795_000_000_000_000})
    (fetch,) = reader.start()
    assert fetch.url.endswith(f"cursor={int(since.timestamp() - 5) * 1_000_000}")


@pytest.mark.parametrize("name", ["mastodon", "12365auto", "heimao", "telegram", "tieba", "weibo", "bluesky"])
def test_a_backfill_reads_back_to_its_begin_whatever_the_last_crawl_saw(name: str) -> None:
    reader = platform(name, since=NOW - 9 * DAY, state={"since": NOW.isoformat()})
    assert {fetch.context["floor"] for fetch in reader.start()} == {(NOW - 9 * DAY).isoformat()}


@pytest.mark.parametrize(
    ("name", "wanted", "url"),
    [
        ("mastodon", Revisit("115", ""), "https://site.example/api/v1/statuses/115"),
        ("telegram", Revisit("xinghe/7", ""), "https://site.example/xinghe/7?embed=1"),
        ("heimao", Revisit("173", "https://t.example/v/173/?sld=a1"), "https://site.example/complaint/view/173/?sld=a1"),
        ("12365auto", Revisit("15", "https://site.example/zlts/20261121/15.shtml"), "https://site.example/zlts/20261121/15.shtml"),
        ("12365auto", Revisit("15", "https://evil.example/15"), None),
        ("tieba", Revisit("150", "", "90"), "https://site.example/p/90?pid=150"),
        ("weibo", Revisit("51", "", "51"), "https://site.example/statuses/show?id=51"),
        ("weibo", Revisit("52", "", "51"), None),
        ("gdelt", Revisit("https://n.example/1", ""), None),
    ],
)  # fmt: skip
def test_one_mention_is_read_again_where_the_platform_shows_it(name: str, wanted: Revisit, url: str | None) -> None:
    fetch = platform(name).revisit(wanted)
    assert (fetch.url if fetch else None) == url


@pytest.mark.parametrize(
    ("name", "tid", "url"),
    [
        ("mastodon", "115", "https://site.example/api/v1/statuses/115/context"),
        ("tieba", "90", "https://site.example/p/90?pn=3"),
        ("tieba", "../x", None),
        ("weibo", "51", "https://site.example/comments/hotflow?id=51&mid=51&max_id_type=0"),
        ("bluesky", "x", None),
        ("heimao", "17", None),
    ],
)
def test_a_thread_is_opened_again_where_it_was_left(name: str, tid: str, url: str | None) -> None:
    fetch = platform(name, state={"threads": {"90": [70, 3]}}).reopen(Revisit("", "", tid))
    assert (fetch.url if fetch else None) == url


def test_a_later_round_of_a_backfill_goes_on_where_the_first_one_was() -> None:
    url, state = "wss://site.example/subscribe", {"cursor": int(NOW.timestamp()) * 1_000_000}
    (begun,) = platform("bluesky", url, since=NOW - DAY, state=state).start()
    said = int((NOW - DAY / 2).timestamp()) * 1_000_000
    event = {"did": "did:plc:a", "time_us": said, "kind": "commit", "commit": {}}
    later = platform("bluesky", url, since=NOW - DAY, state=state)
    (following,) = later.read(answer(begun, event)).fetches
    assert following.url.endswith(f"cursor={said - 5_000_000}")
    assert later.next_state()["cursor"] == state["cursor"]


def test_a_mention_of_a_stream_is_read_again_by_the_interface() -> None:
    reader = platform("bluesky", "wss://site.example/subscribe", parameters={"api": "https://api.example"})
    fetch = reader.revisit(Revisit("at://did:plc:a/app.bsky.feed.post/3k", ""))
    assert fetch is not None
    assert fetch.url.startswith("https://api.example/xrpc/app.bsky.feed.getPostThread?uri=at%3A%2F%2Fdid")


def test_what_is_to_be_read_again_is_known_to_the_stream() -> None:
    uri = "at://did:plc:a/app.bsky.feed.post/3k"
    reader = platform("bluesky", "wss://site.example/subscribe", revisits=(Revisit(uri, ""),))
    commit = {"operation": "delete", "collection": "app.bsky.feed.post", "rkey": "3k"}
    event = {"did": "did:plc:a", "time_us": int(NOW.timestamp()) * 1_000_000, "kind": "commit", "commit": commit}
    assert reader.read(answer(reader.start()[0], event)).gone == [uri]


@pytest.mark.parametrize(
    ("name", "header"),
    [("mastodon", {"Authorization": "Bearer s3"}), ("weibo", {"Cookie": "s3"}), ("heimao", {"Cookie": "s3"}),
     ("tieba", {"Cookie": "s3"}), ("telegram", {}), ("12365auto", {})],
)  # fmt: skip
def test_the_secret_goes_into_the_header_that_the_platform_wants(name: str, header: dict[str, str]) -> None:
    reader = platform(name, secret="s3")
    assert reader.headers(reader.start()[0]) == header


@pytest.mark.parametrize("name", ["mastodon", "heimao", "weibo"])
def test_a_source_that_names_nothing_to_read_is_a_mistake(name: str) -> None:
    empty = {key: [] for key in PARAMETERS[name]}
    with pytest.raises(ValidationError):
        platform(name, parameters=empty)


def test_a_complaint_is_read_again_only_where_its_state_has_changed() -> None:
    main = {
        "sn": "17",
        "title": "刹车异响",
        "status": 4,
        "timestamp": "1795392000",
        "url": "//t.example/complaint/view/17/",
    }
    page = '<div class="ts-d-question"><h1>刹车异响</h1></div>'

    def crawl(state: dict[str, Any], status: int) -> tuple[Parsed, dict[str, Any]]:
        reader = platform("heimao", state=state)
        rows = {"complaints": [{"main": main | {"status": status}}]}
        listed = reader.read(answer(reader.start()[0], {"result": {"status": {"code": 0}, "data": rows}}))
        for fetch in listed.fetches:
            assert reader.read(answer(fetch, page)).captures[0].native_id == "17"
        return listed, reader.next_state()

    first, state = crawl({}, 4)
    second, state = crawl(state, 4)
    third, _ = crawl(state, 6)
    assert [len(one.fetches) for one in (first, second, third)] == [1, 0, 1]


def test_a_thread_that_grew_is_read_from_its_last_page() -> None:
    reader = platform("tieba", state={"threads": {"90": [12, 2]}})
    rows = '<ul id="thread_list"><li class="j_thread_list" data-field=\'{"id": 90, "reply_num": %d}\'></li></ul>'
    same = reader.read(answer(reader.start()[0], rows % 12))
    more = reader.read(answer(reader.start()[0], rows % 13))
    assert [fetch.url for fetch in same.fetches] == []
    assert [fetch.url for fetch in more.fetches] == ["https://site.example/p/90?pn=2"]


@pytest.mark.parametrize("name", sorted(PARAMETERS))
@pytest.mark.parametrize("text", ["", "null", "[]", "7", '"x"', '{"data": null}', "<html></html>", "[" * 100_000])
def test_nonsense_is_never_taken_for_a_page_without_news(name: str, text: str) -> None:
    reader = platform(name)
    parsed = reader.read(answer(reader.start()[0], text))
    is_empty_list = text == "[]" and name == "mastodon"
    assert parsed.captures == parsed.gone == []
    assert bool(parsed.broken) is not is_empty_list


def test_a_slider_and_a_signature_are_walls() -> None:
    tieba, heimao = platform("tieba"), platform("heimao")
    slid = tieba.read(answer(tieba.start()[0], "", url="https://wappass.baidu.com/static/captcha/x"))
    signed = {"result": {"status": {"code": 11, "msg": "签名错误"}}}
    assert slid.wall is Outcome.BLOCKED
    assert heimao.read(answer(heimao.start()[0], signed)).wall is Outcome.BLOCKED
