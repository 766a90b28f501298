"""Colleagues forward what cannot be crawled: read by IMAP, registered as cases to verify, answered by real SMTP."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.intake import evidence
from listener.loading import Environment
from listener.looking import TROUBLE
from listener.mailroom.mailbox import encoded
from listener.starter import Answers, write
from listener.store import captures, views
from listener.store.tables import (
    ArrivalEntryRow,
    ArrivalRow,
    CaseEventRow,
    CaseRow,
    DeliveryRow,
    MentionRow,
    RawMentionRow,
)
from listener.web.app import application
from listener.web.links import Links
from listener.web.server import WebServer
from tests.factories import raw
from tests.imap_server import Folder, imap_server
from tests.smtp_servers import real_server

DOUYIN = (
    "7.43 复制打开抖音，看看【老王的作品】晨曜刹车失灵三次，客服一直推诿… https://v.douyin.com/iRNBho6u/ :9pm z@A.gb"
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


def mail(text: str = "", *, sender: str = "张敏 <z@example.com>", name: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "alerts@example.com", headers.pop("subject", "转发：看一下")
    made["Message-ID"] = name or f"<{abs(hash((text, sender)))}@mail.example.com>"
    for header, value in headers.items():
        made[header.replace("_", "-")] = value
    made.set_content(text)
    return made


def picture(made: EmailMessage, content: bytes = PNG, name: str = "截图.png") -> EmailMessage:
    made.add_attachment(content, maintype="image", subtype="png", filename=name)
    return made


class World:
    """An installation with a mailbox, and what its people got."""

    def __init__(self, listener: Listener, folder: Folder, inbox: Any) -> None:
        self.listener, self.folder, self.inbox = listener, folder, inbox

    def forward(self, *mails: EmailMessage) -> dict[str, int]:
        """Put mails into the mailbox, read it, work it through and deliver."""
        for each in mails:
            self.folder.add(bytes(each))
        counts = self.listener.read_mailbox()
        self.listener.process()
        self.listener.deliver()
        return counts

    def rows(self, table: type[Any]) -> list[Any]:
        with self.listener.database.read() as session:
            return list(session.exec(select(table).order_by(table.id)))

    def answers(self) -> list[EmailMessage]:
        return [each.mail for each in self.inbox.mails]

    def subjects(self) -> list[str]:
        return [str(each["subject"]) for each in self.answers()]


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    folder = Folder()
    with imap_server(folder) as port, real_server() as inbox:
        write(tmp_path, Answers(company="晨曜", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com"))
        path = tmp_path / "config" / "listener.toml"
        text = path.read_text(encoding="utf-8")
        text += f'\n[imap]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nuser = "robot"\n'
        text += '\n[intake]\naddress = ""\n'
        text = text.replace("port = 25\n", f"port = {inbox.port}\n")
        path.write_text(text, encoding="utf-8")
        people = tmp_path / "config" / "people.toml"
        more = '\n[[people]]\nname = "李雷"\nmail = "lilei@example.com"\n'
        people.write_text(people.read_text(encoding="utf-8") + more, encoding="utf-8")
        monkeypatch.setenv("LISTENER_IMAP_PASSWORD", "hunter2")
        environment = Environment(database_url=sqlite_url)
        listener = Listener.from_folder(tmp_path / "config", environment=environment)
        yield World(listener, folder, inbox)
        listener.database.close()


def test_a_forwarded_share_becomes_a_case_to_verify_and_is_answered(world: World) -> None:
    counts = world.forward(
        mail(f"这个客户很生气，请跟进\n\n{DOUYIN}\n\n发自我的iPhone", name="<first@mail.example.com>")
    )
    assert counts == {"registered": 1}
    (case,) = world.rows(CaseRow)
    (said,) = world.rows(MentionRow)
    assert (said.platform, said.author_name, said.source, said.origin) == ("douyin", "老王", "intake", "intake")
    assert said.url == "https://v.douyin.com/iRNBho6u/"
    assert (said.fields["forwarded_by"], said.fields["remark"]) == ("张敏", "这个客户很生气，请跟进")
    assert (case.state, "张敏 转交，待核实" in case.reason) == ("to_verify", True)
    (answer,) = [each for each in world.answers() if "已登记" in str(each["subject"])]
    assert str(answer["subject"]).startswith(f"已登记 #{case.id:04d}（待核实 · 晨曜刹车失灵")
    assert answer["to"].addresses[0].addr_spec == "z@example.com"
    assert (answer["in-reply-to"], answer["auto-submitted"]) == ("<first@mail.example.com>", "auto-replied")
    events = [(each.actor, each.action) for each in world.rows(CaseEventRow)]
    assert ("张敏", "forwarded") in events
    assert world.folder.seen == {1}


def test_a_colleague_who_forwards_the_same_gets_the_same_number(world: World) -> None:
    world.forward(mail(DOUYIN))
    other = DOUYIN.replace("iRNBho6u", "OtherLink9").replace("7.43", "2.10").replace(":9pm z@A.gb", "o@D.HI 11/13")
    counts = world.forward(mail(f"又看到一条\n\n{other}", sender="lilei@example.com"))
    assert counts == {"registered": 1}
    (case,) = world.rows(CaseRow)
    assert f"已有工单 #{case.id:04d}" in world.subjects()[-1]
    assert world.answers()[-1]["to"].addresses[0].addr_spec == "lilei@example.com"
    assert len(world.rows(RawMentionRow)) == 1
    notes = [(each.actor, each.note) for each in world.rows(CaseEventRow) if each.action == "forwarded"]
    assert [actor for actor, _ in notes] == ["张敏", "李雷"]
    assert "又看到一条" in notes[1][1]


def test_what_a_crawl_held_for_no_complaint_becomes_a_case_when_a_colleague_forwards_it(world: World) -> None:
    said = raw(
        "3501756485200075", platform="weibo", site="m.weibo.cn", content="提车第三天，门店说等通知", author_name="小周"
    )
    with world.listener.database.write() as session:
        captures.save(session, [said])
    world.listener.process()
    assert world.rows(CaseRow) == []
    world.forward(mail("这是我们的客户\n\nhttps://weibo.com/2656274875/z0JH2lOMb"))
    (case,), (mention,) = world.rows(CaseRow), world.rows(MentionRow)
    assert (case.state, mention.text, mention.author_name) == ("to_verify", "提车第三天，门店说等通知", "小周")
    assert mention.fields["forwarded_by"] == "张敏"
    assert "已登记 #0001" in world.subjects()[-1]
    world.forward(mail("https://m.weibo.cn/status/3501756485200075", sender="lilei@example.com"))
    assert "已有工单 #0001" in world.subjects()[-1]


def test_two_colleagues_before_the_first_was_worked_through(world: World) -> None:
    world.forward(mail(DOUYIN), mail(DOUYIN, sender="lilei@example.com"))
    (case,) = world.rows(CaseRow)
    told = sorted(subject[:10] for subject in world.subjects() if f"#{case.id:04d}" in subject)
    assert told == ["已有工单 #0001"[:10], "已登记 #0001（"[:10]]


def test_several_things_in_one_mail_are_answered_together(world: World) -> None:
    xhs = "避雷！晨曜S7提车当天就异响，客服踢皮球... http://xhslink.com/o/6lkxbalP5bY\n复制后打开【小红书】查看笔记！"
    world.forward(mail(f"{DOUYIN}\n\n{xhs}"))
    assert [row.platform for row in world.rows(MentionRow)] == ["douyin", "xiaohongshu"]
    assert world.subjects()[-1].count("已登记 #") == 2


def test_a_chat_and_a_customers_mail(world: World) -> None:
    chat = "———————  2026-11-27  ———————\n\n\n老王  10:21\n\n晨曜又趴窝了，要求退车\n\n小李  10:25\n\n我的也是\n"
    forwarded = (
        '客户来信，请处理\n\n------------------ 原始邮件 ------------------\n发件人: "王先生" <wang@qq.com>;\n'
        '发送时间: 2026年11月27日(星期五) 上午10:21\n收件人: "客服"<kf@example.com>;\n主题: 投诉刹车异响\n\n'
        "我的晨曜S7刹车异响，4S店不管，要求退车。"
    )
    world.forward(mail(chat), mail(forwarded))
    first, second = world.rows(MentionRow)
    assert (first.platform, first.author_name, first.fields["speakers"]) == ("wechat", "", "老王、小李")
    assert first.published_at is not None and f"{first.published_at:%Y-%m-%d %H:%M}" == "2026-11-27 02:21"
    assert (second.platform, second.author_name, second.title) == ("mail", "王先生", "投诉刹车异响")
    assert second.text == "我的晨曜S7刹车异响，4S店不管，要求退车。"
    assert second.fields["remark"] == "客户来信，请处理"


def test_a_screenshot_is_kept_as_evidence(world: World) -> None:
    world.forward(picture(mail("", subject="小红书截图：晨曜漏油")))
    world.forward(picture(mail("", sender="lilei@example.com")))
    (said,) = world.rows(MentionRow)
    digest = said.fields["evidence"].split()[0].removeprefix("sha256:")
    path = evidence.path_of(world.listener.settings.home / evidence.FOLDER, digest)
    assert path is not None and path.read_bytes() == PNG
    assert (path.suffix, path.stat().st_mode & 0o077) == (".png", 0)
    assert "截图.png" in said.fields["evidence"]
    assert "已登记" in world.subjects()[0] and "已有工单" in world.subjects()[-1]


def test_nobody_else_is_answered_and_no_loop_begins(world: World) -> None:
    ours = world.listener.settings.installation.mail.sender.rpartition("@")[2]
    counts = world.forward(
        mail(DOUYIN, sender="stranger@example.net"),
        mail("我不在办公室", subject="自动回复：已登记", auto_submitted="auto-replied"),
        mail("failed", sender="MAILER-DAEMON@example.com", return_path="<>"),
        mail("list", precedence="bulk"),
        mail("收到", subject="Re: 已登记", in_reply_to=f"<7.{'a' * 16}@{ours}>"),
        mail(DOUYIN, authentication_results="mx.example.com; dmarc=fail header.from=example.com"),
    )
    assert counts == {"stranger": 1, "automatic": 3, "unknown_answer": 1, "forged": 1}
    assert (world.rows(RawMentionRow), world.rows(DeliveryRow)) == ([], [])
    (refused,) = world.rows(ArrivalRow)
    assert (refused.refused, "stranger@example.net" in refused.subject) == ("stranger", False)
    (row,) = world.listener.arrival_rows("zh")
    assert (row["arrived"], row["refused"]) == (1, 1)


def test_an_empty_mail_is_answered_with_what_is_missing(world: World) -> None:
    world.forward(mail("\n\n发自我的iPhone"))
    assert world.rows(CaseRow) == []
    assert "未能登记" in world.subjects()[-1]


def test_an_answer_to_a_receipt_is_no_new_entry(world: World) -> None:
    world.forward(mail(DOUYIN))
    receipt = world.answers()[-1]
    counts = world.forward(mail("谢谢", subject=f"回复：{receipt['subject']}", in_reply_to=str(receipt["message-id"])))
    assert counts == {"answer": 1}
    assert len(world.rows(CaseRow)) == 1


def test_the_same_mail_is_read_once_whatever_happens(world: World) -> None:
    first = mail(DOUYIN)
    world.forward(first)
    assert world.listener.read_mailbox() == {}
    world.folder.validity = 2  # the folder was made anew: everything looks new
    assert world.listener.read_mailbox() == {"known": 1}
    world.forward(first)
    assert len(world.rows(CaseRow)) == 1
    assert sum("已登记" in subject or "已有" in subject for subject in world.subjects()) == 1


def test_a_lost_connection_loses_nothing(world: World) -> None:
    for number in range(3):
        world.folder.add(bytes(mail(f"客户 {number} 投诉晨曜漏油，要求赔偿")))
    world.folder.cut_after = 1
    assert world.listener.read_mailbox() == {"registered": 1}
    with world.listener.database.read() as session:
        assert views.fact(session, TROUBLE).startswith("127.0.0.1:"), "where, and no name of a class"
    assert world.listener.status("zh")["mailbox_trouble"]
    world.folder.cut_after = -1
    assert world.listener.read_mailbox() == {"registered": 2}
    assert not world.listener.status("zh")["mailbox_trouble"]


def test_old_mails_of_a_new_mailbox_and_large_ones_are_passed_over(world: World) -> None:
    world.folder.add(bytes(mail("很早以前的投诉")), day=(datetime.now(UTC) - timedelta(days=9)).date())
    assert world.listener.read_mailbox() == {}
    world.folder.add(bytes(mail("x")) + b"x" * 30_000_001)
    assert world.forward(mail(DOUYIN)) == {"too_large": 1, "registered": 1}


def test_a_mailbox_that_refuses_is_told(world: World) -> None:
    world.folder.password = "other"
    assert world.listener.read_mailbox() == {}
    assert "AUTHENTICATIONFAILED" in str(world.listener.status("zh")["mailbox_trouble"])


def test_only_mails_to_the_intakes_address_count(world: World) -> None:
    path = world.listener.settings.config_dir / "listener.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('address = ""', 'address = "zhuanjiao@example.com"'), encoding="utf-8")
    world.listener.reload()
    aimed = mail(DOUYIN, cc="转交 <zhuanjiao@example.com>")
    assert world.forward(mail("午饭吃什么"), aimed) == {"elsewhere": 1, "registered": 1}


def test_safety_is_told_at_once_and_the_case_is_still_to_verify(world: World) -> None:
    world.forward(mail(DOUYIN.replace("刹车失灵三次", "高速上刹车失灵，差点出人命")))
    (case,) = world.rows(CaseRow)
    assert (case.severity, case.state) == ("S1", "to_verify")
    assert any(subject.startswith("【特急】") for subject in world.subjects())


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"From: z@example.com\nContent-Type: image/png; name*=x''%\n\n"]
)
def test_broken_mails_break_nothing(world: World, content: bytes) -> None:
    world.folder.add(content)
    world.listener.read_mailbox()
    assert world.forward(mail(DOUYIN)) == {"registered": 1}


def test_folder_names_in_modified_utf7() -> None:
    assert encoded("INBOX") == "INBOX"
    assert encoded("转交 & 投诉") == "&j2xOpA- &- &YpWLyQ-"
    assert encoded("台北日本語") == "&U,BTF2XlZyyKng-"


def test_a_bounce_of_ours_marks_its_address(world: World) -> None:
    world.forward(mail(DOUYIN))
    sent = world.answers()[-1]
    bounce = EmailMessage()
    bounce["From"], bounce["To"], bounce["Subject"] = (
        "MAILER-DAEMON@mx.example.com",
        "a@example.com",
        "Undelivered Mail",
    )
    bounce["Return-Path"], bounce["Message-ID"] = "<>", "<bounce@mx.example.com>"
    bounce.set_content("x")
    report = (
        "Content-Type: multipart/report; report-type=delivery-status; boundary=B\n\n--B\nContent-Type: text/plain\n\n"
        "It could not be delivered.\n\n--B\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com"
        "\n\nFinal-Recipient: rfc822; z@example.com\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 user unknown\n\n--B\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: {sent['message-id']}\nTo: z@example.com\n\n--B--\n"
    )
    head = "".join(f"{name}: {bounce[name]}\n" for name in ("From", "To", "Subject", "Return-Path", "Message-ID"))
    world.folder.add((head + report).encode())
    assert world.listener.read_mailbox() == {"bounce": 1}
    assert [row["address"] for row in world.listener.bounced_rows()] == ["z@example.com"]


def test_a_mail_that_breaks_its_reader_holds_up_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Listener, content: bytes) -> str:
        raise ValueError("a mail that nobody foresaw")

    world.folder.add(bytes(mail("x")))
    with monkeypatch.context() as patched:
        patched.setattr(Listener, "take_mail", broken)
        assert world.listener.read_mailbox() == {"broken": 1}
    assert world.forward(mail(DOUYIN)) == {"registered": 1}


def test_the_evidence_of_a_case_holds_what_was_forwarded(world: World, tmp_path: Path) -> None:
    world.forward(picture(mail(DOUYIN)))
    digest = hashlib.sha256(PNG).hexdigest()
    masked = world.listener.export_evidence(1, tmp_path / "masked", unmask=False, person="")
    (told,) = json.loads((masked.folder / "manifest.json").read_text(encoding="utf-8"))["captures"]
    assert told["attached"] == [{"sha256": digest, "file": None}]
    path = world.listener.settings.config_dir / "people.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('role = "agent"', 'role = "supervisor"'), encoding="utf-8")
    more = '\n[[people]]\nname = "主管"\nmail = "boss@example.com"\nrole = "supervisor"\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    world.listener.reload()
    whole = world.listener.export_evidence(1, tmp_path / "whole", unmask=True, person="主管")
    assert (whole.folder / "attached" / f"{digest}.png").read_bytes() == PNG
    assert world.listener.check_evidence(whole.folder)[0].sound


def test_a_page_for_who_holds_the_link(world: World) -> None:
    links = Links("https://listener.example", world.listener.vault.digest("web", "links"))
    path = links.intake("李雷").removeprefix("https://listener.example")
    server = WebServer(application(world.listener.pages(), links), "127.0.0.1", 0)
    server.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", trust_env=False, timeout=60) as client:
            shown = client.get(path)
            assert (shown.status_code, "李雷" in shown.text) == (200, True)
            assert world.rows(CaseRow) == [], "looking registers nothing"
            done = client.post(path, data={"text": f"客户<b>很急</b>\n\n{DOUYIN}"})
            assert (done.status_code, "已登记 #0001" in done.text) == (200, True)
            assert "已有工单 #0001" in client.post(path, data={"text": DOUYIN}).text
            assert client.post(path, data={"text": " "}).status_code == 409
            assert client.post(path, data={"text": "x" * 300_000}).status_code == 413
            for wrong in ("/intake", path + "x", f"/intake?token={links.token(1, '李雷')}", links.intake("路人")[24:]):
                assert client.get(wrong).status_code == 403
    finally:
        server.close()
    (said,) = world.rows(MentionRow)
    assert said.fields["forwarded_by"] == "李雷"


def test_who_is_erased_is_erased_from_what_was_forwarded_too(world: World) -> None:
    world.forward(picture(mail(f"客户老王的投诉\n\n{DOUYIN}")), picture(mail("无关的截图", sender="lilei@example.com")))
    only = PNG + b"x"
    world.forward(
        picture(mail(DOUYIN.replace("老王", "小赵").replace("刹车失灵", "漏油").replace("iRNBho6u", "Zz8")), only)
    )
    with world.listener.database.write() as session:
        for row in session.exec(select(MentionRow).where(MentionRow.author_name == "小赵")):
            row.author_id = "u9"
        for capture in session.exec(select(RawMentionRow).where(RawMentionRow.author_name == "小赵")):
            capture.author_id = "u9"
    path = world.listener.settings.config_dir / "people.toml"
    more = '\n[[people]]\nname = "隐私"\nmail = "p@example.com"\nrole = "privacy"\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    world.listener.reload()
    erased = world.listener.erase_customer("", "隐私", account="douyin:u9")
    folder = world.listener.settings.home / evidence.FOLDER
    assert evidence.path_of(folder, hashlib.sha256(only).hexdigest()) is None
    assert evidence.path_of(folder, hashlib.sha256(PNG).hexdigest()) is not None, "others have that one"
    assert erased.after == {}
    titles = [row.title for row in world.rows(ArrivalEntryRow)]
    assert titles.count("") == 1 and not any("小赵" in title for title in titles)
    assert "漏油" not in str([row.answer for row in world.rows(ArrivalRow)])
