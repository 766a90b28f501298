"""Pieces that are not the author's own words."""

from __future__ import annotations

import pytest

from listener.text.parts import blank, own_words_end, parts


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("看这里https://t.cn/A6xyz好吧", "url", "https://t.cn/A6xyz"),
        ("看https://example.com/a?b=1&c=2，很差", "url", "https://example.com/a?b=1&c=2"),
        ("(see http://example.com/a).", "url", "http://example.com/a"),
        ("官网www.example.com", "url", "www.example.com"),
        ("官网 example.com.cn/help 打不开", "url", "example.com.cn/help"),
        ("邮箱zhang.san@example.com谢谢", "email", "zhang.san@example.com"),
        ("@晨曜客服 在吗", "at", "@晨曜客服"),
        ("＠晨曜客服：在吗", "at", "＠晨曜客服"),
        ("#晨曜刹车失灵#怎么办", "topic", "#晨曜刹车失灵#"),
        ("＃晨曜＃", "topic", "＃晨曜＃"),
        ("bad #brakes again", "topic", "#brakes"),
        ("转发微博", "forward", "转发微博"),
        ("轉發微博", "forward", "轉發微博"),
        ("太差了//@张三:不会吧", "forward", "//@张三:"),
        ("太差了//@张三：不会吧", "forward", "//@张三："),
        ("RT @bob: brakes", "forward", "RT @bob:"),
        ("回复@张三:是的", "forward", "回复@张三:"),
        ("太差了 来自 iPhone 15 Pro", "signature", "来自 iPhone 15 Pro"),
        ("太差了\n发自我的iPhone", "signature", "发自我的iPhone"),
        ("太差了\n来自：小米手机客户端", "signature", "来自：小米手机客户端"),
        ("bad\nSent from my iPhone", "signature", "Sent from my iPhone"),
        (
            "本帖最后由 车主老王 于 2025-10-21 08:30 编辑\n太差",
            "signature",
            "本帖最后由 车主老王 于 2025-10-21 08:30 编辑",
        ),
        ("太差 IP属地：河南", "signature", "IP属地：河南"),
    ],
)
def test_found(text: str, kind: str, piece: str) -> None:
    assert [(found.kind, text[found.start : found.end]) for found in parts(text)] == [(kind, piece)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "刹车失灵",
        "我来自河南",
        "他来自手机行业",
        "3.5分",
        "优惠 100.50 元",
        "1#楼2#楼".replace("#", "号"),
        "a/b",
        "来自手机用户的投诉，没人管。真的很差",
    ],
)
def test_nothing_found(text: str) -> None:
    assert parts(text) == ()


def test_blank_keeps_length_and_the_rest() -> None:
    text = "刹车失灵 @晨曜客服 https://t.cn/a 退款"
    shown = blank(text)
    assert len(shown) == len(text)
    assert shown.split() == ["刹车失灵", "退款"]
    assert blank(text, ("url",)) == text.replace("https://t.cn/a", " " * 14)


def test_own_words_end_at_the_first_forward() -> None:
    text = "没人管//@张三:太差了//@李四:是的"
    assert text[: own_words_end(text)] == "没人管"
    assert own_words_end("没人管") == 3
