"""Share texts as phones write them, and any other text: what is found in each."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from listener.intake.chats import chat
from listener.intake.links import addresses, place
from listener.intake.shares import LONGEST, shares

TABLE: list[list[str]] = json.loads((Path(__file__).parent / "shares" / "table.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", TABLE, ids=[f"{number}-{row[0]}" for number, row in enumerate(TABLE)])
def test_a_share_text(row: list[str]) -> None:
    platform, kind, author, title, text = row
    (found,) = shares(text)
    assert [found.platform, found.kind, found.author] == [platform, kind, author]
    assert found.title == (title or ("看这个" if text.startswith("看这个") else ""))
    assert found.url == (addresses(text) or [""])[0]


def test_the_table_is_large_and_broad() -> None:
    assert len(TABLE) >= 40
    assert len({row[0] for row in TABLE}) >= 14


@pytest.mark.parametrize("row", TABLE, ids=[str(number) for number in range(len(TABLE))])
def test_words_around_it_are_a_remark(row: list[str]) -> None:
    (found,) = shares(f"各位领导：\n客户投诉，请尽快处理\n\n{row[4]}\n\n谢谢")
    assert (found.platform, found.author) == (row[0], row[2])
    if row[3] or row[2]:
        assert "客户投诉，请尽快处理" in found.remark


def test_several_in_one_message_are_several() -> None:
    text = "\n\n".join(row[4] for row in TABLE[:20])
    assert [each.platform for each in shares(text)] == [row[0] for row in TABLE[:20]]
    lines = "\n".join(row[4] for row in TABLE if "\n" not in row[4] and "http" in row[4])
    assert len(shares(lines)) == 30, "as many as are taken from one message"


@pytest.mark.parametrize(
    ("address", "platform", "native_id"),
    [
        ("https://www.douyin.com/video/7346971177114611826", "douyin", "7346971177114611826"),
        ("https://www.douyin.com/jingxuan?modal_id=7589272723658935594", "douyin", "7589272723658935594"),
        ("https://www.iesdouyin.com/share/video/7346971177114611826/?region=CN", "douyin", "7346971177114611826"),
        ("https://v.douyin.com/iRNBho6u/", "douyin", ""),
        ("https://www.xiaohongshu.com/explore/67e2b3f900000000030286ce?x=1", "xiaohongshu", "67e2b3f900000000030286ce"),
        ("https://www.bilibili.com/video/BV1vh411D7Mf/?p=5", "bilibili", "BV1vh411D7Mf"),
        ("https://m.weibo.cn/status/4988939910865892?", "weibo", "4988939910865892"),
        ("https://weibo.com/2656274875/z0JH2lOMb", "weibo", "3501756485200075"),
        ("https://www.zhihu.com/question/26623283/answer/33449500", "zhihu", "33449500"),
        ("https://item.jd.com/12345678.html", "jd", "12345678"),
        ("https://item.taobao.com/item.htm?id=123456", "taobao", "123456"),
        ("https://mp.weixin.qq.com/s/Oxxb7Lc4zEUsbbYXoOtXNg", "weixin", "Oxxb7Lc4zEUsbbYXoOtXNg"),
        ("https://tousu.sina.com.cn/complaint/view/17356789012/", "heimao", "17356789012"),
        ("https://evil-douyin.com/video/7346971177114611826", "web", ""),
        ("https://www.douyin.com.evil.example/video/7346971177114611826", "web", ""),
        ("https://[::1", "web", ""),
    ],
)
def test_where_an_address_leads(address: str, platform: str, native_id: str) -> None:
    found = place(address)
    assert (found.platform, found.native_id) == (platform, native_id)


def test_addresses_end_where_the_sentence_goes_on() -> None:
    text = "（见 https://v.douyin.com/abc_1-2/）。还有http://xhslink.com/a/Xy9，复制；"
    text += "(https://a.example/b(c)) v.douyin.com/zz9/"
    assert addresses(text) == [
        "https://v.douyin.com/abc_1-2/",
        "http://xhslink.com/a/Xy9",
        "https://a.example/b(c)",
        "https://v.douyin.com/zz9/",
    ]


CHATS: list[tuple[str, list[tuple[str, str]]]] = [
    ("老王 10:21\n刹车又失灵了\n小李 10:22\n请问您在哪家店？", [("老王", "10:21"), ("小李", "10:22")]),
    (
        "老王 2026/11/27 10:21\n刹车又失灵了\n\n小李 2026/11/27 10:25\n好的",
        [("老王", "2026/11/27 10:21"), ("小李", "2026/11/27 10:25")],
    ),
    (
        "———————  2026-11-27  ———————\n\n\n老王  10:21\n\n刹车又失灵了\n\n小李  10:25\n\n好的\n",
        [("老王", "2026-11-27 10:21"), ("小李", "2026-11-27 10:25")],
    ),
    ("老王: 刹车又失灵了\n小李: 请问您在哪家店？\n老王：解放路", [("老王", ""), ("小李", ""), ("老王", "")]),
    ("老王:\n刹车又失灵了\n\n小李:\n请问您在哪家店？", [("老王", ""), ("小李", "")]),
    ("老王(12345678) 2026/11/27 10:21:05\n又坏了", [("老王", "2026/11/27 10:21:05")]),
    (
        "群友A 昨天 22:10\n别买晨曜\n群友B 昨天 下午 2:11\n怎么了",
        [("群友A", "昨天 22:10"), ("群友B", "昨天 下午 2:11")],
    ),
]


@pytest.mark.parametrize(("text", "heads"), CHATS)
def test_a_copied_chat(text: str, heads: list[tuple[str, str]]) -> None:
    found = chat(text)
    assert [(each.name, each.when) for each in found] == heads
    assert all(each.text for each in found)


@pytest.mark.parametrize(
    "text",
    [
        "今天天气不错，没有投诉。",
        "发件人: 老王\n主题: 投诉\n刹车坏了",
        "订单号: 123\n电话: 13812345678\n",
        "客户说：刹车坏了，要求退车。\n我们已经联系过两次，没有结果。\n请主管协调。\n谢谢",
        "",
    ],
)
def test_what_is_no_chat(text: str) -> None:
    assert chat(text) == []


PIECES = [
    *"【】发@:：\n「」￥😆 \x00().",
    *(
        "的作品】",
        "复制打开抖音，看看",
        " - ",
        " | 小红书 - 你的生活",
        "https://v.douyin.com/",
        "http://",
        "的回答 - 知乎",
    ),
    *("1.23 ", "该作品在快手被播放过", "次", "发布了一篇小红书笔记", "10:21", "2026-11-27", "老王"),
]
REPEATED = [*PIECES, "【a - ", "看看【的", "知乎 - ", "a:a\n", "老王 10:2", "http://a)", "v.douyin.com/a"]
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=300)


@settings(max_examples=150)
@given(HOSTILE)
@example("\ud800 https://v.douyin.com/\ud800")
def test_any_text_is_read_without_a_word(text: str) -> None:
    for found in shares(text):
        assert found.platform and len(found.title) <= 300 and len(found.author) <= 100
    chat(text)
    for address in addresses(text):
        place(address)


@pytest.mark.parametrize(
    "piece", [*PIECES, "【a - ", "看看【的", "知乎 - ", "a:a\n", "老王 10:2", "http://a)", "v.douyin.com/a"]
)
def test_no_text_takes_long(piece: str) -> None:
    """The same piece over and over, with every platform's word: what makes a careless pattern hang."""
    words = "抖音【小红书】【快手】哔哩哔哩】【淘宝】大众点评- 知乎的视频号今日头条】"
    for text in (
        piece * (LONGEST // len(piece)),
        words + piece * (LONGEST // len(piece)),
        f"http://xhslink.com/a {piece * 1500}",
    ):
        began = time.thread_time()
        shares(text)
        chat(text)
        assert time.thread_time() - began < 10
