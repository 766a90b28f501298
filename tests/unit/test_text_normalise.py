"""The matching form: what changes, what stays, and the way back into the original."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from listener.text.normalise import language, normalise
from listener.text.parts import parts


@pytest.mark.parametrize(
    ("original", "form"),
    [
        ("", ""),
        ("刹车失灵", "刹车失灵"),
        ("刹车失灵，没人管！", "刹车失灵,没人管!"),
        ("這家酒店的服務很差", "这家酒店的服务很差"),
        ("颱風後麵條", "台风后面条"),
        ("ＡＢＣ１２３", "ABC123"),
        ("ｶﾞ", "ガ"),
        ("①②", "12"),
        ("㎡", "m2"),
        ("cafe\u0301", "café"),
        ("退\u200b款", "退款"),
        ("\ufeff退款\u202e", "退款"),
        ("❤\ufe0f\ufe0f", "❤"),
        ("👍🏻", "👍"),
        ("退\x00款\x1b", "退款"),
        ("退\ud800款", "退款"),
        ("  退款  ", "退款"),
        ("退款\u3000 \t 退货", "退款 退货"),
        ("退款\r\n\r\n 退货", "退款\n退货"),
        ("太差 ， 退款 ！", "太差,退款!"),
        ("Well done. Thanks", "Well done. Thanks"),
        ("哈哈哈哈哈哈", "哈哈哈"),
        ("哈哈哈", "哈哈哈"),
        ("太差！！！！！！", "太差!!!"),
        ("太差! ! ! ! !", "太差!!!"),
        ("无语……………", "无语..."),
        ("😡😡😡😡😡", "😡😡😡"),
        ("😡\ufe0f😡\ufe0f😡\ufe0f😡\ufe0f", "😡😡😡"),
        ("电话13888888888", "电话13888888888"),
        ("订单1000000000", "订单1000000000"),
        ("138****1234", "138****1234"),
        ("¯\\_(ツ)_/¯", "¯\\_(ツ)_/¯"),
        ("凉\uf979", "凉凉"),
    ],
)
def test_form(original: str, form: str) -> None:
    assert normalise(original).text == form


@pytest.mark.parametrize(
    ("original", "piece", "there"),
    [
        ("刹车失灵，没人管", "没人管", "没人管"),
        ("  退 款……退货", "退货", "退货"),
        ("  退 款……退货", "...", "……"),
        ("哈哈哈哈哈哈差", "哈哈哈", "哈哈哈哈哈哈"),
        ("哈哈哈哈哈哈差", "差", "差"),
        ("買了100㎡的房", "m2", "㎡"),
        ("買了100㎡的房", "房", "房"),
        ("cafe\u0301很差", "é", "e\u0301"),
        ("cafe\u0301很差", "很差", "很差"),
        ("太\u200b差\u200b了", "太差", "太\u200b差"),
        ("差 ，退", "差", "差"),
    ],
)
def test_span_leads_back(original: str, piece: str, there: str) -> None:
    form = normalise(original)
    start = form.text.index(piece)
    begin, end = form.span(start, start + len(piece))
    assert original[begin:end] == there


def test_an_empty_piece_has_an_empty_place() -> None:
    form = normalise("  退款……")
    assert form.span(1, 1) == (3, 3)
    assert form.span(len(form.text), len(form.text)) == (6, 6)
    assert normalise("").span(0, 0) == (0, 0)


def test_a_pile_of_accents_is_cut() -> None:
    assert len(normalise("a" + "\u0301\u0323" * 5000).text) <= 10


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("刹车失灵，4S店没人管", "zh"),
        ("這家酒店的服務很差", "zh"),
        ("Model Y 刹车失灵了三次", "zh"),
        ("The brakes failed twice", "en"),
        ("Très déçu", "en"),
        ("the brakes failed 刹车 again and again today", "en"),
        ("brakes failed again 刹车失灵", "mixed"),
        ("ブレーキが効かない", "other"),
        ("브레이크 고장", "other"),
        ("тормоза отказали", "other"),
        ("", "none"),
        ("123 456", "none"),
        ("😡😡😡", "none"),
        ("https://example.com/brakes", "none"),
        ("@someone", "none"),
    ],
)
def test_language(text: str, expected: str) -> None:
    assert language(text) == expected


HOSTILE = {
    "one letter": "a" * 1_000_000,
    "one Han character": "差" * 1_000_000,
    "one full-width mark": "，" * 1_000_000,
    "ellipses": "…" * 1_000_000,
    "emoji": "😡" * 100_000,
    "brackets": "[" * 500_000 + "]" * 500_000,
    "nested pairs": "（" * 500_000 + "）" * 500_000,
    "blanks": " " * 1_000_000,
    "marks": "\u0301" * 1_000_000,
    "two kinds of marks": "\u0301\u0323" * 200_000,
    "invisible": "\u200b" * 1_000_000,
    "at signs": "@" * 1_000_000,
    "hashes": "#" * 1_000_000,
    "domains": "a." * 500_000,
    "forwards": "//@a:" * 200_000,
    "signatures": "来自" * 500_000,
    "digits": "1" * 1_000_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_time(name: str) -> None:
    """The promise is a second a function; a busy machine gets some room, and anything quadratic takes minutes."""
    began = time.thread_time()
    normalise(HOSTILE[name])
    language(HOSTILE[name])
    parts(HOSTILE[name])
    assert time.thread_time() - began < 20


def test_a_million_of_one_character_take_no_memory() -> None:
    """The stage has a limit of 300 MB; a regular expression with a back-reference took a hundred for this."""
    tracemalloc.start()
    try:
        assert normalise("啊" * 1_000_000).text == "啊啊啊"
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()
