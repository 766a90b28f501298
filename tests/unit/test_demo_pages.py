"""Times as Discuz shows them, and the markup of the demo's pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from listener.demo.pages import ZONE, breaks, plain, relative, render, shown_time

NOW = datetime(2026, 11, 23, 10, 30, 0, tzinfo=ZONE)


def ago(**parts: float) -> datetime:
    return NOW - timedelta(**parts)


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (ago(), "刚刚"),
        (ago(seconds=51), "51\xa0秒前"),
        (ago(seconds=61), "1\xa0分钟前"),
        (ago(minutes=29, seconds=59), "29\xa0分钟前"),
        (ago(minutes=31), "半小时前"),
        (ago(hours=1, seconds=1), "1\xa0小时前"),
        (ago(hours=10, minutes=30), "10\xa0小时前"),  # midnight itself is still today
        (ago(hours=10, minutes=31), "昨天\xa023:59"),
        (ago(hours=34, minutes=29), "昨天\xa000:01"),
        (ago(hours=34, minutes=31), "前天\xa023:59"),
        (ago(days=3), "3\xa0天前"),
        (ago(days=6), "6\xa0天前"),
        (datetime(2026, 11, 16, 0, 1, tzinfo=ZONE), "7\xa0天前"),
        (datetime(2026, 11, 15, 23, 59, tzinfo=ZONE), ""),
    ],
)
def test_relative_times_as_discuz_writes_them(moment: datetime, shown: str) -> None:
    assert relative(moment, NOW) == shown


def test_the_day_changes_at_midnight_in_china_whatever_the_offset() -> None:
    assert relative(ago(hours=10, minutes=31).astimezone(UTC), NOW.astimezone(UTC)) == "昨天\xa023:59"


def test_plain_dates_have_no_leading_zeros_but_clocks_have() -> None:
    assert plain(datetime(2026, 3, 5, 4, 7, 9, tzinfo=ZONE)) == "2026-3-5 04:07:09"
    assert plain(datetime(2026, 3, 5, 4, 7, 9, tzinfo=ZONE), seconds=False) == "2026-3-5 04:07"
    assert plain(datetime(2026, 3, 4, 20, 7, 9, tzinfo=UTC)) == "2026-3-5 04:07:09"


def test_a_recent_time_has_the_exact_one_in_its_title() -> None:
    assert shown_time(ago(minutes=5), NOW) == '<span title="2026-11-23 10:25:00">5&nbsp;分钟前</span>'
    assert shown_time(ago(minutes=5), NOW, title="minute") == '<span title="2026-11-23 10:25">5&nbsp;分钟前</span>'


def test_the_list_tells_only_the_day_of_a_thread_and_marks_todays() -> None:
    today = '<span class="xi1"><span title="2026-11-23">5&nbsp;分钟前</span></span>'
    assert shown_time(ago(minutes=5), NOW, title="day") == today
    assert shown_time(ago(days=2), NOW, title="day") == '<span title="2026-11-21">前天&nbsp;10:30</span>'
    assert shown_time(ago(days=20), NOW, title="day") == "<span>2026-11-3</span>"


def test_an_old_time_is_plain() -> None:
    assert shown_time(ago(days=20), NOW) == "2026-11-3 10:30:00"


def test_line_ends_become_breaks_and_markup_is_escaped() -> None:
    assert breaks("一<b>\n二") == "一&lt;b&gt;<br />\n二"


def test_templates_escape_what_they_are_given() -> None:
    values = {"board": "<x>", "url": "http://127.0.0.1/", "now": NOW, "text": "<script>alert(1)</script>"}
    page = render("message.html", values, status=404)
    assert page.status == 404
    assert b"<script>alert" not in page.body
    assert "&lt;script&gt;" in page.body.decode()
