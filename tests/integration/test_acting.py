"""Acting from a mail: the signed link shows, only the form acts, and it acts as the mail's receiver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from sqlmodel import col, select

from listener.alerts.sla import known_until
from listener.bootstrap import Listener
from listener.cases.moves import Action
from listener.errors import BadInput
from listener.loading import Environment
from listener.starter import Answers, write
from listener.store.tables import AlertRow, CaseEventRow, CaseRow, DeliveryRow
from listener.web.app import application
from listener.web.server import WebServer
from tests.factories import NOW
from tests.outbox_world import opened
from tests.outbox_world import write as store

PEOPLE = """
[[people]]
name = "张敏"
mail = "z@example.com"
team = "客服"

[[people]]
name = "Li Lei"
mail = "l@example.com"
language = "en"
"""


CLOSING = {"cause": "制造缺陷：油管", "countermeasure": "换供应商", "remedy": "免费更换"}


@pytest.fixture
def listener(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    write(
        tmp_path, Answers(company="晨曜", receiver="张敏", receiver_mail="z@example.com", feed="http://127.0.0.1:9/f")
    )
    (tmp_path / "config" / "people.toml").write_text(PEOPLE, encoding="utf-8")
    main = tmp_path / "config" / "listener.toml"
    text = main.read_text(encoding="utf-8")
    main.write_text(text.replace('public_url = ""', 'public_url = "https://l.example"'), encoding="utf-8")
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url))
    store(made.database, opened("1"), opened("2"), alert=False)
    yield made
    made.database.close()


@pytest.fixture
def address(listener: Listener) -> Iterator[str]:
    server = WebServer(application(listener.pages(), listener.links), "127.0.0.1", 0)
    server.start()
    yield f"http://127.0.0.1:{server.port}"
    server.close()


def link(listener: Listener, number: int = 1, person: str = "张敏") -> str:
    return listener.links.case(number, person).removeprefix("https://l.example")


def case_of(listener: Listener, number: int = 1) -> CaseRow:
    with listener.database.read() as session:
        return session.exec(select(CaseRow).where(CaseRow.id == number)).one()


def test_looking_never_acts(listener: Listener, address: str) -> None:
    page = httpx.get(address + link(listener) + "&do=claim")
    assert page.status_code == 200
    assert 'name="action" value="claim"' in page.text
    assert page.text.index('value="claim"') < page.text.index('value="assign"'), "what was chosen stands in front"
    assert case_of(listener).state == "new"
    assert page.text.count("舆情快报") == 1 and "公开答复" in page.text, "to copy in one tap"


def test_the_customer_s_word_is_one_tap(listener: Listener, address: str) -> None:
    httpx.post(address + link(listener), data={"action": "claim"})
    httpx.post(address + link(listener), data={"action": "reply"})
    page = httpx.get(address + link(listener) + "&do=visit")
    for value in ("satisfied", "mostly", "unsatisfied", "unreached"):
        assert f'<button name="satisfaction" value="{value}">' in page.text
    assert httpx.post(address + link(listener), data={"action": "visit", "satisfaction": "mostly"}).status_code == 200
    assert case_of(listener).satisfaction == "mostly"


def test_the_form_acts_as_the_mail_s_receiver(listener: Listener, address: str) -> None:
    done = httpx.post(address + link(listener), data={"action": "claim"})
    assert (done.status_code, case_of(listener).owner) == (200, "张敏")
    assert "工单 #1：认领" in done.text
    with listener.database.read() as session:
        assert session.exec(select(CaseEventRow.actor).where(CaseEventRow.action == "claim")).all() == ["张敏"]


def test_the_second_to_claim_is_told_who_was_first_in_their_language(listener: Listener, address: str) -> None:
    httpx.post(address + link(listener), data={"action": "claim"})
    refused = httpx.post(address + link(listener, 1, "Li Lei"), data={"action": "claim"})
    assert refused.status_code == 409
    assert "张敏 has claimed it" in refused.text
    assert case_of(listener).owner == "张敏"


def test_a_whole_case_can_be_handled_from_its_page(listener: Listener, address: str) -> None:
    steps = (
        {"action": "assign", "to": "team:客服", "note": "请跟进"},
        {"action": "claim"},
        {"action": "reply", "note": "已致歉并预约检修"},
        {"action": "visit", "satisfaction": "mostly"},
        {
            "action": "close",
            "cause": "manufacture",
            "cause_detail": "油管",
            "countermeasure": "换供应商",
            "remedy": "免费更换",
            "satisfaction": "mostly",
        },
    )
    for fields in steps:
        done = httpx.post(address + link(listener), data=fields)
        assert done.status_code == 200, done.text
    row = case_of(listener)
    assert (row.state, row.team, row.satisfaction, row.cause) == ("closed", "客服", "mostly", "manufacture：油管")


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"action": "explode"}, 409, "explode"),
        ({}, 409, "表单"),
        ({"action": "close"}, 409, "还没有答复客户"),
        ({"action": "assign", "to": "nobody"}, 409, "没有名为 nobody 的人员"),
        ({"action": "assign"}, 409, "没有说转给谁"),
        ({"action": "visit", "satisfaction": "great"}, 409, "great"),
        ({"action": "note", "note": "x" * 70_000}, 413, "过长"),
    ],
)
def test_a_bad_form_changes_nothing_and_says_why(
    listener: Listener, address: str, fields: dict[str, str], status: int, said: str
) -> None:
    refused = httpx.post(address + link(listener), data=fields)
    assert refused.status_code == status
    assert said in refused.text
    assert case_of(listener).state == "new"


def test_a_link_for_nobody_looks_and_does_not_act(listener: Listener, address: str) -> None:
    looking = listener.links.case(1).removeprefix("https://l.example")
    assert "<form" not in httpx.get(address + looking).text
    assert httpx.post(address + looking, data={"action": "claim"}).status_code == 403


def test_another_case_s_link_does_not_act_here(listener: Listener, address: str) -> None:
    token = link(listener, 2).split("token=")[1]
    assert httpx.post(f"{address}/cases/1?token={token}", data={"action": "claim"}).status_code == 403


def test_without_a_public_address_the_mail_has_prepared_answers(listener: Listener) -> None:
    links = listener.links.__class__("", "secret")
    made = links.action(7, "张敏", "claim", "认领", "case@maker.example")
    assert made.startswith("mailto:case@maker.example?subject=")
    token = unquote(made).split("[")[1].rstrip("]")
    assert links.read(token)[:2] == (7, "张敏")
    assert links.action(7, "张敏", "claim", "认领", "") == ""


def reply(
    listener: Listener,
    text: str,
    *,
    sender: str = "张敏 <z@example.com>",
    to: str = "",
    subject: str = "回复：【紧急】",
) -> tuple[str, ...] | None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = sender, subject
    if to:
        mail["In-Reply-To"] = to
    mail.set_content(text)
    answered = listener.answer(mail)
    return answered.lines if answered else None


def sent(listener: Listener, number: int | None = 1, name: str = "张敏", address: str = "z@example.com") -> str:
    """A mail that went out; its Message-ID."""
    message_id = f"<{number}.{name}.token@maker.example>"
    with listener.database.write() as session:
        row = DeliveryRow(
            key=message_id,
            receiver=name,
            notifier="email",
            address=address,
            case_id=number,
            message_id=message_id,
            next_at=NOW,
            created_at=NOW,
        )
        session.add(row)
    return message_id


def told(listener: Listener) -> list[dict[str, Any]]:
    """What the newest mail about answered orders says."""
    with listener.database.read() as session:
        wanted = select(AlertRow).where(AlertRow.kind == "orders_answer").order_by(col(AlertRow.id).desc())
        found = session.exec(wanted).first()
        return list((found.facts or {})["lines"]) if found else []


class TestByMail:
    def test_an_answer_claims_and_says_so(self, listener: Listener) -> None:
        lines = reply(listener, "认领\n\n------------------ 原始邮件 ------------------", to=sent(listener))
        assert lines is not None and lines[0].startswith("工单 #1：认领")
        assert case_of(listener).owner == "张敏"

    def test_the_morning_list_is_answered_with_numbers(self, listener: Listener) -> None:
        lines = reply(listener, "认领 1 2 99", to=sent(listener, None))
        assert lines is not None and len(lines) == 3
        assert "没有工单 #99" in lines[2]
        assert {case_of(listener, number).owner for number in (1, 2)} == {"张敏"}

    def test_without_a_case_it_asks_for_one(self, listener: Listener) -> None:
        assert reply(listener, "认领", to=sent(listener, None)) == ("没有说哪个工单：请写编号，如「认领 3 5」",)

    def test_free_text_is_a_note(self, listener: Listener) -> None:
        reply(listener, "客户说周末才有空", to=sent(listener))
        with listener.database.read() as session:
            assert session.exec(select(CaseEventRow.note).where(CaseEventRow.action == "note")).all() == [
                "客户说周末才有空"
            ]

    def test_who_was_not_sent_the_mail_does_not_act(self, listener: Listener) -> None:
        ours = sent(listener)
        assert reply(listener, "认领", to=ours, sender="thief@example.com") is None
        assert reply(listener, "认领", to="<guessed@maker.example>") is None
        assert reply(listener, "认领") is None
        assert case_of(listener).state == "new"

    def test_a_prepared_answer_acts_by_its_token(self, listener: Listener) -> None:
        token = listener.links.token(2, "张敏")
        assert reply(listener, "", subject=f"认领 #2 [{token}]") == (
            "工单 #2：认领，状态 待受理→处理中，负责人（处理中）",
        )
        assert case_of(listener, 2).owner == "张敏"
        assert reply(listener, "", subject=f"催办 #2 [{token}]", sender="thief@example.com") is None
        assert reply(listener, "", subject=f"催办 #2 [{token[:-27]}{27 * 'A'}]") is None

    def test_an_automatic_answer_does_nothing(self, listener: Listener) -> None:
        assert reply(listener, "认领", to=sent(listener), subject="自动回复：外出") is None
        assert case_of(listener).state == "new"

    def test_who_lost_a_case_or_named_several_is_told_by_mail(self, listener: Listener) -> None:
        """Of two who claim at once one wins, and the other hears who: by mail too."""
        listener.act([1], Action.CLAIM, listener.settings.person("Li Lei"))
        reply(listener, "认领", to=sent(listener))
        assert "Li Lei" in told(listener)[0]["line"] and told(listener)[0]["case"] == 1
        reply(listener, "认领 1 2", to=sent(listener, None))
        assert [each["case"] for each in told(listener)] == [1, 2] and "工单 #2：认领" in told(listener)[1]["line"]

    def test_an_answer_that_did_what_it_said_is_not_answered(self, listener: Listener) -> None:
        ours = sent(listener)
        reply(listener, "认领", to=ours)
        reply(listener, "客户说周末才有空", to=ours)
        assert told(listener) == []

    def test_a_stranger_named_in_an_order_is_told(self, listener: Listener) -> None:
        lines = reply(listener, "转派 李磊磊", to=sent(listener))
        assert lines is not None and "没有名为 李磊磊 的人员" in lines[0]


class TestTheDay:
    def test_lists_come_on_workdays_once_a_day_and_a_brief_can_be_passed_on(
        self, listener: Listener, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [NOW]
        monkeypatch.setattr(listener, "now", lambda: now[0])
        listener.act([1], Action.CLAIM, listener.settings.person("张敏"))
        assert listener.morning_lists() == 1
        assert listener.morning_lists() == 0, "once a day"
        with listener.database.read() as session:
            rows = session.exec(select(DeliveryRow)).all()
        assert [row.receiver for row in rows] == ["张敏"]
        now[0] = NOW + timedelta(days=5)  # a Saturday
        assert listener.morning_lists() == 0
        lines = listener.brief(1, "zh").splitlines()
        assert len(lines) == 5
        assert "138****5678" in lines[1] and "13812345678" not in lines[1]
        assert "负责人 张敏" in lines[3]
        with pytest.raises(BadInput, match="没有工单 #99"):
            listener.brief(99, "zh")


def test_the_operator_is_warned_a_month_before_the_known_holidays_end(listener: Listener) -> None:
    ends = known_until()
    listener.now = lambda: datetime(ends.year, 11, 20, 3, tzinfo=UTC)  # type: ignore[method-assign]
    assert not listener.warn_of_holidays()
    listener.now = lambda: datetime(ends.year, 12, 2, 3, tzinfo=UTC)  # type: ignore[method-assign]
    assert listener.warn_of_holidays()
    assert not listener.warn_of_holidays(), "once a month"
    folder = listener.settings.config_dir
    days = ", ".join(f"{ends.year + 1}-10-{day:02}" for day in range(1, 13))
    (folder / "holidays.toml").write_text(f"holidays = [{days}]\n", encoding="utf-8")
    listener.reload()
    listener.now = lambda: datetime(ends.year + 1, 1, 2, 3, tzinfo=UTC)  # type: ignore[method-assign]
    assert not listener.warn_of_holidays(), "what was written down is known"


def test_a_silence_of_what_nothing_is_called_is_refused(listener: Listener) -> None:
    """A typing error would mute nothing, and its author would not notice."""
    person, lasts = listener.settings.person("张敏"), timedelta(hours=4)
    topic = listener.settings.topics[0].name
    for text in (f"topic={topic}车", "severity=S5", "source=不存在"):
        with pytest.raises(BadInput, match="没有这个值"):
            listener.add_silence([text], person, "展厅装修", lasts)
    assert listener.silence_rows() == []
    assert listener.add_silence([f"topic={topic}", "severity=S3,S4"], person, "展厅装修", lasts) == 1
