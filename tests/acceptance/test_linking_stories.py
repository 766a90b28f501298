"""Six people, each handled as a thoughtful person would, with the mail that results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from listener.bootstrap import Listener
from listener.cases.moves import Action
from listener.loading import Environment
from listener.model import RawMention
from listener.store import captures
from listener.store.tables import AnalysisRow, CaseMentionRow
from tests.factories import NOW, raw
from tests.smtp_servers import HOST, real_server

CONFIG = {
    "listener.toml": 'company = "朔岳汽车"\ncontact = "400-000-1234"\n[mail]\nhost = "{host}"\nport = {port}\n'
    'sender = "alert@maker.example"\n[nlp]\nproducts = ["白露", "摇光7"]\n',
    "topics/brand.toml": 'name = "朔岳"\nany = ["朔岳", "白露", "摇光7"]\n',
    "people.toml": '[[people]]\nname = "孙主管"\nmail = "sun@maker.example"\nrole = "supervisor"\n',
    "routes.toml": 'default = ["孙主管"]\n',
}
CUSTOMERS = """客户编号,姓名,手机号,平台账号,地区,车型,经销商,订单号,购买日期,客户类型
K1,陈思远,13800138001,discuz:900,杭州,白露,朔岳杭州城西中心,SY2610330187,2025-11-02,
K2,李娜,13800138002,,成都,白露,朔岳成都高新中心,SY2610355120,2025-10-28,
K3,李娜,13800138003,,杭州,白露,朔岳杭州滨江中心,SY2610702264,2026-05-09,
K4,吴桂芳,13800138004,,杭州,白露,朔岳杭州滨江中心,SY2610205593,2025-03-11,
K5,何志强,13800138004,,杭州,摇光7,朔岳杭州滨江中心,SY2610205606,2025-03-11,
K6,朔岳杭州城西中心,13800138006,,杭州,,朔岳杭州城西中心,,2020-01-01,经销商
K7,许国梁,13800138007,,南京,白露,朔岳南京江宁中心,SY2610588206,2026-02-14,
"""


class World:
    """An installation with a mail server and customers; ``say`` is what the public does, ``mails`` what is received."""

    def __init__(self, folder: Path, server: Any, url: str) -> None:
        for name, text in CONFIG.items():
            path = folder / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("{host}", HOST).replace("{port}", str(server.port)), encoding="utf-8")
        self.now, self.server, self.folder, self.url = NOW, server, folder, url
        self.listener = self._at(NOW)
        (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
        self.listener.import_customers(folder / "customers.csv", {})
        self._count = 0

    def _at(self, now: Any) -> Listener:
        return Listener.from_folder(self.folder / "config", environment=Environment(database_url=self.url, now=now))

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.listener.database.close()
        self.listener = self._at(self.now)

    def say(self, text: str, author: str, **changes: Any) -> None:
        self._count += 1
        facts = {
            "content": text,
            "author_id": author,
            "thread_id": "",
            "published_at": self.now,
            "captured_at": self.now,
        }
        self.capture(raw(f"m{self._count}", **(facts | {"author_name": f"网友{author}"} | changes)))

    def capture(self, said: RawMention) -> None:
        with self.listener.database.write() as session:
            captures.save(session, [said])
        self.listener.process()

    def mails(self) -> list[EmailMessage]:
        self.listener.deliver()
        return [each.mail for each in self.server.mails]

    def case(self, number: int) -> dict[str, Any]:
        return self.listener.case_facts(number, "zh")

    def reason(self, number: int) -> str:
        """Why the case is as grave as it is."""
        with self.listener.database.read() as session:
            statement = (
                select(AnalysisRow.severity_reason)
                .join(CaseMentionRow, col(CaseMentionRow.mention_id) == col(AnalysisRow.mention_id))
                .where(CaseMentionRow.case_id == number, CaseMentionRow.joined_as == "opener")
            )
            return session.exec(statement).one()

    def links(self) -> list[tuple[str, str]]:
        return sorted((row["customer"], row["judgement_code"]) for row in self.listener.link_facts("zh", 50))


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> Iterator[World]:
    with real_server() as server:
        made = World(tmp_path, server, sqlite_url)
        yield made
        made.listener.database.close()


def body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_third_complaint_in_ninety_days_is_graver_and_says_so(world: World) -> None:
    """An owner whose account is bound complains of three things within three months; nobody asks who they are."""
    person = world.listener.acting("孙主管")
    world.say("白露中控黑屏，客服没人管，投诉！", "900")
    world.pass_days(35)
    world.say("白露空调不制冷，送修没有解决，投诉！", "900")
    world.listener.act([1], Action.CLAIM, person)
    world.pass_days(40)
    world.say("白露车门异响，拆了装装了拆，售后态度敷衍，投诉！", "900")
    cases = [world.case(number) for number in (1, 2, 3)]
    assert [case["customer"] for case in cases] == ["K1"] * 3
    assert "提高一级" in world.reason(3)
    last = next(mail for mail in world.mails() if "工单#3" in str(mail["subject"]))
    assert "第3次" in str(last["subject"])
    text = body(last)
    assert "该客户第 3 次投诉" in text and "陈**" in text and "13800138001" not in text


def test_namesakes_are_told_apart_by_a_person(world: World) -> None:
    """Two customers are called 李娜: the city makes one likelier, still a person decides; the mail names neither."""
    world.say("我叫李娜，在杭州，白露刹车异响，4S店没人管，要求退款！", "501")
    assert [each[1] for each in world.links()] == ["unsure", "unsure"] or world.links() == [("K3", "unsure")]
    assert world.case(1)["customer"] is None
    text = body(world.mails()[-1])
    assert "未识别" in text and not re.search(r"\bK[23]\b", text)  # an invitation's code may hold the letters
    (row,) = world.listener.review_rows("zh", 5)
    assert row["candidates"][0]["customer"] == "K3"
    world.listener.confirm_link(str(row["mention"]), "K3", world.listener.acting("孙主管"), "电话核实")
    assert world.case(1)["customer"] == "K3"
    world.listener.undo_link(str(row["mention"]), "K3", world.listener.acting("孙主管"), "听错了，是成都的李娜")
    told = body(world.mails()[-1])
    assert "客户匹配已撤回" in told and "听错了" in told
    assert world.case(1)["customer"] is None


def test_a_family_sharing_a_phone_is_asked_unless_the_name_is_said(world: World) -> None:
    world.say("我的手机13800138004，白露漏油，售后没人管，投诉！", "601")
    assert world.links() == [("K4", "unsure"), ("K5", "unsure")]
    assert "未识别" in body(world.mails()[-1])
    world.say("我是何志强，手机13800138004，摇光7中控黑屏，售后没人管，投诉！", "602")
    assert world.case(2)["customer"] == "K5"
    text = body(world.mails()[-1])
    assert "何**" in text and "姓名 何**" in text.replace("：", " ")


def test_a_dealer_posting_about_itself_is_nobodys_complaint(world: World) -> None:
    world.say("朔岳杭州城西中心白露现车充足，订车热线13800138006，欢迎到店", "701", author_name="朔岳杭州城西4S店")
    assert [each[1] for each in world.links()] == ["unsure"]
    assert world.mails() == []


def test_a_repost_of_a_strangers_complaint_is_not_the_posters(world: World) -> None:
    """Somebody passes on a stranger's words with the stranger's phone: the stranger is not linked to the poster."""
    world.say("转自车友群：白露刹车失灵，4S店推脱，车主电话13800138007，太过分了，求曝光！", "801")
    assert world.links() == [("K7", "unsure")]
    assert world.case(1)["customer"] is None
    text = body(world.mails()[-1])
    assert "未识别" in text and "许**" not in text


def test_a_customer_who_moved_is_known_by_more_than_the_city(world: World) -> None:
    """The phone is theirs and so is the name; another city is shown as what speaks against it, and does not win."""
    world.say("我是许国梁，去年搬到成都了，手机13800138007，白露变速箱顿挫，投诉无门，要求退款！", "851")
    assert world.case(1)["customer"] == "K7"
    world.say("我在成都，手机13800138007，白露变速箱又坏了，要求退款！", "852")
    assert ("K7", "unsure") in world.links()
    assert "未识别" in body(world.mails()[-1])


def test_the_mail_of_an_unknown_author_carries_an_invitation(world: World) -> None:
    world.say("白露刹车失灵，客服没人管，投诉！", "901")
    text = body(world.mails()[-1])
    assert "未识别" in text and "验证码" in text and "私信" in text
    code = next(word for word in text.replace("，", " ").split() if len(word) == 11 and word[5] == "-")
    assert code in world.case(1)["invitation"]
    done = world.listener.redeem_code(code, "K2", world.listener.acting("孙主管"), "孙主管")
    assert done is not None and world.case(1)["customer"] == "K2"
    world.say("白露又漏油，投诉！", "901")
    assert ("K2", "positive") in world.links()
