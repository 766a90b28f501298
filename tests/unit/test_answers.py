"""What is read out of an answer: above the quotation, by commands, never by guessing."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.answers.reading import (
    Order,
    answer_in,
    automatic,
    body_of,
    case_numbers,
    fresh_text,
    read_orders,
    references,
)
from listener.cases.moves import Action
from listener.model import Satisfaction

QUOTATIONS = {
    "qq": '------------------ 原始邮件 ------------------\n发件人: "Listener" <l@maker.example>;',
    "qq-phone": '---原始邮件---\n发件人:"Listener"<l@maker.example>\n发送时间:2026年11月23日',
    "netease": '在 2026-11-23 10:05:00，"Listener" <l@maker.example> 写道：\n> 认领',
    "netease-phone": "---- 回复的原邮件 ----\n| 发件人 | Listener |",
    "netease-english": 'At 2026-11-23 10:05:00, "Listener" <l@maker.example> wrote:\n>claim',
    "outlook": "________________________________\n发件人: Listener <l@maker.example>\n发送时间: 2026年11月23日",
    "outlook-desktop": "发件人: Listener <l@maker.example> \n发送时间: 2026年11月23日 10:05\n收件人: 张敏",
    "outlook-english": "-----Original Message-----\nFrom: Listener",
    "gmail": "Listener <l@maker.example> 于2026年11月23日周一 10:05写道：\n> 认领",
    "gmail-english": "On Mon, Nov 23, 2026 at 10:05 AM Listener <l@maker.example> wrote:\n> claim",
    "plain": "> 认领 1 2 3",
    "signature": "--\n张敏 客服一组\n认领热线 400",
    "iphone": "发自我的iPhone\n\n> 认领",
    "wecom": "发自我的企业微信",
}


@pytest.mark.parametrize("quotation", QUOTATIONS.values(), ids=QUOTATIONS)
def test_only_what_stands_above_the_quotation_is_read(quotation: str) -> None:
    assert fresh_text(f"已答复：电话道歉\r\n\r\n{quotation}\r\n办结") == "已答复：电话道歉"


@pytest.mark.parametrize(
    ("text", "action", "numbers", "given_"),
    [
        ("认领", Action.CLAIM, (), {}),
        ("认领 3 5 7", Action.CLAIM, (3, 5, 7), {}),
        ("认领3、5，#7", Action.CLAIM, (3, 5, 7), {}),
        ("认领工单 #12", Action.CLAIM, (12,), {}),
        ("claim 3", Action.CLAIM, (3,), {}),
        ("转派 李雷", Action.ASSIGN, (), {"to": "李雷", "note": ""}),
        ("转派 5 给李雷 他熟悉这款车", Action.ASSIGN, (5,), {"to": "李雷", "note": "他熟悉这款车"}),
        ("转派：team:售后", Action.ASSIGN, (), {"to": "team:售后", "note": ""}),
        ("非投诉", Action.FALSE_ALARM, (), {"reason": "misjudged"}),
        ("非投诉 广告", Action.FALSE_ALARM, (), {"reason": "advert"}),
        ("与我司无关：是另一家同名公司", Action.FALSE_ALARM, (), {"reason": "not_ours", "note": "是另一家同名公司"}),
        ("误报 8 9", Action.FALSE_ALARM, (8, 9), {"reason": "misjudged"}),
        ("不是此客户 同名", Action.UNLINK, (), {"note": "同名"}),
        ("已答复：3天内上门检修", Action.REPLY, (), {"note": "3天内上门检修"}),
        ("满意", Action.FOLLOW_UP, (), {"satisfaction": Satisfaction.SATISFIED}),
        ("基本满意 12", Action.FOLLOW_UP, (12,), {"satisfaction": Satisfaction.MOSTLY}),
        ("不满意，嫌慢", Action.FOLLOW_UP, (), {"satisfaction": Satisfaction.UNSATISFIED, "note": "嫌慢"}),
        ("未接通", Action.FOLLOW_UP, (), {"satisfaction": Satisfaction.UNREACHED}),
        ("退回 属于配件公司", Action.RETURN, (), {"note": "属于配件公司"}),
        ("不是投诉", Action.FALSE_ALARM, (), {"reason": "misjudged"}),
        ("好的，认领", Action.CLAIM, (), {}),
        ("收到，我来认领 3", Action.CLAIM, (3,), {}),
        ("认领 3-5，谢谢", Action.CLAIM, (3, 4, 5), {"note": "谢谢"}),
        ("认领３、４", Action.CLAIM, (3, 4), {}),
        ("认领 3-9000", Action.CLAIM, (), {"note": "3-9000"}),
        ("转给李雷", Action.ASSIGN, (), {"to": "李雷", "note": ""}),
        ("转派给李雷。", Action.ASSIGN, (), {"to": "李雷", "note": ""}),
        ("已答复客户，3天上门", Action.REPLY, (), {"note": "3天上门"}),
        ("已联系客户", Action.CONTACT, (), {}),
        ("客户不满意 12", Action.FOLLOW_UP, (12,), {"satisfaction": Satisfaction.UNSATISFIED}),
        ("无人接听", Action.FOLLOW_UP, (), {"satisfaction": Satisfaction.UNREACHED}),
        ("备注 客户周末才有空", Action.NOTE, (), {"note": "客户周末才有空"}),
    ],
)
def test_commands(text: str, action: Action, numbers: tuple[int, ...], given_: dict[str, object]) -> None:
    assert read_orders(text) == [Order(action, numbers, given_)]


@pytest.mark.parametrize("text", ["满意 8，未接通 9", "满意8 未接通9", "满意 8；未接通 9。", "满意 8\n未接通 9"])
def test_what_the_morning_mail_asks_for_on_one_line_is_two_orders(text: str) -> None:
    results = [(order.numbers, order.given["satisfaction"]) for order in read_orders(text)]
    assert results == [((8,), Satisfaction.SATISFIED), ((9,), Satisfaction.UNREACHED)]


def test_the_example_of_every_morning_mail_is_understood() -> None:
    assert [order.numbers for order in read_orders("认领 3 5 7；回访结果：满意 8，未接通 9")] == [(3, 5, 7)]
    english = read_orders("claim 3 5 7, satisfied 8, not reached 9")
    assert [(order.action, order.numbers) for order in english] == [
        (Action.CLAIM, (3, 5, 7)), (Action.FOLLOW_UP, (8,)), (Action.FOLLOW_UP, (9,)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "转给李雷的那台车还没修好",
        "客户表示很满意",
        "不是很满意",
        "好的",
        "我觉得可以",
        "客户满意度调查已发",
        "认领全部",
    ],
)
def test_a_sentence_is_a_note_and_no_order(text: str) -> None:
    assert [order.action for order in read_orders(text)] == [Action.NOTE]


def test_closing_names_its_fields() -> None:
    text = "办结 7\n原因：油管老化\n措施：更换供应商\n补救：免费更换；满意度：基本满意"
    assert read_orders(text) == [
        Order(
            Action.CLOSE,
            (7,),
            {
                "cause": "油管老化",
                "countermeasure": "更换供应商",
                "remedy": "免费更换",
                "satisfaction": Satisfaction.MOSTLY,
            },
        )
    ]


@pytest.mark.parametrize(
    "text",
    [
        "我认领了这辆车的事",
        "满意度不高，再跟一下",
        "认领导的指示办",
        "收到，谢谢",
        "答复客户前先问法务",
        "claims department",
    ],
)
def test_what_is_no_command_is_a_note(text: str) -> None:
    assert read_orders(text) == [Order(Action.NOTE, (), {"note": text})]


def test_times_and_amounts_are_no_case_numbers() -> None:
    assert read_orders("已联系 10:30 客户同意")[0].numbers == ()
    assert read_orders("已答复 200元优惠券")[0].given == {"note": "200元优惠券"}


def test_several_orders_in_one_mail() -> None:
    found = read_orders("认领 3 5\n转派 7 给 李雷\n\n其余明天再看")
    assert [order.action for order in found] == [Action.CLAIM, Action.ASSIGN, Action.NOTE]
    assert found[1].given["to"] == "李雷"


def test_an_empty_answer_orders_nothing() -> None:
    assert read_orders(fresh_text("\n\n> 认领")) == []


def mail(text: str = "认领", subtype: str = "plain", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["Subject"] = "回复：【紧急】刹车 ｜ 工单#7"
    for name, value in headers.items():
        name = name.replace("_", "-")
        if name.lower() == "subject":
            del made["Subject"]
        made[name] = value
    made.set_content(text, subtype=subtype)
    return made


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "auto_reply"},
        {"X_Autoreply": "yes"},
        {"Return_Path": "<>"},
        {"Subject": "自动回复: 【紧急】"},
        {"Subject": "Out of Office: x"},
        {"Subject": "系统退信"},
    ],
)
def test_what_no_person_wrote_is_told_apart(headers: dict[str, str]) -> None:
    assert automatic(mail(**headers))
    assert not automatic(mail(Auto_Submitted="no"))


def test_what_a_mail_answers() -> None:
    made = mail(In_Reply_To="<2.b@x>", References="<1.a@x> <2.b@x>")
    assert references(made) == ["<2.b@x>", "<1.a@x>"]
    assert case_numbers(str(made["subject"])) == [7]
    assert case_numbers("Re: [urgent] case #12") == [12]


def test_a_mail_in_html_alone_is_read_too() -> None:
    made = mail("<div>认领 3</div><div><br></div><blockquote>&gt; 旧</blockquote>", "html")
    assert read_orders(fresh_text(body_of(made)))[0] == Order(Action.CLAIM, (3,), {})
    assert body_of(EmailMessage()) == ""


@given(st.text(max_size=400))
def test_any_text_is_read_without_raising(text: str) -> None:
    for order in read_orders(fresh_text(text)):
        assert order.action in Action


MAILS = sorted((Path(__file__).parent / "answers").glob("*.eml"))
"""Answers as mail programs shape them: each orders one thing, above an old mail that orders another."""

EXPECTED = {
    "gmail-html": Order(Action.CLAIM, (3,)),
    "netease-html": Order(Action.ASSIGN, (), {"to": "李雷", "note": ""}),
    "netease-plain": Order(Action.ASSIGN, (), {"to": "李雷", "note": ""}),
    "outlook-desktop-html": Order(Action.CLAIM, (3, 5)),
    "outlook-web-html": Order(Action.REPLY, (), {"note": "电话道歉"}),
    "qq-new-html": Order(Action.FOLLOW_UP, (), {"satisfaction": Satisfaction.SATISFIED}),
}


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_mails_of_real_programs_order_what_stands_above_the_old_mail(path: Path) -> None:
    found = message_from_bytes(path.read_bytes(), policy=default)
    assert isinstance(found, EmailMessage) and not automatic(found)
    orders = read_orders(fresh_text(answer_in(found), "张敏", "z@163.com"))
    assert orders == [EXPECTED.get(path.stem, Order(Action.CLAIM))]


def test_a_note_at_the_end_is_no_signature() -> None:
    for text in ("认领\n\n张敏说客户周末才有空", "认领\n\n谢谢\n另外客户周末才有空", "认领\n\n张敏 客户周末才有空"):
        assert fresh_text(text, "张敏", "z@163.com") == text
    assert fresh_text("张敏\nz@163.com", "张敏", "z@163.com") == "张敏\nz@163.com", "what stands first is read"
