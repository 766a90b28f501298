"""The seams of the JSON platforms: where a crawl begins, how a mention is read again, what is kept, what is secret."""

from __future__ import annotations

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from listener.language import speaking
from listener.settings import SourceSettings
from listener.spiders.base import Job, Page, Platform, Revisit
from listener.spiders.registry import check_parameters, is_experimental, platforms
from tests.factories import NOW

ROOT = Path(__file__).parents[2]
HOUR = timedelta(hours=1)
URLS = {
    "app_store": ("https://itunes.apple.com/", {"app": "1200000001", "countries": ["CN", "hk"]}),
    "discourse": ("https://forum.example/", {}),
    "github": ("https://api.github.com/", {"repositories": ["lanjing/app"], "queries": ["蓝鲸"]}),
    "hackernews": ("https://hn.algolia.com/", {"queries": ["蓝鲸"]}),
    "nodebb": ("https://bbs.example/", {"categories": [5]}),
    "stackexchange": ("https://api.stackexchange.com/2.3/", {"queries": ["蓝鲸"], "tags": ["lanjing"]}),
    "steam": ("https://store.steampowered.com/", {"app": "990001", "languages": ["schinese"]}),
    "v2ex": ("https://www.v2ex.com/", {"nodes": ["qna"]}),
}


def platform(name: str, **changes: Any) -> Platform:
    url, parameters = URLS[name]
    facts = {"source": "s", "platform": name, "url": url, "parameters": parameters, "now": NOW}
    return platforms()[name](Job(**(facts | changes)))


@pytest.mark.parametrize("name", URLS)
def test_the_example_is_sound_and_switched_on_by_its_ending(name: str) -> None:
    text = (ROOT / "config" / "sources" / f"{name}.toml.example").read_text(encoding="utf-8")
    source = SourceSettings.model_validate(tomllib.loads(text))
    assert source.platform == name
    assert check_parameters(source) == []


@pytest.mark.parametrize(
    ("name", "options", "said"),
    [
        ("discourse", {"categories": ["support"]}, 'support is written as "support/5"'),
        ("github", {}, "repositories or queries is needed"),
        ("github", {"repositories": ["lanjing"]}, 'lanjing is written as "owner/name"'),
        ("stackexchange", {"site": "stackoverflow"}, "queries or tags are needed"),
        ("app_store", {}, "is missing"),
        ("app_store", {"app": "id1200000001"}, "pattern"),
        ("steam", {"app": "990001", "language": ["schinese"]}, "languages"),
        ("hackernews", {"queries": []}, "at least 1"),
    ],
    ids=["category", "nothing asked", "no owner", "no words", "no app", "id in the app", "misspelt", "no query"],
)
def test_a_mistake_in_the_keys_is_named(name: str, options: dict[str, Any], said: str) -> None:
    source = SourceSettings.model_validate({"name": "s", "platform": name, "url": URLS[name][0], **options})
    with speaking("en"):
        (mistake,) = check_parameters(source)
        assert said in f"{mistake.what} {mistake.mend}"


@pytest.mark.parametrize(
    ("name", "native_id", "url", "thread", "asked"),
    [
        ("discourse", "905", "", "311", "https://forum.example/posts/905.json"),
        ("nodebb", "421", "", "42", "https://bbs.example/api/post/421"),
        (
            "github",
            "issue-1",
            "https://github.com/lanjing/app/issues/91",
            "",
            "https://api.github.com/repos/lanjing/app/issues/91",
        ),
        (
            "github",
            "comment-5",
            "https://github.com/lanjing/app/issues/91#issuecomment-5",
            "",
            "https://api.github.com/repos/lanjing/app/issues/comments/5",
        ),
        ("hackernews", "46000011", "", "46000010", "https://hacker-news.firebaseio.com/v0/item/46000011.json"),
        ("v2ex", "topic-1250001", "", "1250001", "https://www.v2ex.com/api/topics/show.json?id=1250001"),
        (
            "v2ex",
            "reply-7",
            "",
            "1250001",
            "https://www.v2ex.com/api/replies/show.json?topic_id=1250001&page=1&page_size=100",
        ),
    ],
)
def test_a_mention_is_read_again_where_it_stands(name: str, native_id: str, url: str, thread: str, asked: str) -> None:
    fetch = platform(name).revisit(Revisit(native_id, url, thread))
    assert fetch is not None
    assert fetch.url == asked


@pytest.mark.parametrize(
    ("native_id", "thread", "path"),
    [("79000001", "79000001", "questions"), ("79000011", "79000001", "answers"), ("comment-9", "79000001", "comments")],
)
def test_a_question_an_answer_and_a_comment_are_read_again_by_their_kind(
    native_id: str, thread: str, path: str
) -> None:
    fetch = platform("stackexchange").revisit(Revisit(native_id, "", thread))
    assert fetch is not None
    assert fetch.url.startswith(f"https://api.stackexchange.com/2.3/{path}/{native_id.removeprefix('comment-')}?")


@pytest.mark.parametrize(
    ("name", "thread", "asked"),
    [
        ("discourse", "311", "https://forum.example/t/311.json"),
        ("nodebb", "42", "https://bbs.example/api/topic/42?page=3&sort=oldest_to_newest"),
        ("github", "found/app#91", "https://api.github.com/repos/found/app/issues/91/comments?per_page=100"),
        (
            "hackernews",
            "46000010",
            "https://hn.algolia.com/api/v1/search_by_date?query=&tags=comment%2Cstory_46000010&",
        ),
        ("stackexchange", "79000001", "https://api.stackexchange.com/2.3/questions/79000001?site=stackoverflow"),
        ("v2ex", "1250001", "https://www.v2ex.com/api/topics/show.json?id=1250001"),
    ],
)
def test_a_known_thread_is_opened_where_its_unread_part_begins(name: str, thread: str, asked: str) -> None:
    state = {"pages": {"42": 3}} if name == "nodebb" else {}
    parameters = {"categories": ["support/5"]} if name == "discourse" else URLS[name][1]
    reader = platform(name, state=state, parameters=parameters)
    fetch = reader.reopen(Revisit("", "https://x.example/", thread))
    assert fetch is not None
    assert fetch.url.startswith(asked)
    assert reader.reopen(Revisit("", "https://x.example/", "../etc")) is None


@pytest.mark.parametrize(
    ("name", "thread"), [("discourse", "311"), ("github", "Lanjing/app#91"), ("stackexchange", "79000001")]
)
def test_a_thread_whose_news_come_anyway_is_not_opened_by_itself(name: str, thread: str) -> None:
    reader = platform(name, state={"known": {"79000001": "79000001"}})
    assert reader.reopen(Revisit("", "https://x.example/", thread)) is None


def test_looking_for_one_mention_on_further_pages_is_still_about_that_mention() -> None:
    rows = ",".join(f'{{"id": {number}, "content": "x"}}' for number in range(1, 101))
    v2ex = platform("v2ex")
    fetch = v2ex.revisit(Revisit("reply-999", "", "1250001"))
    assert fetch is not None
    page = Page(url=fetch.url, status=200, body=b"", text=f"[{rows}]", kind=fetch.kind, context=fetch.context)
    assert [follow.again for follow in v2ex.read(page).fetches] == ["reply-999"]
    nodebb = platform("nodebb")
    fetch = nodebb.revisit(Revisit("421", "", "42"))
    assert fetch is not None
    page = Page(url=fetch.url, status=200, body=b"", text='"/topic/42/x/2"', kind=fetch.kind, context=fetch.context)
    assert [follow.again for follow in nodebb.read(page).fetches] == ["421"]


def test_a_backfill_of_stack_exchange_hands_on_everything_at_once() -> None:
    reader = platform("stackexchange", since=NOW - timedelta(days=300))
    (fetch,) = reader.start()
    text = '{"items": [], "has_more": true, "quota_max": 300, "quota_remaining": 99}'
    page = Page(url=fetch.url, status=200, body=b"", text=text, kind=fetch.kind, context=fetch.context, asked=fetch.url)
    assert len(reader.read(page).fetches) == 2  # the tag, and the next page


@pytest.mark.parametrize("name", ["app_store", "steam"])
def test_where_no_page_shows_one_mention_it_is_not_read_again(name: str) -> None:
    assert platform(name).revisit(Revisit("1", "https://x.example/1")) is None


@pytest.mark.parametrize("name", ["discourse", "github", "hackernews", "nodebb", "stackexchange", "v2ex"])
def test_an_id_that_is_not_the_platforms_own_is_not_asked_for(name: str) -> None:
    assert platform(name).revisit(Revisit("../../etc/passwd", "https://x.example/")) is None


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("discourse", "User-Api-Key"),
        ("github", "Authorization"),
        ("nodebb", "Authorization"),
        ("stackexchange", "X-API-Key"),
        ("v2ex", "Authorization"),
    ],
)
def test_a_secret_goes_into_a_header_and_into_no_address(name: str, header: str) -> None:
    reader = platform(name, secret="hush-hush")
    fetches = reader.start()
    assert "hush-hush" in reader.headers(fetches[0])[header]
    assert not any("hush-hush" in f"{fetch.url}{fetch.headers}{fetch.context}" for fetch in fetches)


def test_a_backfill_asks_the_interface_for_what_is_that_old() -> None:
    since = NOW - timedelta(days=300)
    state = {"since": NOW.isoformat()}
    asked = {name: platform(name, since=since, state=state).start()[0].url for name in URLS}
    assert f"created_at_i%3E{int(since.timestamp())}" in asked["hackernews"]
    assert f"min={int(since.timestamp())}" in asked["stackexchange"]
    assert "since=2026-01-27T02%3A00%3A00Z" in asked["github"]


def test_a_first_crawl_asks_for_everything_there_is() -> None:
    asked = {name: [fetch.url for fetch in platform(name).start()] for name in URLS}
    assert asked["app_store"] == [
        f"https://itunes.apple.com/{country}/rss/customerreviews/page=1/id=1200000001/sortby=mostrecent/json"
        for country in ("cn", "hk")
    ]
    assert asked["discourse"] == ["https://forum.example/posts.json"]
    assert asked["nodebb"] == ["https://bbs.example/api/category/5?page=1&sort=recently_replied"]
    assert [url.split("?")[0].rpartition("/")[2] for url in asked["github"]] == ["issues", "comments", "issues"]
    assert len(asked["stackexchange"]) == 1  # one after the other
    assert not any(
        "since" in url or "min=" in url or "numericFilters" in url for urls in asked.values() for url in urls
    )


def test_with_a_token_v2ex_is_read_by_its_new_interface() -> None:
    (fetch,) = platform("v2ex", secret="t").start()
    assert fetch.url == "https://www.v2ex.com/api/v2/nodes/qna/topics?p=1"


def test_stack_exchange_keeps_its_watermark_until_every_search_was_read() -> None:
    reader = platform("stackexchange", state={"since": "2026-11-20T10:00:00+08:00"})
    (fetch,) = reader.start()
    assert reader.next_state() == {"since": "2026-11-20T10:00:00+08:00"}
    for _ in range(2):  # the query, then the tag
        text = '{"items": [], "has_more": false, "quota_max": 300, "quota_remaining": 99}'
        page = Page(url=fetch.url, status=200, body=b"", text=text, context=fetch.context, asked=fetch.url)
        parsed = reader.read(page)
        fetch = (parsed.fetches or [fetch])[0]
    assert reader.next_state()["since"] == NOW.isoformat()


def test_a_key_that_is_not_in_force_is_said() -> None:
    reader = platform("stackexchange", secret="k")
    (fetch,) = reader.start()
    text = '{"items": [], "has_more": false, "quota_max": 300, "quota_remaining": 99}'
    page = Page(url=fetch.url, status=200, body=b"", text=text, context=fetch.context, asked=fetch.url)
    assert any("密钥没有生效" in line for line in reader.read(page).audit)


def test_only_what_nobody_here_has_seen_is_experimental() -> None:
    assert is_experimental("v2ex")
    assert not is_experimental("discourse")
    assert not is_experimental("no such platform")
    text = (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")
    marked = {name for name, found in platforms().items() if found.EXPERIMENTAL}
    assert marked == {
        line.split()[1] for line in text.splitlines() if line.startswith("## ") and "(experimental)" in line
    }
