"""Dealers from a table into the configuration; customers and their dealings from a CRM's read-only view."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from openpyxl import Workbook
from sqlalchemy import make_url
from sqlmodel import select

from listener.bootstrap import Listener
from listener.errors import BadInput, NeedsOperator
from listener.loading import Environment, load
from listener.starter import Answers, write
from listener.store.customer_tables import InteractionRow
from tests.factories import NOW

HEADINGS = ("网点名称", "编码", "简称", "城市", "负责人", "受理范围", "车型", "纬度", "经度", "类型")
ROWS = [
    ("晨曜城西店", "S1", "城西店；西店", "浙江杭州", "张敏", "car.brake、car.engine", "晨曜S7", 30.27, 120.1, "经销商"),
    ("晨曜宁波店", "S2", "", "浙江宁波", "", "", "", None, None, ""),
    ("晨曜火星店", "S3", "", "火星", "", "", "", None, None, ""),
    ("晨曜城西店", "S4", "", "", "", "", "", None, None, ""),
    ("", "S5", "", "", "", "", "", None, None, ""),
    ("晨曜北店", "S6", "", "", "没有的人", "", "", None, None, ""),
    ("晨曜南店", "S7", "", "", "", "", "", 300, 500, ""),
]


@pytest.fixture
def listener(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    answers = Answers(company="晨曜汽车", brands=("晨曜",), receiver="张敏", receiver_mail="z@example.com")
    write(tmp_path, answers)
    made = Listener.from_folder(tmp_path / "config", environment=Environment(database_url=sqlite_url, now=NOW))
    yield made
    made.database.close()


def book(path: Path, *rows: tuple[object, ...]) -> Path:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (HEADINGS, *rows):
        sheet.append(row)
    made.save(path)
    return path


def test_a_workbook_of_dealers_becomes_configuration(listener: Listener, tmp_path: Path) -> None:
    tried = listener.import_dealers(book(tmp_path / "d.xlsx", *ROWS), {}, dry_run=True)
    file = listener.settings.config_dir / "dealers.imported.toml"
    assert (tried["new"], tried["rejected"], file.exists()) == (3, 4, False)
    done = listener.import_dealers(tmp_path / "d.xlsx", {})
    assert done["problems"] == [
        "第 5 行：与第 2 行重名", "第 6 行：没有名称", "第 7 行：people.toml 中没有负责人 没有的人",
        "第 8 行：坐标无效（应为 纬度,经度）",
    ]  # fmt: skip
    assert any("晨曜火星店 没有坐标" in remark for remark in done["remarks"])
    found = {dealer.name: dealer for dealer in load(listener.settings.config_dir).dealers}
    west = found["晨曜城西店"]
    assert (west.code, west.aliases, west.place, west.contact) == ("S1", ("城西店", "西店"), (30.27, 120.1), "张敏")
    assert west.competences == ("car.brake", "car.engine")
    again = listener.import_dealers(tmp_path / "d.xlsx", {})
    assert (again["new"], again["changed"], again["known"]) == (0, 0, 3)


def test_what_a_person_wrote_wins_and_the_rest_stays(listener: Listener, tmp_path: Path) -> None:
    config = listener.settings.config_dir
    (config / "dealers.toml").write_text('[[dealers]]\nname = "晨曜城西店"\ncode = "OWN"\n', encoding="utf-8")
    listener.import_dealers(book(tmp_path / "d.xlsx", *ROWS[:2]), {})
    changed = listener.import_dealers(book(tmp_path / "e.xlsx", ("晨曜宁波店", "S9", *[""] * 8)), {})
    assert changed["remarks"][0] == "更新 晨曜宁波店: code、region"
    found = {dealer.name: dealer.code for dealer in load(config).dealers}
    assert found == {"晨曜城西店": "OWN", "晨曜宁波店": "S9"}


VIEWS = """
CREATE TABLE crm (id text, name text, phones text[], bought timestamptz, spent numeric, city text);
INSERT INTO crm VALUES
    ('K1', '陈思远', ARRAY['13800138001', '13800138009'], '2025-11-02 00:00+08', 259800.50, '浙江杭州'),
    ('K2', '沈佳宜', NULL, NULL, NULL, ''), ('K3', '坏行', ARRAY['12'], NULL, NULL, '');
CREATE VIEW listener_customers AS
    SELECT id AS external_id, name, phones AS phone, bought AS since, spent AS value, city AS region FROM crm;
CREATE TABLE deals (number int, customer text, what text, day date, note text);
INSERT INTO deals VALUES (1, 'K1', 'purchase', '2025-11-02', '提车'), (2, 'K9', 'call', '2026-01-01', '');
CREATE VIEW listener_interactions AS
    SELECT number AS id, customer AS external_id, what AS kind, day AS at, note FROM deals;
CREATE FUNCTION meddle() RETURNS text LANGUAGE sql VOLATILE AS $$ INSERT INTO crm (id) VALUES ('x') RETURNING id $$;
CREATE VIEW meddling AS SELECT meddle() AS external_id;
"""


@pytest.fixture
def crm(postgres_url: str) -> str:
    """A CRM's database with the views of the contract."""
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(VIEWS)  # type: ignore[call-overload]
    return address


def test_a_view_of_any_crm_feeds_customers_and_their_dealings(listener: Listener, crm: str) -> None:
    tried = listener.import_from_view(crm, dry_run=True)
    assert (tried["read"], tried["new"], tried["rejected"], tried["reject_file"]) == (3, 2, 1, None)
    done = listener.import_from_view(crm)
    assert (done["new"], done["problems"]) == (2, ["第 3 行：手机号无效"])
    again = listener.import_from_view(crm)
    assert (again["new"], again["changed"], again["known"]) == (0, 0, 2)
    card = listener.customer_facts("K1", "zh", unmask=False, person="")
    assert (card["value"], card["region"]) == (259800.5, "浙江杭州")
    assert card["since"].startswith("2025-11-02")
    assert [line for line in card["identities"] if "手机号" in line] == ["手机号 138****8001", "手机号 138****8009"]
    assert card["fields"]["region"]["source"] == "view listener_customers"
    told = listener.import_from_view(crm, dealings=True)
    assert (told["new"], told["problems"]) == (1, ["第 2 行：没有客户 K9，请先导入客户"])
    with listener.database.read() as session:
        assert [row.kind for row in session.exec(select(InteractionRow))] == ["purchase"]


def test_nothing_can_be_written_into_the_crm(listener: Listener, crm: str) -> None:
    with pytest.raises(NeedsOperator, match="read-only transaction"):
        listener.import_from_view(crm, "meddling")
    with psycopg.connect(crm) as connection:
        assert connection.execute("SELECT count(*) FROM crm").fetchone() == (3,)


def test_a_view_is_named_in_the_configuration_and_no_password_is_shown(
    listener: Listener, crm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = listener.settings.config_dir / "listener.toml"
    entry = '\n[crm.erp]\nsecret = "ERP"\nview = "listener_customers"\n'
    file.write_text(file.read_text(encoding="utf-8") + entry, encoding="utf-8")
    monkeypatch.setenv("LISTENER_SECRET_ERP", crm)
    environment = Environment(database_url=listener.database.url, now=NOW)
    named = Listener.from_folder(listener.settings.config_dir, environment=environment)
    assert named.import_from_view("erp")["new"] == 2
    with pytest.raises(BadInput, match="erp"):
        named.import_from_view("erb")
    with pytest.raises(BadInput, match="没有 interactions"):
        named.import_from_view("erp", dealings=True)
    named.database.close()
    for name, why in {"postgresql://u:secret@127.0.0.1:1/x": NeedsOperator, "mysql://u:secret@h/x": BadInput}.items():
        with pytest.raises(why) as error:
            listener.import_from_view(name)
        assert "secret" not in str(error.value)
    with pytest.raises(BadInput, match="不是视图名"):
        listener.import_from_view(crm, "crm; DROP TABLE crm")
