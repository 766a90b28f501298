"""Pieces of a message. Properties over any text: one line, no controls, nothing personal, only safe links."""

from __future__ import annotations

import unicodedata
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.wording import ago, clean, excerpt, one_line, remaining, safe_link, weekday_time
from listener.model import Word
from tests.factories import NOW, ZONE

# Text as it is scraped: any code point, lone surrogates too.
scraped = st.text(st.characters(exclude_categories=[]), max_size=300)
nasty = st.one_of(
    scraped,
    st.text(st.sampled_from("a刹\r\n\t\x00\x1b\u202e\u2066\u2028\ud83d😡\u200d\ufe0f é<&\"'"), max_size=1200),
)


@given(nasty, st.integers(1, 200))
def test_one_line_is_one_short_line_that_can_be_sent(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line.splitlines() in ([line], [])
    assert not any(unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") for mark in line)
    assert not any(
        unicodedata.bidirectional(mark) in ("RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI") for mark in line
    )
    line.encode("utf-8")
    assert one_line(line, limit) == line


@given(nasty)
def test_clean_keeps_lines_and_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")
    assert "\r" not in cleaned and clean(cleaned) == cleaned


def test_an_ordinary_title_stays_as_it_is() -> None:
    title = "刹车失灵😡👨‍👩‍👧，4S店 没人管！（第3次） café naïve"
    assert one_line(title, 200) == title == clean(title)


@given(nasty)
def test_a_link_is_http_or_nothing(text: str) -> None:
    for address in (text, "http://" + text, "https://forum.example/" + text):
        link = safe_link(address)
        assert link in ("", address)
        if link:
            assert urlsplit(link).scheme in ("http", "https") and not set(link) & set(' "<\n\r')


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "//forum.example/x",
        "http://",
        "http:///x",
        "http://user:secret@forum.example/",
        "https://forum.example@evil.example/",
        'http://forum.example/" onclick="x',
        "http://[broken",
        "ftp://forum.example/",
        "http://forum.example/\u202egpj",
    ],
)
def test_no_other_address_becomes_a_link(address: str) -> None:
    assert safe_link(address) == ""


def test_ordinary_addresses_are_links() -> None:
    for address in ("http://forum.example/viewthread?tid=1&page=2#pid3", "https://例子.example/路径?q=刹车"):
        assert safe_link(address) == address


def test_times_carry_the_weekday_in_the_installation_s_zone() -> None:
    assert weekday_time(NOW, ZONE, "zh") == "11月23日（周一）10:00"
    assert weekday_time(NOW, ZONE, "en") == "Mon 2026-11-23 10:00"


@pytest.mark.parametrize(
    ("minutes", "left", "passed"),
    [
        (0, "还有 0 分钟", "刚刚"),
        (45, "还有 45 分钟", "45 分钟前"),
        (119, "还有 119 分钟", "119 分钟前"),
        (120, "还有 2 小时", "2 小时前"),
        (47 * 60, "还有 47 小时", "47 小时前"),
        (3 * 1440, "还有 3 天", "3 天前"),
    ],
)
def test_spans_are_in_the_unit_that_reads_best(minutes: int, left: str, passed: str) -> None:
    span = timedelta(minutes=minutes)
    assert remaining(NOW + span, NOW, "zh") == left
    assert ago(NOW - span, NOW, "zh") == passed


def test_what_is_late_says_so() -> None:
    assert remaining(NOW - timedelta(hours=3), NOW, "zh") == "已超时 3 小时"
    assert remaining(NOW - timedelta(hours=3), NOW, "en") == "3 h overdue"


def shown(text: str, *words: Word, limit: int = 100) -> str:
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in excerpt(text, words, limit))


def test_an_excerpt_marks_what_decided_and_masks_what_is_personal() -> None:
    bad, good = Word("没人管", -2.0, 0, 3), Word("漂亮", 1.5, 9, 11)
    assert shown("没人管，打13812345678也没人管，虽然漂亮", bad, good) == "[没人管]，打138****5678也[没人管]，虽然漂亮"


def test_an_excerpt_of_a_long_text_is_about_the_words_that_decided() -> None:
    text = "很久以前的事。" * 60 + "刹车失灵，没人管。" + "后来的事。" * 60
    found = shown(text, Word("刹车失灵", -3.0, 420, 424))
    assert found.startswith("…") and found.endswith("…") and "[刹车失灵]" in found
    assert len(found) < 130


def test_the_longer_word_is_marked_whole() -> None:
    assert shown("刹车失灵", Word("失灵", -1.0, 2, 4), Word("刹车失灵", -1.0, 0, 4)) == "[刹车失灵]"


def test_no_number_is_shown_because_it_stands_at_the_edge() -> None:
    for filling in range(80, 110):
        found = shown("好" * filling + "13812345678" + "好" * 200, limit=100)
        assert "1381234" not in found and "345678" not in found


@given(nasty, st.lists(st.text(max_size=5), max_size=5))
def test_an_excerpt_can_be_made_of_any_text(text: str, words: list[str]) -> None:
    pieces = excerpt(text, [Word(word, -1.0, 0, len(word)) for word in words], 60)
    "".join(piece.text for piece in pieces).encode("utf-8")
    assert all(piece.text for piece in pieces)
