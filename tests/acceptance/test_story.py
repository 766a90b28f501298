"""The story of the Shanghai owner, from the page to satisfaction.

An owner complains on a forum under an account that is bound to their record. The mail names model, purchase, dealer
and says which time it is; it goes to the nearest service station that is not the accused one. Nobody claims it: over
the National Day holiday nobody is written to, and when work begins it escalates, level by level. It is claimed by the
mail's link, answered, the thread is read again, the owner is satisfied, the case is closed with cause and
countermeasure, and the report counts it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import httpx
import pytest

from listener.bootstrap import Listener
from listener.cases.moves import Action
from listener.handling import Done
from listener.loading import Environment
from listener.model import Satisfaction
from listener.web.app import application
from listener.web.server import WebServer
from tests.factories import ZONE
from tests.forum_site import ForumSite, serving, uid_of
from tests.mail_lint import mail_faults
from tests.smtp_servers import HOST, Arrived, real_server

EVE = datetime(2026, 9, 30, 17, 40, tzinfo=ZONE)
"""A Wednesday, twenty minutes before work ends; then seven days of holiday. Work begins again on Thursday 8 October."""
CONFIG = {
    "listener.toml": """company = "晨曜汽车"
public_url = "https://listener.example"
[nlp]
products = ["晨曜 X5"]
[mail]
host = "{host}"
port = {port}
sender = "alert@maker.example"
""",
    "sources/forum.toml": """name = "forum"
platform = "discuz"
url = "{forum}"
forums = [2]
every = "10m"
allow_private_addresses = true
obey_robots = false
""",
    "topics/brand.toml": 'name = "晨曜"\nany = ["晨曜"]\n',
    "people.toml": """[[people]]
name = "东店王师傅"
mail = "east@station.example"
team = "沪东店"

[[people]]
name = "西店李师傅"
mail = "west@station.example"
team = "沪西店"

[[people]]
name = "杭店赵师傅"
mail = "hz@station.example"
team = "杭州店"

[[people]]
name = "孙主管"
mail = "sun@maker.example"
role = "supervisor"

[[people]]
name = "周总"
mail = "zhou@maker.example"
role = "manager"
""",
    "routes.toml": 'default = ["孙主管"]\n[[routes]]\nname = "就近服务站"\nto = ["nearest"]\n',
    "dealers.toml": """[[dealers]]
name = "沪东店"
region = "上海"
contact = "东店王师傅"
place = [31.22, 121.54]

[[dealers]]
name = "沪西店"
region = "上海"
contact = "西店李师傅"
place = [31.23, 121.40]

[[dealers]]
name = "杭州店"
region = "浙江杭州"
contact = "杭店赵师傅"
place = [30.27, 120.15]
""",
}
CUSTOMERS = """客户编号,姓名,手机号,平台账号,地区,车型,经销商,消费金额,购买日期
C-1001,王小明,13812345678,discuz:{uid},上海,晨曜 X5,沪东店,268000,2025-03-01
"""

DEALINGS = """客户编号,类型,日期,车型,门店,结果,内容
C-1001,购买,2025-03-01,晨曜 X5,沪东店,已交车,
C-1001,维修,2026-09-22,晨曜 X5,沪东店,已完成,更换前刹车片 13812345678
"""


EARLIER = (
    (6, 60, "晨曜X5刹车异响，客服没人管，要求解决！"),
    (7, 40, "晨曜X5中控黑屏，售后拒绝赔偿！"),
)


class World:
    """An installation with its own clock, a forum and a mail server."""

    def __init__(self, folder: Path, site: ForumSite, port: int, database_url: str) -> None:
        for name, text in CONFIG.items():
            path = folder / "config" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            filled = text.replace("{host}", HOST).replace("{port}", str(port)).replace("{forum}", site.url)
            path.write_text(filled, encoding="utf-8")
        self.now, self.site, self.folder = EVE, site, folder
        self.listener = Listener.from_folder(folder / "config", environment=Environment(database_url=database_url))
        self.listener.now = lambda: self.now  # type: ignore[method-assign]

    def turn(self) -> None:
        """What the daemon does: crawl, process, look at the clocks, deliver."""
        report = self.listener.crawl("forum")
        assert not report.outcome.bad, report.detail
        self.listener.process()
        self.listener.look_at_clocks()
        self.listener.deliver()

    def severity(self, number: int) -> str:
        """How grave a case is, in the word that people see."""
        return str(self.listener.case_facts(number, "zh")["severity"])

    def settle(self, number: int) -> None:
        """A case is answered and closed."""
        person = self.listener.settings.person("孙主管")
        self.listener.act([number], Action.REPLY, person)
        closing = {
            "cause": "零件的制造缺陷",
            "countermeasure": "更换",
            "remedy": "免费",
            "satisfaction": Satisfaction.MOSTLY,
        }
        ((_, done),) = self.listener.act([number], Action.CLOSE, person, **closing)
        assert isinstance(done, Done), done


@pytest.fixture
def world(tmp_path: Path, sqlite_url: str) -> Iterator[tuple[World, list[Arrived]]]:
    with serving(ForumSite()) as site, real_server() as server:
        made = World(tmp_path, site, server.port, sqlite_url)
        yield made, server.mails
        made.listener.database.close()


def mail(arrived: Arrived) -> EmailMessage:
    found = message_from_bytes(arrived.content, policy=default)
    assert isinstance(found, EmailMessage)
    assert mail_faults(found, arrived.content) == []
    return found


QUIET = (
    "2026-09-30 18:05",  # work is over, twenty minutes of the hour to the first contact are gone
    "2026-10-01 00:00",  # midnight
    "2026-10-02 10:00",  # a holiday, at an hour when others work
    "2026-10-03 15:00",
    "2026-10-07 23:59",
    "2026-10-08 08:59",
)
"""Moments between the complaint and the beginning of work: an hour on the wall clock passed long ago."""

ESCALATES = (
    ("2026-10-08 09:10", {"west@station.example"}),  # half of the hour of work: who has to claim it
    ("2026-10-08 09:40", {"west@station.example", "sun@maker.example"}),  # the hour is over: their supervisor
    ("2026-10-08 10:40", {"west@station.example", "sun@maker.example", "zhou@maker.example"}),  # twice: the manager
    ("2026-10-08 12:30", set()),  # lunch; half of the plan's eight hours is at 14:10, not at 12:40
    ("2026-10-08 13:00", set()),
    ("2026-10-08 14:10", {"west@station.example"}),
)
"""When work has begun: who is written to at which moment."""


def nobody_claims(made: World, mails: list[Arrived], first: EmailMessage) -> None:
    """The case is left alone over the holiday and the first day of work: nobody is disturbed, then all are told."""
    mails.clear()
    for moment in QUIET:
        made.now = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
        made.turn()
        assert not mails, f"{moment}: {[arrived.recipient for arrived in mails]}"
    for moment, receivers in ESCALATES:
        made.now = datetime.fromisoformat(moment).replace(tzinfo=ZONE)
        made.turn()
        assert {arrived.recipient for arrived in mails} == receivers, moment
        assert all(mail(arrived)["references"] == first["references"] for arrived in mails), "one thread"
        mails.clear()


def test_from_the_page_to_a_satisfied_customer(world: tuple[World, list[Arrived]]) -> None:
    made, mails = world
    listener, site = made.listener, made.site
    table = made.folder / "customers.csv"
    table.write_text(CUSTOMERS.format(uid=uid_of("车主老王")), encoding="utf-8")
    listener.import_customers(table, {})
    table = made.folder / "dealings.csv"
    table.write_text(DEALINGS, encoding="utf-8")
    listener.import_interactions(table, {})
    for tid, days, said in EARLIER:
        made.now = EVE - timedelta(days=days)
        site.say(tid, "车主老王", said, made.now - timedelta(minutes=5))
        made.turn()
        made.settle(tid - 5)

    # the third complaint within ninety days
    made.now = EVE
    mails.clear()
    site.say(8, "车主老王", "晨曜X5刹车异响又来了，沪东店推来推去不给修，要求退车！", EVE - timedelta(minutes=20))
    made.turn()
    assert [arrived.recipient for arrived in mails] == ["west@station.example"], "near, and not the accused one"
    first = mail(mails[0])
    text = mails[0].text
    assert "第3次" in str(first["subject"])
    number = int(re.search(r"工单#(\d+)", str(first["subject"]))[1])  # type: ignore[index]
    for word in (
        "晨曜 X5",  # the model
        "2025-03-01 购买",  # when it was bought, and where
        "2026-09-22 维修 · 晨曜 X5 · 沪东店 · 更换前刹车片",  # the earlier repair
        "该客户第 3 次投诉",
        "#1 制动",  # the earlier cases, and how they ended
        "基本满意",
        "王*",
        "最近的服务网点：沪西店",
        "刹车异响",
        "建议答复",
        "受理编号",
        "优先级",
    ):
        assert word in text, word
    assert "13812345678" not in text
    assert made.severity(number) == "紧急", "raised by the third complaint, but no danger: it keeps working hours"

    nobody_claims(made, mails, first)

    # claimed by the link in the mail
    link = re.search(r"https://listener\.example(/cases/\S+)", text)
    assert link is not None
    server = WebServer(application(listener.pages(), listener.links), "127.0.0.1", 0)
    server.start()
    try:
        address = f"http://127.0.0.1:{server.port}{link[1]}"
        assert httpx.post(address, data={"action": "claim"}).status_code == 200
        made.now += timedelta(minutes=30)
        assert httpx.post(address, data={"action": "reply", "note": "已致歉，安排拖车检修"}).status_code == 200

        # the owner says thanks in the thread, which is read again
        site.say(8, "车主老王", "沪西店李师傅很负责，问题解决了，非常满意，谢谢！", made.now + timedelta(hours=20))
        made.now += timedelta(hours=21)
        made.turn()
        facts = listener.case_facts(number, "zh")
        assert facts["satisfaction"] == "satisfied" and facts["satisfaction_judged"]

        closing = {
            "action": "close",
            "cause": "manufacture",
            "cause_detail": "制动油管老化",
            "countermeasure": "同批次排查",
            "remedy": "免费更换",
        }
        done = httpx.post(address, data={**closing, "satisfaction": "satisfied"})
        assert done.status_code == 200, done.text
    finally:
        server.close()

    files = listener.report(EVE - timedelta(days=1), made.now + timedelta(hours=1), made.folder / "report", "zh")
    counted = json.loads(Path(files["json"]).read_text(encoding="utf-8"))
    assert counted["summary"]["total"]["complaints"] == 1
    assert "已办结" in json.dumps(counted, ensure_ascii=False) or '"closed"' in json.dumps(counted)
