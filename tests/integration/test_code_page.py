"""The page where an author types the code they were sent, over real HTTP."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.store import captures
from listener.store.link_tables import LinkGuessRow
from listener.web.app import application
from listener.web.server import WebServer
from tests.factories import NOW, raw

CONFIG = 'company = "晨曜汽车"\npublic_url = "https://listener.example"\n'
PEOPLE = '[[people]]\nname = "孙主管"\nmail = "sun@maker.example"\nrole = "supervisor"\n'
CUSTOMERS = (
    ("客户编号", "姓名", "手机号", "订单号", "禁止匹配"),
    ("K1", "陈思远", "13800138001", "SY26103301", ""),
    ("K2", "李娜", "13800138002", "SY26103302", ""),
    ("K3", "吴桂芳", "13800138009", "", ""),
    ("K4", "何志强", "13800138009", "", ""),
    ("K5", "许国梁", "13800138005", "", "是"),
)


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[Listener]:
    config = tmp_path / "config"
    config.mkdir()
    (config / "listener.toml").write_text(CONFIG, encoding="utf-8")
    (config / "people.toml").write_text(PEOPLE, encoding="utf-8")
    made = Listener.from_folder(config, environment=Environment(now=NOW))
    with (tmp_path / "customers.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(CUSTOMERS)
    made.import_customers(tmp_path / "customers.csv", {})
    with made.database.write() as session:
        captures.save(session, [raw("1", content="白露刹车失灵，客服没人管，投诉！", author_id="7", thread_id="")])
    made.process()
    yield made
    made.database.close()


@pytest.fixture
def page(listener: Listener) -> Iterator[str]:
    server = WebServer(application(listener.pages(), listener.links), "127.0.0.1", 0)
    server.start()
    yield f"http://127.0.0.1:{server.port}/code"
    server.close()


def send(page: str, code: str, number: str = "") -> httpx.Response:
    return httpx.post(page, data={"code": code, "number": number})


def invited(listener: Listener, customer: str = "") -> str:
    return str(listener.invite(1, listener.acting("孙主管"), customer)["code"])


def linked(listener: Listener) -> list[tuple[str, str]]:
    return [(row["customer"], row["judgement_code"]) for row in listener.link_facts("zh", 10)]


def test_the_page_shows_a_form_and_its_address_stands_in_the_message(listener: Listener, page: str) -> None:
    told = httpx.get(page)
    assert told.status_code == 200 and "晨曜汽车" in told.text and "width=device-width" in told.text
    assert 'name="code"' in told.text and "script" not in told.text
    assert "Enter your code" in httpx.get(f"{page}?lang=en").text
    person = listener.acting("孙主管")
    assert "https://listener.example/code " in listener.invite(1, person)["message"]
    assert "https://listener.example/code?lang=en" in listener.invite(1, person, lang="en")["message"]


@pytest.mark.parametrize("number", ["138 0013 8002", "sy26103302"])
def test_a_code_with_a_number_of_one_customer_binds_the_account(listener: Listener, page: str, number: str) -> None:
    code = invited(listener)
    told = send(page, code.lower(), number)
    assert told.status_code == 200 and "已通过" in told.text
    assert linked(listener) == [("K2", "positive")]
    with listener.database.write() as session:
        captures.save(session, [raw("2", content="还是没人理，投诉！", author_id="7", thread_id="")])
    listener.process()
    assert set(linked(listener)) == {("K2", "positive")} and len(linked(listener)) == 2
    assert send(page, code, number).status_code == 422  # it works once


def test_a_code_that_was_sent_to_one_customer_needs_no_number(listener: Listener, page: str) -> None:
    assert send(page, invited(listener, "K1")).status_code == 200
    assert linked(listener) == [("K1", "positive")]


def test_what_is_not_accepted_looks_the_same_whatever_the_reason(listener: Listener, page: str) -> None:
    code = invited(listener)
    numbers = ("13800138777", "13800138009", "13800138005", "")
    answers = [send(page, *each) for each in (("BBBB2-BBBBB", "13800138001"), *((code, each) for each in numbers))]
    assert {(each.status_code, each.text) for each in answers} == {(422, answers[0].text)}
    assert linked(listener) == []
    assert send(page, code, "13800138001").text == answers[0].text  # and so does having tried too often
    with listener.database.read() as session:
        assert all("127.0.0.1" not in row.who for row in session.exec(select(LinkGuessRow)))


def test_whose_number_is_known_cannot_be_tried_out_from_many_places(listener: Listener) -> None:
    code = invited(listener)
    for place in range(5):
        assert not listener.redeem_typed(code, "13800138777", f"203.0.113.{place}")
    assert not listener.redeem_typed(code, "13800138001", "203.0.113.99")


def test_an_account_that_is_anothers_stays_so_and_the_code_is_not_used_up(listener: Listener, page: str) -> None:
    person = listener.acting("孙主管")
    code = invited(listener)
    listener.confirm_link("1", "K1", person, "来电核实")
    assert send(page, code, "13800138002").status_code == 422
    assert linked(listener) == [("K1", "positive")]


def test_too_large_a_form_is_refused(page: str) -> None:
    assert send(page, "B" * 5000).status_code == 413
    assert httpx.get(page).status_code == 200
