"""From a capture to what its author said."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from listener.errors import Permanent
from listener.text.clean import CUT, TEXT_LIMIT, TITLE_LIMIT, clean, excerpt
from listener.text.markup import text_of
from tests.factories import NOW, raw


def text(markup: str) -> str:
    return clean(raw(content=markup, content_type="text/html; charset=gbk"), 1).text


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("", ""),
        ("<p></p>", ""),
        ("刹车失灵", "刹车失灵"),
        ("<p>刹车失灵</p><p>没人管</p>", "刹车失灵\n没人管"),
        ("刹车<br>失灵<br/>了", "刹车\n失灵\n了"),
        ("<b>刹</b>车<i>失</i>灵", "刹车失灵"),
        ("<ul><li>一<li>二</ul>", "一\n二"),
        ("<table><tr><td>退款</td><td>100元</td></tr><tr><td>退货</td></tr></table>", "退款 100元\n退货"),
        ("a&nbsp;&amp;&lt;b&gt;&#128545;&hellip;", "a &<b>😡…"),
        ("刹车\n  失灵", "刹车 失灵"),
        ("<pre>刹车\n失灵</pre>", "刹车\n失灵"),
        ("前<script>alert('<p>')</script><style>p{}</style>后", "前后"),
        ("<html><head><title>论坛</title></head><body>刹车</body></html>", "刹车"),
        ("前<!-- <p>藏</p> -->后", "前后"),
        ("前<noscript>藏</noscript><iframe>藏</iframe>后", "前后"),
        ("<blockquote>别人说的</blockquote>我说的", "我说的"),
        ('<div class="quote"><blockquote>张三 发表于 昨天<br>别人说的<img src=a></blockquote></div>我说的', "我说的"),
        ('<aside class="quote no-group"><div>别人说的</div></aside><p>我说的</p>', "我说的"),
        ('<div class="quote">外<div class="quote">内</div>外</div>我说的', "我说的"),
        ('<div class="quotes-of-the-day">我说的</div>', "我说的"),
        ('刹车<font class="jammer">5 u8 h</font>失灵<span style="display: none">9 k</span>了', "刹车失灵了"),
        ('<i class="pstatus"> 本帖最后由 车主 于 2025-10-21 编辑 </i><br>刹车失灵', "刹车失灵"),
        ('太差了<img src="angry.gif" alt="[怒]"><img alt="😡"><img alt="IMG_2031.jpg">', "太差了[怒]😡"),
        ('<meta charset="gb2312"><p>刹车失灵', "刹车失灵"),
        ('<?xml version="1.0" encoding="gb2312"?><p>刹车失灵', "刹车失灵"),
        ("<p>刹车<b>失灵</p>没人管</b><div>退款", "刹车失灵\n没人管\n退款"),
        ('<p class="a>刹车</p><p>失灵', ""),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("刹\x00车\u202e失\ud800灵\u200b了", "刹车失灵了"),
        ("<a href='javascript:alert(1)'>点我</a>", "点我"),
    ],
)
def test_markup(markup: str, expected: str) -> None:
    assert text(markup) == expected


@pytest.mark.parametrize(
    ("plain", "expected"),
    [
        ("  刹车失灵 \r\n\r\n\r\n  没人管\t\t了 ", "刹车失灵\n没人管 了"),
        ("<b>不是标记</b> &amp;", "<b>不是标记</b> &amp;"),
        ("刹\x00车\x1b[31m失灵", "刹车[31m失灵"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"),
        ("\u2066\u202e反\u2069", "反"),
        ("一\u2028二\x85三", "一\n二\n三"),
    ],
)
def test_plain_text(plain: str, expected: str) -> None:
    assert clean(raw(content=plain), 1).text == expected


def test_facts_are_carried_over() -> None:
    captured = raw(thread_id="t9", metrics={"replies": 3}, fields={"rating": " 1\x00 星 "}, author_name=" 车主\n老王 ")
    made = clean(captured, 42)
    assert (made.raw_id, made.key, made.source, made.platform) == (42, captured.key, captured.source, captured.platform)
    assert (made.thread_id, made.metrics, made.fields) == ("t9", {"replies": 3}, {"rating": "1 星"})
    assert (made.author_id, made.author_name, made.origin) == ("7", "车主 老王", captured.origin)
    assert (made.captured_at, made.published_at) == (captured.captured_at, captured.published_at)


@pytest.mark.parametrize(
    ("title", "content_type", "expected"),
    [
        (" 刹车\n失灵 ", "text/plain", "刹车 失灵"),
        ("刹车 &amp; <b>转向</b>", "text/html", "刹车 & 转向"),
        ("刹车 &amp; <b>转向</b>", "text/plain", "刹车 &amp; <b>转向</b>"),
        ("1 < 2 <晨曜>", "text/html", "1 < 2 <晨曜>"),
        ("\u202e刹车\x07", "text/plain", "刹车"),
    ],
)
def test_title_is_one_line(title: str, content_type: str, expected: str) -> None:
    assert clean(raw(title=title, content_type=content_type), 1).title == expected


def test_what_is_too_long_is_cut_and_says_so() -> None:
    made = clean(raw(title="标" * 500, content="差" * 30_000), 1)
    assert len(made.title) == TITLE_LIMIT
    assert made.title.endswith(CUT)
    assert len(made.text) == TEXT_LIMIT
    assert made.text.endswith(CUT)
    assert made.fields["cut_from"] == "30000"


def test_what_just_fits_is_not_cut() -> None:
    made = clean(raw(title="标" * TITLE_LIMIT, content="差" * TEXT_LIMIT), 1)
    assert (made.title, made.text) == ("标" * TITLE_LIMIT, "差" * TEXT_LIMIT)
    assert "cut_from" not in made.fields


@pytest.mark.parametrize("name", ["published_at", "captured_at"])
def test_a_time_without_zone_is_refused(name: str) -> None:
    with pytest.raises(Permanent, match=f"{name} has no time zone"):
        clean(raw(**{name: datetime(2026, 11, 23, 10)}), 1)


@pytest.mark.parametrize(
    ("published", "kept"),
    [
        (NOW, True),
        (NOW + timedelta(hours=23), True),
        (NOW + timedelta(hours=25), False),
        (datetime(1989, 12, 31, tzinfo=UTC), False),
        (datetime(1990, 1, 1, tzinfo=UTC), True),
    ],
)
def test_a_time_that_cannot_be_is_dropped(published: datetime, kept: bool) -> None:
    assert clean(raw(published_at=published), 1).published_at == (published if kept else None)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://forum.example/1", "https://forum.example/1"),
        ("HTTP://forum.example/1", "HTTP://forum.example/1"),
        (" https://forum.example/\u202e1 ", "https://forum.example/1"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("file:///etc/passwd", ""),
        ("http:///nothing", ""),
        ("", ""),
    ],
)
def test_an_address_leads_to_the_web_or_nowhere(url: str, expected: str) -> None:
    assert clean(raw(url=url), 1).url == expected


HOSTILE = {
    "nested": "<div>" * 200_000 + "完" + "</div>" * 200_000,
    "never closed": "<b>" * 200_000 + "完",
    "closed too often": "</div>" * 200_000 + "完",
    "nested quotes": '<div class="quote">' * 100_000 + "引" + "</div>" * 100_000 + "完",
    "many lines": "<br>" * 200_000 + "完",
    "many attributes": "<p " + "a=1 " * 200_000 + ">完",
    "long class": "<p class='" + "quot " * 200_000 + "'>完",
    "long style": "<p style='" + "display  " * 100_000 + "'>完",
    "entities": "&amp;" * 3_000 + "完",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_markup_is_read_to_its_end(name: str) -> None:
    began = time.thread_time()
    assert text(HOSTILE[name]).endswith("完")
    assert time.thread_time() - began < 20


@pytest.mark.parametrize(
    "markup", ["<" * 500_000, "<!--" * 100_000, "<a " * 300_000, "<p class='" * 100_000, "&#" * 300_000]
)
def test_hostile_rubbish_takes_no_time(markup: str) -> None:
    began = time.thread_time()
    text_of(markup)
    assert time.thread_time() - began < 20


@pytest.mark.parametrize(
    ("original", "length", "around", "expected"),
    [
        ("刹车失灵", 10, None, "刹车失灵"),
        ("刹车\n失灵", 10, None, "刹车 失灵"),
        ("一二三四五六七八九十", 5, None, "一二三四…"),
        ("一二三四五六七八九十", 5, (5, 6), "…五六七…"),
        ("一二三四五六七八九十", 5, (9, 10), "…七八九十"),
        ("一二三四五六七八九十", 5, (0, 1), "一二三四…"),
        ("一二三四五六七八九十", 5, (2, 9), "…四五六…"),
        ("一二三四五六七八九十", 10, (5, 6), "一二三四五六七八九十"),
        ("一二三四", 2, None, "一二"),
        ("一二三四", 0, None, ""),
    ],
)
def test_excerpt(original: str, length: int, around: tuple[int, int] | None, expected: str) -> None:
    assert excerpt(original, length, around) == expected
