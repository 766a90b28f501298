"""What is beyond its time goes: authors nobody needs by name, stored mails, dealings, fields of silent customers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.loading import Environment
from listener.starter import Answers, write
from listener.store import captures
from listener.store.customer_tables import InteractionRow
from listener.store.tables import AuditRow, DeliveryRow, IdentityRow, MentionRow, RawMentionRow
from tests.factories import NOW, raw

DAY = timedelta(days=1)
RETENTION = """
company_accounts = ["discuz:晨曜客服"]
[retention]
authors = "180d"
mails = "365d"
interactions = "730d"
reports = "365d"
[retention.fields]
phone = "1095d"
address = "365d"
"""
TABLE = """客户编号,姓名,手机号,邮箱,详细地址
K1,陈思远,13800138001,chen@example.com,文三路 99 号
K2,沈佳宜,13900139000,,西湖大道 8 号
"""


def made(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    write(tmp_path, Answers(company="晨曜汽车", brands=("晨曜",)))
    (tmp_path / "config" / "listener.toml").write_text('company = "晨曜汽车"\n' + RETENTION, encoding="utf-8")
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=database_url, now=NOW))
    made.vault  # noqa: B018 - makes the key file
    yield made
    made.database.close()


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    """An installation, once on each kind of database."""
    yield from made(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    """An installation, where the database does not matter."""
    yield from made(tmp_path, sqlite_url)


def at(listener: Listener, days: int) -> Listener:
    """The same installation, that many days after ``NOW``."""
    environment = Environment(database_url=listener.database.url, now=NOW + days * DAY)
    return Listener.from_folder(listener.settings.config_dir, environment=environment)


def said(listener: Listener, native_id: str, content: str, **facts: object) -> int:
    whole = {"captured_at": NOW, "published_at": NOW - DAY, "author_id": f"u{native_id}"} | facts
    with listener.database.write() as session:
        new = captures.save(session, [raw(native_id, content=content, **whole)])
    listener.process()
    return new


def authors(listener: Listener) -> dict[str, tuple[str, str]]:
    with listener.database.read() as session:
        return {row.native_id: (row.author_id, row.author_name) for row in session.exec(select(MentionRow))}


def test_authors_who_never_were_part_of_a_case_become_hashes(listener: Listener) -> None:
    said(listener, "1", "晨曜S7刹车失灵，4S店没人管", author_name="车主老王")
    said(
        listener,
        "2",
        "晨曜S7真好看，很喜欢",
        author_name="路过的猫",
        fields={"forwarded_author": "小李", "rating": "5"},
    )
    said(listener, "3", "晨曜S7也还行，一般般", author_id="u1", author_name="车主老王")
    said(listener, "4", "欢迎到店试驾晨曜S7", author_id="900", author_name="晨曜客服")
    assert listener.keep_times() == {}
    later = at(listener, 181)
    assert later.keep_times() == {"authors": 1}
    found = authors(later)
    assert found["1"] == found["3"] == ("u1", "车主老王")
    assert found["4"] == ("900", "晨曜客服")
    assert found["2"][0].startswith("hashed:") and found["2"][1] == ""
    with later.database.read() as session:
        (kept,) = session.exec(select(RawMentionRow).where(RawMentionRow.native_id == "2"))
        (note,) = session.exec(select(AuditRow.note).where(AuditRow.action == "retention"))
    assert (kept.author_id, kept.author_name, kept.fields) == (found["2"][0], "", {"rating": "5"})
    assert note == '{"authors": 1}'
    assert later.keep_times() == {}
    later.database.close()


def test_a_capture_that_comes_again_brings_no_name_back(listener: Listener) -> None:
    fields = {"forwarded_author": "小李"}
    said(listener, "2", "晨曜S7真好看，很喜欢", author_name="路过的猫", fields=fields)
    later = at(listener, 181)
    later.keep_times()
    hashed = authors(later)["2"]
    assert said(later, "2", "晨曜S7真好看，很喜欢", author_name="路过的猫", fields=fields) == 0
    assert said(later, "2", "晨曜S7真好看，很喜欢，补充几句", author_name="路过的猫", fields=fields) == 1
    assert authors(later)["2"] == hashed
    said(later, "5", "晨曜S7开了一年了", author_id="u2", author_name="路过的猫", captured_at=NOW + 181 * DAY)
    assert authors(later)["5"] == ("u2", "路过的猫")  # what is said anew is heard
    with later.database.read() as session:
        assert {row.author_name for row in session.exec(select(RawMentionRow)) if row.native_id == "2"} == {""}
    later.database.close()


def test_two_names_of_one_author_do_not_collide(listener: Listener) -> None:
    said(listener, "2", "晨曜S7真好看，很喜欢", author_name="路过的猫")
    said(listener, "2", "晨曜S7真好看，很喜欢", author_name="路过的狗")
    later = at(listener, 181)
    assert later.keep_times() == {"authors": 1}
    with later.database.read() as session:
        assert {row.author_name for row in session.exec(select(RawMentionRow))} == {""}
    later.database.close()


def test_mails_dealings_and_reports_go_when_their_time_is_over(on_sqlite: Listener) -> None:
    listener = on_sqlite
    home = listener.settings.home
    (home / "c.csv").write_text(TABLE, encoding="utf-8")
    (home / "d.csv").write_text("客户编号,类型,时间\nK1,来电,2024-11-01\nK1,来电,2026-11-01\n", encoding="utf-8")
    listener.import_customers(home / "c.csv", {})
    listener.import_interactions(home / "d.csv", {})
    said(listener, "1", "晨曜S7刹车失灵，4S店没人管")
    with listener.database.write() as session:
        sent = session.exec(select(DeliveryRow)).first()
        assert sent is not None
        sent.status, sent.content = "sent", b"the mail"
    old = home / "var" / "reports" / "2024-01-01" / "report.html"
    old.parent.mkdir(parents=True)
    old.write_text("x", encoding="utf-8")
    os.utime(old, (NOW.timestamp(), NOW.timestamp()))
    assert listener.keep_times() == {"interactions": 1}
    later = at(listener, 366)
    assert later.keep_times() == {"mails": 1, "address": 2, "reports": 1}
    assert not old.exists()
    with later.database.read() as session:
        assert [row.content for row in session.exec(select(DeliveryRow)) if row.status == "sent"] == [None]
        assert len(session.exec(select(InteractionRow)).all()) == 1
    later.database.close()


def test_a_field_of_a_silent_customer_is_forgotten_with_its_identifiers(on_sqlite: Listener) -> None:
    listener = on_sqlite
    home = listener.settings.home
    (home / "c.csv").write_text(TABLE, encoding="utf-8")
    (home / "d.csv").write_text("客户编号,类型,时间\nK2,来电,2026-11-20\n", encoding="utf-8")
    listener.import_customers(home / "c.csv", {})
    listener.import_interactions(home / "d.csv", {})
    later = at(listener, 1094)
    assert later.keep_times()["address"] == 2  # K2 called, and that is longer than a year ago too
    assert "phone" not in later.keep_times()
    much_later = at(listener, 1096)
    assert much_later.keep_times()["phone"] == 2
    card = much_later.customer_facts("K1", "zh", unmask=False, person="")
    assert card["identities"] == ["邮箱 c***@example.com"]
    assert (card["name"], card["address"]) == ("陈**", "")
    with much_later.database.read() as session:
        assert {row.kind for row in session.exec(select(IdentityRow))} == {"email"}
    later.database.close()
    much_later.database.close()
