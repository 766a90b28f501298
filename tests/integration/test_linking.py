"""Rulings on links and codes to identify by, on both databases: what follows, and that undoing restores exactly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlmodel import select

from listener.bootstrap import Listener
from listener.errors import BadInput
from listener.loading import Environment
from listener.model import RawMention
from listener.store import captures, rulings
from listener.store.link_tables import LinkCodeRow, LinkKeyRow
from listener.store.tables import CaseEventRow, CaseRow, IdentityLinkRow, IdentityRow
from tests.factories import NOW, raw
from tests.installations import bare, bring_in

HEADINGS = ("客户编号", "姓名", "手机号", "地区", "车型", "经销商", "订单号", "购买日期", "累计消费")
CHEN = ("K1", "陈思远", "13800138001", "杭州", "白露", "城西店", "SY26103301", "2025-11-02", "9000")
LINA = ("K2", "李娜", "13800138002", "成都", "白露", "高新店", "SY26103302", "2025-10-02", "9000")
LINA2 = ("K3", "李娜", "13800138003", "成都", "白露", "高新店", "SY26103303", "2025-09-02", "9000")
PEOPLE = """[[people]]
name = "孙主管"
mail = "sun@maker.example"
role = "supervisor"
"""


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    with bare(tmp_path, database_url, people=PEOPLE) as made:
        yield made


def load(listener: Listener, folder: Path, *rows: tuple[str, ...]) -> None:
    bring_in(listener, folder, HEADINGS, *rows)


def say(listener: Listener, *said: RawMention) -> None:
    with listener.database.write() as session:
        captures.save(session, list(said), alert=True)
    listener.process()


def complaint(number: str, text: str, author: str = "7", **changes: Any) -> RawMention:
    return raw(number, content=text, author_id=author, thread_id="", **changes)


def links(listener: Listener) -> list[tuple[str, str, str]]:
    return sorted((row["native_id"], row["customer"], row["judgement_code"]) for row in listener.link_facts("zh", 100))


def state(listener: Listener) -> dict[str, Any]:
    """All that a ruling may change."""
    with listener.database.read() as session:
        return {
            "links": sorted(
                (row.mention_id, row.customer_id, json.dumps(rulings.snapshot(row), sort_keys=True))
                for row in session.exec(select(IdentityLinkRow))
            ),
            "accounts": sorted(row.digest for row in session.exec(select(IdentityRow)) if row.kind == "account"),
            "keys": sorted(session.exec(select(LinkKeyRow.digest)).all()),
            "cases": sorted((row.id, row.customer_id, row.severity) for row in session.exec(select(CaseRow))),
        }


def events(listener: Listener, case: int) -> list[tuple[str, str, str]]:
    with listener.database.read() as session:
        rows = session.exec(select(CaseEventRow).where(CaseEventRow.case_id == case).order_by(sqlalchemy.text("id")))
        return [(row.action, row.old, row.new) for row in rows]


NAMESAKE = "我叫李娜，成都的，白露中控黑屏，售后没人管，要求退款！"


def test_a_namesake_pair_goes_to_a_person_and_confirming_binds(listener: Listener, tmp_path: Path) -> None:
    load(listener, tmp_path, CHEN, LINA, LINA2)
    say(listener, complaint("1", NAMESAKE), complaint("2", "白露刹车异响，客服不理，太差了！"))
    assert [each[1:] for each in links(listener)] == [("K2", "unsure"), ("K3", "unsure")]
    (row,) = listener.review_rows("zh", 10)
    assert [each["customer"] for each in row["candidates"]] == ["K2", "K3"]
    assert row["candidates"][0]["name"] == "李*"
    before = state(listener)
    person = listener.acting("孙主管")
    done = listener.confirm_link("discuz:1", "K3", person, "电话核实过")
    assert done.bound and len(done.mentions) == 2
    assert ("2", "K3", "positive") in links(listener)
    assert listener.review_rows("zh", 10) == []
    with listener.database.read() as session:
        assert {case.customer_id for case in session.exec(select(CaseRow))} == {3}
    say(listener, complaint("3", "又坏了，白露变速箱顿挫，投诉！"))
    assert ("3", "K3", "positive") in links(listener)
    undone = listener.undo_link("discuz:1", "K3", person, "打错了电话")
    assert undone.bound and undone.cases
    listener.process()
    after = state(listener)
    assert [each for each in after["links"] if each[0] != 3] == before["links"]
    assert (after["accounts"], after["keys"]) == (before["accounts"], before["keys"])
    assert {case[1] for case in after["cases"]} == {None}
    assert ("link_withdrawn", "K3", "") in events(listener, undone.cases[0])
    assert [row["undone_by"] for row in listener.ruling_rows("zh", 5)] == ["孙主管"]


def test_an_account_bound_to_one_is_not_given_to_another(listener: Listener, tmp_path: Path) -> None:
    load(listener, tmp_path, LINA, LINA2)
    say(listener, complaint("1", NAMESAKE))
    person = listener.acting("孙主管")
    listener.confirm_link("discuz:1", "K2", person, "")
    with pytest.raises(BadInput, match="K2"):
        listener.confirm_link("discuz:1", "K3", person, "")
    with pytest.raises(BadInput, match="--note"):
        listener.undo_link("discuz:1", "K2", person, " ")


def test_a_rejection_is_remembered_until_new_evidence(listener: Listener, tmp_path: Path) -> None:
    load(listener, tmp_path, LINA)
    say(listener, complaint("1", NAMESAKE))
    person = listener.acting("孙主管")
    listener.reject_link("discuz:1", "K2", person, "本人否认")
    say(listener, complaint("2", "我叫李娜，成都的，白露又漏油，投诉！"))
    assert links(listener) == [("1", "K2", "negative")]
    say(listener, complaint("3", "我是李娜，手机13800138002，白露漏油没人管，投诉！"))
    assert ("3", "K2", "unsure") in links(listener)
    listener.undo_link("discuz:1", "K2", person, "核实后是本人")
    assert ("1", "K2", "unsure") in links(listener)


def test_rejecting_takes_the_customer_from_the_case_and_undoing_gives_it_back(
    listener: Listener, tmp_path: Path
) -> None:
    load(listener, tmp_path, CHEN)
    say(listener, complaint("1", "我的订单SY26103301，刹车失灵没人管，投诉！"))
    before = state(listener)
    assert before["cases"][0][1] == 1
    person = listener.acting("孙主管")
    done = listener.reject_link("discuz:1", "K1", person, "订单号是别人的")
    assert state(listener)["cases"][0][1] is None
    assert ("unlink", "K1", "") in events(listener, done.cases[0])
    listener.undo_link("discuz:1", "K1", person, "弄错了")
    assert state(listener) == before


def not_this_customer(listener: Listener, way: str) -> None:
    """As a command, by the form behind the mail's link, by a prepared answer to the mail."""
    note = "订单号是别人的"
    if way == "command":
        command = [sys.executable, "-m", "listener", "--config", str(listener.settings.config_dir)]
        command += ["cases", "not-this-customer", "1", "--as", "孙主管", "--note", note]
        own = {"LISTENER_DATABASE_URL": listener.settings.database_url, "LISTENER_NOW": NOW.isoformat()}
        done = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    elif way == "form":
        listener.act_by_form(1, "孙主管", {"action": "unlink", "note": note})
    else:
        mail = EmailMessage()
        mail["From"] = "孙主管 <sun@maker.example>"
        mail["Subject"] = f"回复：工单#1 [{listener.links.token(1, '孙主管')}]"
        mail.set_content(f"不是此客户 {note}")
        assert listener.answer(mail) is not None


@pytest.mark.parametrize("way", ["command", "form", "mail"])
def test_not_this_customer_is_remembered_whichever_way_it_is_said(listener: Listener, tmp_path: Path, way: str) -> None:
    load(listener, tmp_path, CHEN)
    say(listener, complaint("1", "我的订单SY26103301，刹车失灵没人管，投诉！"))
    before = state(listener)
    assert before["cases"][0][1] == 1 and links(listener) == [("1", "K1", "positive")]
    not_this_customer(listener, way)
    assert state(listener)["cases"][0][1] is None and links(listener) == [("1", "K1", "negative")]
    (ruling,) = listener.ruling_rows("zh", 10)
    assert (ruling["customer"], ruling["person"], ruling["note"]) == ("K1", "孙主管", "订单号是别人的")

    say(listener, complaint("2", "订单SY26103301到现在没人处理，刹车还是失灵，投诉！"))
    assert [link for link in links(listener) if link[0] == "2"] == [], "the same evidence is not believed again"
    person = listener.acting("孙主管")
    listener.undo_link("discuz:1", "K1", person, "弄错了")
    assert state(listener)["cases"][0] == before["cases"][0] and ("1", "K1", "positive") in links(listener)


@pytest.mark.parametrize("first", ["customers", "mentions"])
def test_the_order_of_imports_does_not_matter(listener: Listener, tmp_path: Path, first: str) -> None:
    said = (
        complaint("1", "我的手机13800138001，白露刹车失灵没人管，投诉！"),
        complaint("2", NAMESAKE, "8"),
        complaint("3", "我叫陈思远，手机138****8001，白露漏油，投诉！", "9"),
    )
    if first == "mentions":
        say(listener, *said)
        assert links(listener) == []
        load(listener, tmp_path, CHEN, LINA)
        listener.process()
    else:
        load(listener, tmp_path, CHEN, LINA)
        say(listener, *said)
    assert links(listener) == [("1", "K1", "positive"), ("2", "K2", "unsure"), ("3", "K1", "positive")]
    with listener.database.read() as session:
        cases = session.exec(select(CaseRow)).all()
        assert {case.customer_id for case in cases} == {None, 1}


class TestCodes:
    def test_a_code_told_by_a_customer_binds_the_account_once(self, listener: Listener, tmp_path: Path) -> None:
        load(listener, tmp_path, CHEN, LINA)
        say(listener, complaint("1", "白露刹车失灵，客服没人管，投诉！"))
        person = listener.acting("孙主管")
        facts = listener.invite(1, person)
        assert facts["code"] in facts["message"] and "手机号、地址或订单号" in facts["message"]
        with listener.database.read() as session:
            stored = [row.digest for row in session.exec(select(LinkCodeRow))]
        assert all(facts["code"].replace("-", "") not in digest for digest in stored)
        done = listener.redeem_code(facts["code"].lower().replace("-", " "), "K2", person, "孙主管")
        assert done is not None and done.bound
        assert links(listener) == [("1", "K2", "positive")]
        assert listener.redeem_code(facts["code"], "K1", person, "孙主管") is None

    def test_a_code_in_a_table_of_customers_binds_the_account(self, listener: Listener, tmp_path: Path) -> None:
        load(listener, tmp_path, CHEN, LINA)
        say(listener, complaint("1", "白露刹车失灵，客服没人管，投诉！"))
        code = listener.invite(1, listener.acting("孙主管"))["code"]
        told = tmp_path / "told.csv"
        told.write_text(f"客户编号,验证码\nK2,{code}\nK1,BBBB2-BBBBB\n", encoding="utf-8")
        facts = listener.import_customers(told, {})
        assert facts["bound"] == 1 and code not in str(facts)
        assert links(listener) == [("1", "K2", "positive")]

    def test_columns_of_an_import_are_read_like_the_text(self, listener: Listener, tmp_path: Path) -> None:
        load(listener, tmp_path, CHEN)
        told = tmp_path / "mentions.csv"
        told.write_text("编号,内容,联系电话,姓名,城市\n9,白露漏油投诉无门,13800138001,陈思远,杭州\n", encoding="utf-8")
        listener.import_mentions(told, {}, source="hotline", platform="hotline")
        listener.process()
        assert links(listener) == [("9", "K1", "positive")]

    def test_guessing_is_slowed_down(self, listener: Listener, tmp_path: Path) -> None:
        load(listener, tmp_path, CHEN)
        say(listener, complaint("1", "白露刹车失灵，客服没人管，投诉！"))
        person = listener.acting("孙主管")
        code = listener.invite(1, person)["code"]
        for _ in range(5):
            assert listener.redeem_code("BBBB2-BBBBB", "K1", person, "form") is None
        with pytest.raises(BadInput, match="一小时"):
            listener.redeem_code(code, "K1", person, "form")
        assert listener.redeem_code(code, "K1", person, "another") is not None

    def test_a_code_is_too_old_after_two_weeks_and_void_after_a_new_one(
        self, listener: Listener, tmp_path: Path
    ) -> None:
        load(listener, tmp_path, CHEN)
        say(listener, complaint("1", "白露刹车失灵，客服没人管，投诉！"))
        person = listener.acting("孙主管")
        first = listener.invite(1, person)["code"]
        second = listener.invite(1, person)["code"]
        assert first != second
        assert listener.redeem_code(first, "K1", person, "a") is None
        late = at(listener, NOW + timedelta(days=15))
        assert late.redeem_code(second, "K1", person, "b") is None
        late.database.close()

    def test_the_account_that_says_a_customers_code_is_theirs(self, listener: Listener, tmp_path: Path) -> None:
        load(listener, tmp_path, CHEN, LINA)
        say(listener, complaint("1", "白露刹车失灵，客服没人管，投诉！"))
        code = listener.invite(1, listener.acting("孙主管"), "K1")["code"]
        say(listener, complaint("2", f"我收到验证码了 {code}", "another"))
        assert links(listener) == []
        say(listener, complaint("3", f"验证码：{code}"))
        assert ("1", "K1", "positive") in links(listener)
        with listener.database.read() as session:
            assert session.exec(select(CaseRow)).one().customer_id == 1

    def test_a_code_is_kept_and_a_person_asked_where_the_account_is_anothers(
        self, listener: Listener, tmp_path: Path
    ) -> None:
        load(listener, tmp_path, CHEN, LINA)
        say(listener, complaint("1", "白露刹车失灵，客服没人管，投诉！"))
        person = listener.acting("孙主管")
        code = listener.invite(1, person, "K1")["code"]
        listener.confirm_link("1", "K2", person, "来电核实")
        for number in ("2", "3"):
            say(listener, complaint(number, f"验证码：{code}"))
        assert ("2", "K1", "unsure") in links(listener)
        with listener.database.read() as session:
            held = session.exec(select(LinkCodeRow).where(LinkCodeRow.customer_id == 1)).one()
            assert held.used_at is None
            asked = session.exec(select(IdentityLinkRow).where(IdentityLinkRow.judgement == "unsure")).all()
        assert all("K2" in row.reason and ["code", "本人回复了验证码", True] in row.evidence for row in asked)
        listener.undo_link("1", "K2", person, "核实有误")
        listener.redeem_said_codes()
        assert ("1", "K1", "positive") in links(listener)

    def test_a_case_that_has_its_customer_needs_no_code(self, listener: Listener, tmp_path: Path) -> None:
        load(listener, tmp_path, CHEN)
        say(listener, complaint("1", "我的订单SY26103301，刹车失灵没人管，投诉！"))
        with pytest.raises(BadInput, match="已有客户"):
            listener.invite(1, listener.acting("孙主管"))


def at(listener: Listener, when: datetime) -> Listener:
    """The same installation at another time."""
    url = listener.database.engine.url.render_as_string(hide_password=False)
    return Listener.from_folder(listener.settings.config_dir, environment=Environment(database_url=url, now=when))
