"""What JSON platforms share: bodies that are none, refusals in words, the cap on pages, the watermark of a backfill."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from listener.language import speaking
from listener.model import Outcome
from listener.spiders.base import Fetch, Job, Page, Parsed
from listener.spiders.payload import (
    JsonPlatform,
    Unreadable,
    counts,
    decoded,
    identified,
    identity,
    refusal,
    shape,
    words,
)
from tests.factories import NOW

HOUR = timedelta(hours=1)


def page(text: str, status: int = 200) -> Page:
    return Page(url="https://site.example/api", status=status, body=b"", text=text)


class Plain(JsonPlatform):
    """Reads what it gets as an error where it says so."""

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        if payload.get("error"):
            raise refusal(payload["error"])
        return Parsed(
            captures=[self.mention(one, "", fields={"rating": one, "edited_at": ""}) for one in payload["ids"]]
        )


def platform(**changes: Any) -> Plain:
    return Plain(Job(source="s", platform="plain", url="https://site.example/", now=NOW, **changes))


@pytest.mark.parametrize(
    ("text", "status", "wall"),
    [
        ('{"a": 1', 200, None),
        ("", 200, None),
        ("[" * 100_000, 200, None),
        ("Rate Limit Exceeded", 200, Outcome.BLOCKED),
        ("<html><title>登录</title><input type=password></html>", 200, Outcome.LOGIN_EXPIRED),
        ("<html><title>统一身份认证 SSO</title><body>请扫码</body></html>", 200, Outcome.LOGIN_EXPIRED),
        ("<html><title>Attention Required! | Cloudflare</title></html>", 200, Outcome.BLOCKED),
        ("<html><title>维护中</title></html>", 200, None),
        ("<html><title>Forbidden</title></html>", 403, Outcome.BLOCKED),
        ("<html><title>Forbidden</title></html>", 401, Outcome.LOGIN_EXPIRED),
    ],
    ids=["cut", "nothing", "deep", "limit", "login", "sso", "challenge", "maintenance", "403", "401"],
)
def test_a_body_that_is_no_json_is_broken_and_a_wall_where_it_is_one(
    text: str, status: int, wall: Outcome | None
) -> None:
    parsed = platform().read(page(text, status))
    assert (bool(parsed.broken), parsed.wall) == (True, wall)


@pytest.mark.parametrize(
    ("said", "wall"),
    [
        ("API rate limit exceeded for 203.0.113.9.", Outcome.BLOCKED),
        ("throttle_violation too many requests from this IP", Outcome.BLOCKED),
        ("您执行此操作的次数过多，请求过于频繁", Outcome.BLOCKED),
        ("Bad credentials", Outcome.LOGIN_EXPIRED),
        ("您需要先登录才能执行此操作", Outcome.LOGIN_EXPIRED),
        ("invalid numeric filter", None),
    ],
    ids=["rate", "throttle", "chinese", "credentials", "login", "mistake"],
)
def test_what_an_interface_says_went_wrong(said: str, wall: Outcome | None) -> None:
    trouble = refusal(said)
    assert trouble.wall is wall
    assert said in trouble.why


def test_a_refusal_is_one_short_line_in_the_language_chosen() -> None:
    with speaking("en"):
        why = refusal("first\nsecond " + "x" * 500).why
    assert why.startswith("the interface answers with an error: first second xxx")
    assert len(why) < 220


def test_records_without_an_id_are_passed_over_and_none_with_one_is_a_redesign() -> None:
    assert identified([{"id": 1}, {"name": "x"}], "id") == [{"id": 1}]
    assert identified([], "id") == []
    with pytest.raises(Unreadable):
        identified([{"number": 1}, {"number": 2}], "id")


def test_a_page_whose_captures_all_lack_an_id_is_broken_and_not_empty() -> None:
    some, none, empty = (platform().read(page(text)) for text in ('{"ids": ["1", ""]}', '{"ids": [""]}', '{"ids": []}'))
    assert [capture.native_id for capture in some.captures] == ["1"]
    assert (bool(none.broken), bool(empty.broken)) == (True, False)
    assert some.captures[0].fields == {"rating": "1"}  # what is empty is left out


def test_fields_of_the_wrong_kind_are_none() -> None:
    row = {"a": 7, "b": " ", "c": "text", "d": True, "e": None, "f": [1]}
    assert [words(row, key) for key in "abcdef"] == ["", "", "text", "", "", ""]
    assert [identity(row, key) for key in "abcdef"] == ["7", "", "text", "", "", ""]
    assert counts(row, likes="a", replies="c", views="d", reposts="missing") == {"likes": 7}


def test_a_first_crawl_ends_at_the_cap_and_a_later_one_leaves_the_rest() -> None:
    fetch = Fetch("https://site.example/2")
    first, later, backfill = Parsed(), Parsed(), Parsed()
    platform(max_pages=1).turn(first, fetch, "售后")
    platform(max_pages=1, state={"since": NOW.isoformat()}).turn(later, fetch)
    platform(max_pages=1, since=NOW - HOUR).turn(backfill, fetch)
    assert (first.fetches, first.later, first.audit) == ([], [], ["售后: 达到页数上限 1，更早的没有读取"])
    assert (later.fetches, later.later, later.audit) == ([], [fetch], ["达到页数上限 1，其余留到下次"])
    assert (backfill.fetches, backfill.later, backfill.audit) == ([fetch], [], [])


def test_pages_are_counted_for_each_list_by_itself() -> None:
    reader, parsed = platform(max_pages=2), Parsed()
    for name in ("a", "b", "a"):
        reader.turn(parsed, Fetch(f"https://site.example/{name}"), name)
    assert [fetch.url[-1] for fetch in parsed.fetches] == ["a", "b"]


@pytest.mark.parametrize(
    ("last", "since", "kept"),
    [
        (None, None, NOW),
        (NOW - 5 * HOUR, None, NOW),
        (NOW - 5 * HOUR, NOW - 9 * HOUR, NOW),
        (NOW - 5 * HOUR, NOW - 2 * HOUR, NOW - 5 * HOUR),
    ],
    ids=["first", "next", "backfill", "backfill that falls short"],
)
def test_a_backfill_that_does_not_reach_the_last_crawl_leaves_no_gap(
    last: datetime | None, since: datetime | None, kept: datetime
) -> None:
    state = {"since": last.isoformat()} if last else {}
    assert platform(state=state, since=since).next_state()["since"] == kept.isoformat()


def test_one_reads_back_to_the_backfills_begin_or_the_last_crawl_less_the_overlap() -> None:
    assert platform().floor() is None
    assert platform(state={"since": NOW.isoformat()}).floor() == NOW - HOUR
    assert platform(state={"since": NOW.isoformat()}, since=NOW - 9 * HOUR).floor() == NOW - 9 * HOUR
    assert platform(state={"since": "nonsense"}).floor() is None


def test_a_time_is_read_from_any_kind_of_field_and_never_invented() -> None:
    read = platform().date
    assert read(1795392000) == read("2026-11-23T00:00:00Z") == read(1795392000000)
    assert [read(value) for value in (None, True, "", [], "soon", 0)] == [None] * 6


def test_a_web_page_is_said_to_be_one() -> None:
    with pytest.raises(Unreadable, match="网页"):
        decoded(page("<html></html>"))


def test_the_fields_of_a_payload_by_the_way_to_them() -> None:
    payload = {"posts": [{"id": 1, "user": {"name": "a"}}, {"id": 2, "likes": 3}], "2026-11-23": {"x": 1}, "n": None}
    assert shape("topic", payload) == {
        "topic.posts": (1, 1), "topic.*": (1, 1), "topic.n": (1, 1), "topic.posts.id": (2, 2),
        "topic.posts.user": (1, 2), "topic.posts.likes": (1, 2), "topic.posts.user.name": (1, 1), "topic.*.x": (1, 1),
    }  # fmt: skip
    assert shape("", [[{"a": 1}], "x"]) == {"page.a": (1, 1)}
    assert shape("", "text") == shape("", None) == {}
    assert len(shape("", {f"k{n}": n for n in range(500)})) == 1
