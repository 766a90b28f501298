"""Acting from a mail: the signed link shows, only the form acts, and it acts as the mail's receiver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.starter import Answers, write
from listener.store.tables import CaseEventRow, CaseRow
from listener.web.app import application
from listener.web.server import WebServer
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


CLOSING = {"cause": "油管", "countermeasure": "换供应商", "remedy": "免费更换"}


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
            "cause": "油管",
            "countermeasure": "换供应商",
            "remedy": "免费更换",
            "satisfaction": "mostly",
        },
    )
    for fields in steps:
        done = httpx.post(address + link(listener), data=fields)
        assert done.status_code == 200, done.text
    row = case_of(listener)
    assert (row.state, row.team, row.satisfaction, row.cause) == ("closed", "客服", "mostly", "油管")


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
