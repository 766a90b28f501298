"""What a forwarded mail holds, and the captures that it becomes."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from listener.intake.entries import Kept, Material, entries
from listener.intake.mails import Original, forged, opened, recipients
from listener.mailroom.forwarding import read_mail
from tests.factories import NOW, ZONE

DOUYIN = "7.43 复制打开抖音，看看【老王的作品】晨曜刹车失灵三次，客服推诿… https://v.douyin.com/iRNBho6u/ :9pm z@A.gb"


def mail(text: str, kind: str = "plain", **headers: str) -> EmailMessage:
    made = EmailMessage()
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text, subtype=kind)
    return made


QQ = """请处理\n
------------------ 原始邮件 ------------------
发件人: "王先生" <wang@qq.com>;
发送时间: 2026年11月27日(星期五) 上午10:21
收件人: "客服"<kf@example.com>;
主题: 投诉刹车异响

刹车异响，要求退车"""
NETEASE = """-------- 转发邮件信息 --------
发件人："王先生" <wang@163.com>
发送日期：2026-11-27 10:21:33
收件人："客服" <kf@example.com>
主题：投诉刹车异响
刹车异响，要求退车"""
OUTLOOK = """请处理
________________________________
发件人: 王先生 <wang@outlook.com>
发送时间: 2026年11月27日 10:21
收件人: 客服 <kf@example.com>
抄送: 其他人 <x@example.com>
主题: 投诉刹车异响

刹车异响，要求退车"""
GMAIL = """---------- Forwarded message ---------
发件人： 王先生 <wang@gmail.com>
Date: 2026年11月27日周五 10:21
Subject: 投诉刹车异响
To: <kf@example.com>

刹车异响，要求退车"""
APPLE = """请处理

发自我的 iPhone

开始转发的邮件：

> 发件人: 王先生 <wang@icloud.com>
> 日期: 2026年11月27日 GMT+8 10:21:33
> 收件人: kf@example.com
> 主题: 投诉刹车异响
>
> 刹车异响，要求退车"""


@pytest.mark.parametrize("text", [QQ, NETEASE, OUTLOOK, GMAIL, APPLE])
def test_the_head_of_a_forwarded_mail_is_read(text: str) -> None:
    found = opened(mail(text, Subject="Fwd: 转发：投诉刹车异响"))
    assert found.original is not None
    assert (found.original.author, found.original.subject) == ("王先生", "投诉刹车异响")
    assert "11" in found.original.written and "27" in found.original.written
    assert found.original.text == "刹车异响，要求退车"
    assert found.text in ("请处理", "")
    assert found.subject == "投诉刹车异响"


def test_a_mail_attached_as_a_mail() -> None:
    made = mail("看附件")
    made.add_attachment(
        mail("刹车异响", From="王先生 <w@qq.com>", Subject="投诉", Date="Fri, 27 Nov 2026 10:21:00 +0800")
    )
    found = opened(made)
    assert found.original == Original("王先生", "投诉", "2026-11-27T10:21:00+08:00", "刹车异响")
    (entry,) = entries(Material(person="张敏", text=found.text, original=found.original), NOW, ZONE)
    assert (entry.capture.platform, entry.capture.author_name, entry.remark) == ("mail", "王先生", "看附件")


def test_an_html_mail_and_small_pictures() -> None:
    made = mail(f"<p>请看</p><p>{DOUYIN}</p><img src='cid:logo'>", "html")
    made.add_attachment(b"x" * 500, maintype="image", subtype="png", filename="logo.png")
    made.add_attachment(b"x" * 5000, maintype="image", subtype="png", filename="shot.png")
    made.add_attachment(b"PK", maintype="application", subtype="zip", filename="a.zip")
    found = opened(made)
    assert [(each.name, each.picture) for each in found.attached] == [("shot.png", True), ("a.zip", False)]
    (entry,) = entries(Material(person="张敏", text=found.text), NOW, ZONE)
    assert entry.capture.author_name == "老王"


def test_who_it_was_sent_to_and_what_our_server_says() -> None:
    made = mail("x", To="A <a@Example.com>", Cc="b@example.com", Delivered_To="c@example.com")
    assert recipients(made) == {"a@example.com", "b@example.com", "c@example.com"}
    assert forged(mail("x", Authentication_Results="mx; spf=pass; dmarc=fail (p=none)"))
    assert not forged(mail("x", Authentication_Results="mx; dmarc=pass"))


def made(text: str, **more: Any) -> list[Any]:
    return entries(Material(person="张敏", text=text, **more), NOW, ZONE)


def test_the_same_thing_shared_anew_is_known_by_its_words() -> None:
    (first,) = made(DOUYIN)
    (again,) = made(DOUYIN.replace("iRNBho6u", "Zz8").replace("7.43", "1.02"))
    (other,) = made(DOUYIN.replace("刹车失灵三次，客服推诿", "交付延期两个月"))
    assert set(first.keys) & set(again.keys)
    assert not set(first.keys) & set(other.keys) - {first.keys[0]}
    assert first.capture.native_id != again.capture.native_id, "and still two things until the words are compared"


def test_short_links_differ_by_case() -> None:
    (first,), (second,) = made("http://xhslink.com/a/AbC"), made("http://xhslink.com/a/aBc")
    assert not set(first.keys) & set(second.keys)


def test_a_weibo_is_the_mention_that_a_crawl_captures() -> None:
    (found,) = made("https://weibo.com/2656274875/z0JH2lOMb")
    assert tuple(found.capture.key) == ("weibo", "m.weibo.cn", "3501756485200075")


def test_a_link_in_a_long_letter_is_an_aside() -> None:
    letter = Original("王先生", "投诉", "", "刹车异响，" * 60 + "\n我的主页 https://blog.example.com/me")
    (found,) = made("", original=letter)
    assert found.capture.platform == "mail"
    (alone,) = made("看看这个 https://bbs.example.com/t/1")
    assert (alone.capture.platform, alone.capture.url) == ("web", "https://bbs.example.com/t/1")


def test_a_chat_with_a_link_is_a_chat() -> None:
    (found,) = made("老王 10:21\n看看 https://v.douyin.com/abc/\n小李 10:22\n我的晨曜也这样")
    assert (found.capture.platform, found.capture.url) == ("wechat", "https://v.douyin.com/abc/")


def test_pictures_go_with_what_was_said_about_them() -> None:
    kept = [Kept("a" * 64, "截图.png", "刹车失灵")]
    (found,) = made(DOUYIN, kept=kept)
    assert "截图文字：刹车失灵" in found.capture.content
    assert found.capture.fields["evidence"] == f"sha256:{'a' * 64} 截图.png"
    (alone,) = made("", kept=kept, subject="微信群截图")
    assert (alone.capture.title, alone.capture.content) == ("微信群截图", "刹车失灵")
    assert not set(alone.keys) & set(found.keys), "the logo in a signature must not make two things one"
    (with_logo,) = made("", kept=[*kept, Kept("b" * 64, "logo.png")])
    (another,) = made("", kept=[Kept("c" * 64, "2.png"), Kept("b" * 64, "logo.png")])
    assert not set(with_logo.keys) & set(another.keys)
    assert made("") == []


def test_nothing_pushed_can_pretend_to_be_forwarded() -> None:
    for entry in made(DOUYIN):
        assert entry.capture.fields["forwarded_by"] == "张敏"


@settings(max_examples=80)
@given(st.binary(max_size=400) | st.text(max_size=400).map(lambda text: f"{QQ}\n{text}".encode("utf-8", "replace")))
def test_any_bytes_are_a_mail_of_some_kind(content: bytes) -> None:
    found = opened(read_mail(b"From: a@b.example\nSubject: x\n\n" + content))
    for entry in entries(Material(person="张敏", text=found.text, original=found.original), NOW, ZONE):
        assert entry.keys and entry.capture.native_id
    opened(read_mail(content))


@settings(max_examples=80)
@given(st.text(max_size=300))
def test_any_text_becomes_something_or_nothing(text: str) -> None:
    for entry in made(text):
        assert entry.capture.content and entry.keys
