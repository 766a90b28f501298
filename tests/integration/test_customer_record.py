"""The customer record as people use it: tables in, one card with everything that happened, marks that people set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import select

from listener.bootstrap import Listener
from listener.crm.interactions import DealingCounts, import_interactions
from listener.errors import BadInput
from listener.model import Origin
from listener.store import captures
from listener.store.customer_tables import InteractionRow
from listener.store.spellings import texts_of
from listener.store.tables import AuditRow, CaseRow, DeliveryRow, IdentityRow
from tests.factories import HOUR, NOW, ZONE, raw
from tests.installations import installed

HEADINGS = (
    "客户编号,姓名,手机号,邮箱,地区,产品,经销商,消费金额,利润,购买次数,成为客户时间,客户经理,联系人,详细地址,所属集团,家庭编号,证件号,"
    "核实日期,可信度"
)
CUSTOMERS = f"""{HEADINGS}
K1,欧阳雪婷,13800138001,xue@example.com,浙江杭州,晨曜S7,城西店,1259800,30000,2,2024-03-01,王芳,,文三路 99 号,,H1,\
11010519491231002X,2026-10-01,90%
K2,欧阳建国,13800138001,,浙江杭州,,,,,,,,,,,H1,,,
K3,远行车队,0571-87654321,,浙江宁波,,,,,,,,赵强,,G9,,91350100M000100Y43,,
"""
DEALINGS = """客户编号,手机号,类型,时间,流水号,车型,数量,金额,门店,订单号,车架号,结果,内容
K1,,购买,2024-03-01,P1,晨曜S7,1,259800,城西店,SY2403010001,L0YBA5C23SH439563,已交车,
K1,,维修,2025-02-03 09:30,R1,晨曜S7,,1200,城西店,,,已修好,更换刹车片，来电 13800138001
,0571-87654321,来电,2026-11-20 10:00,C1,,,,,,,,询问交车时间
K1,,到店,2026-11-21,,,,,城西店,,,,试驾
K1,,到店,2026-11-21,,,,,城西店,,,,试驾
K9,,到店,2026-11-21,,,,,,,,,
K1,,聚会,2026-11-21,,,,,,,,,
,13800138001,来电,2026-11-21,,,,,,,,,
"""
PEOPLE = """
[[people]]
name = "李主管"
mail = "li@example.com"
role = "supervisor"
[[people]]
name = "小周"
mail = "zhou@example.com"
role = "agent"
[[people]]
name = "运维"
mail = "ops@example.com"
role = "operator"
"""


def made(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    with installed(tmp_path, database_url, people=PEOPLE) as listener:
        listener.import_customers(table(tmp_path / "c.csv", CUSTOMERS), {})
        yield listener


@pytest.fixture
def listener(tmp_path: Path, database_url: str) -> Iterator[Listener]:
    """An installation, once on each kind of database."""
    yield from made(tmp_path, database_url)


@pytest.fixture
def on_sqlite(tmp_path: Path, sqlite_url: str) -> Iterator[Listener]:
    """An installation, where the database does not matter."""
    yield from made(tmp_path, sqlite_url)


def table(path: Path, content: str) -> Path:
    path.write_text(content, encoding="utf-8")
    return path


def dealings(listener: Listener, content: str = DEALINGS, *, dry_run: bool = False) -> DealingCounts:
    path = table(listener.settings.home / "d.csv", content)
    return import_interactions(listener.database, listener.vault, path, {}, now=NOW, zone=ZONE, dry_run=dry_run)


def complain(listener: Listener) -> None:
    said = raw(
        "9", content="晨曜S7刹车失灵，我的手机号13800138001，我叫欧阳雪婷", published_at=NOW - HOUR, author_id="55"
    )
    with listener.database.write() as session:
        captures.save(session, [said])
    listener.process()


def test_the_card_tells_who_somebody_is_and_how_sure_that_is(listener: Listener) -> None:
    card = listener.customer_facts("K1", "zh", unmask=False, person="")
    assert (card["name"], card["address"], card["owner"]) == ("欧阳**", "文****号", "王芳")
    assert (card["value"], card["profit"], card["volume"]) == (1259800, 30000, 2)
    assert "手机号 138****8001" in card["identities"] and "证件号 110****002X" in card["identities"]
    assert card["fields"]["phones"] == {"source": "c.csv", "confidence": 0.9, "verified": "2026-10-01"}
    assert card["segment"] == "大客户 · 老客户 · 显性客户"
    assert (card["completeness"], card["missing"]) == (0.9, ["订单号"])
    assert listener.customer_facts("K2", "zh", unmask=False, person="")["completeness"] == 0.3
    assert card["relations"]["household"] == ["K2"]
    assert listener.customer_facts("K3", "zh", unmask=False, person="")["relations"]["group"] == ["G9"]


def test_dealings_go_in_once_and_what_is_wrong_is_told_with_its_line(listener: Listener) -> None:
    tried = dealings(listener, dry_run=True)
    assert (tried.read, tried.new, tried.rejected) == (8, 5, 3)
    assert dealings(listener).new == 5
    again = dealings(listener)
    assert (again.new, again.changed, again.known, again.rejected) == (0, 0, 5, 3)
    assert set(again.problems) == {
        "第 7 行：没有客户 K9，请先导入客户",
        "第 8 行：类型无效：聚会（购买、维修、来电、到店、其他往来）",
        "第 9 行：2 位客户登记了同一手机号",
    }
    assert dealings(listener, DEALINGS.replace("已修好", "待料")).changed == 1
    with listener.database.read() as session:
        assert len(session.exec(select(InteractionRow)).all()) == 5


def test_everything_that_happened_is_one_timeline(listener: Listener) -> None:
    dealings(listener)
    listener.set_do_not_link("K2", True, "李主管")
    complain(listener)
    with listener.database.write() as session:
        (case,) = session.exec(select(CaseRow)).all()
        assert case.severity in ("S1", "S2")
        case.satisfaction = "satisfied"
    card = listener.customer_facts("K1", "zh", unmask=False, person="")
    assert [entry["kind"] for entry in card["timeline"]] == [
        "case",
        "satisfaction",
        "mention",
        "visit",
        "visit",
        "service",
        "purchase",
    ] or {"case", "satisfaction", "mention", "visit", "service", "purchase"} == {e["kind"] for e in card["timeline"]}
    times = [entry["at"] for entry in card["timeline"]]
    assert times == sorted(times, reverse=True)
    (bought,) = card["products"]
    assert (bought["product"], bought["times"], bought["quantity"], bought["orders"]) == (
        "晨曜S7",
        1,
        1,
        ["SY****0001"],
    )
    assert bought["vins"] == ["L0Y****9563"]
    assert card["service"][0]["result"] == "已修好"
    everything = str(card)
    for personal in ("13800138001", "欧阳雪婷", "xue@example.com", "L0YBA5C23SH439563", "SY2403010001"):
        assert personal not in everything.replace("我叫欧阳雪婷", ""), personal


def test_what_was_bought_identifies_from_then_on_and_outlives_the_next_table(listener: Listener) -> None:
    dealings(listener)
    listener.import_customers(table(listener.settings.home / "c.csv", CUSTOMERS.replace("雪婷", "雪亭")), {})
    with listener.database.read() as session:
        kinds = {
            (row.kind, row.origin) for row in session.exec(select(IdentityRow).where(IdentityRow.customer_id == 1))
        }
    assert ("vin", "interaction") in kinds and ("order", "interaction") in kinds and ("phone", "import") in kinds


def test_who_must_not_be_linked_is_not(on_sqlite: Listener) -> None:
    listener = on_sqlite
    for number in ("K1", "K2"):
        listener.set_do_not_link(number, True, "李主管")
    complain(listener)
    assert listener.link_facts("zh", 5) == []
    assert listener.customer_facts("K1", "zh", unmask=False, person="")["do_not_link"] is True


def test_only_some_roles_see_values_and_each_look_is_kept(on_sqlite: Listener) -> None:
    listener = on_sqlite
    card = listener.customer_facts("K1", "zh", unmask=True, person="李主管")
    assert (card["name"], card["address"]) == ("欧阳雪婷", "文三路 99 号")
    for name in ("小周", "运维"):
        with pytest.raises(BadInput, match="无权查看"):
            listener.customer_facts("K1", "zh", unmask=True, person=name)
    with pytest.raises(BadInput, match="需要说明是谁"):
        listener.customer_facts("K1", "zh", unmask=True, person="")
    listener.set_do_not_link("K2", True, "李主管")
    complain(listener)
    with listener.database.write() as session:
        session.exec(select(CaseRow)).one().owner = "小周"
    assert listener.customer_facts("K1", "zh", unmask=True, person="小周")["name"] == "欧阳雪婷"
    with listener.database.read() as session:
        kept = [(row.person, row.action) for row in session.exec(select(AuditRow)) if row.subject == "K1"]
    assert kept == [
        ("李主管", "show customer"), ("小周", "refused: show customer"), ("运维", "refused: show customer"),
        ("小周", "show customer"),
    ]  # fmt: skip


def test_a_flag_needs_a_person_and_evidence_and_changes_no_deadline(on_sqlite: Listener) -> None:
    listener = on_sqlite
    with pytest.raises(BadInput, match="依据"):
        listener.flag_customer("K1", "professional_claim", "可疑", "李主管")
    with pytest.raises(BadInput, match="无权标记"):
        listener.flag_customer("K1", "professional_claim", "半年内同样的索赔五次", "小周")
    listener.set_do_not_link("K2", True, "李主管")
    listener.flag_customer("K1", "professional_claim", "半年内同样的索赔五次，工单 12、15", "李主管")
    complain(listener)
    case = listener.case_facts(1, "zh")
    listener.unflag_customer("K1", "professional_claim", "李主管")
    (flag,) = listener.customer_facts("K1", "zh", unmask=False, person="")["flags"]
    assert (flag["word"], flag["set_by"], flag["ended_by"]) == ("疑似职业索赔", "李主管", "李主管")
    sla = listener.steps.terms(NOW)
    severity = next(each for each in sla if each.value == case_severity(listener))
    assert case["first_contact_by"] == listener._local(sla[severity].first_contact_by)


def case_severity(listener: Listener) -> str:
    with listener.database.read() as session:
        return session.exec(select(CaseRow.severity)).one()


def test_with_no_customers_at_all_everything_works(tmp_path: Path, sqlite_url: str) -> None:
    with installed(tmp_path, sqlite_url) as made:
        with made.database.write() as session:
            captures.save(session, [raw("1", content="晨曜S7刹车失灵没人管", origin=Origin.CRAWL)])
        assert made.process().cases == 1
        with pytest.raises(BadInput, match="没有客户 K1"):
            made.customer_facts("K1", "zh", unmask=False, person="")


def test_the_report_tells_the_kinds_of_customers_and_how_complete_their_records_are(on_sqlite: Listener) -> None:
    listener = on_sqlite
    dealings(listener)
    listener.set_do_not_link("K2", True, "李主管")
    complain(listener)
    out = listener.settings.home / "r"
    listener.report(NOW - 24 * HOUR, NOW + HOUR, out, "zh")
    summary = json.loads((out / "report.json").read_text(encoding="utf-8"))["summary"]
    assert summary["records"] == {"count": 3, "completeness": 0.5, "heard": 0.9}
    names = {row["name"]: row["figures"]["volume"] for row in summary["segments"]}
    assert names == {"key": 1, "old": 1, "explicit": 1, "settled": 1}
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "资料完整率 90%" in page and "大客户" in page and "segment:key" in page


def test_the_mail_says_what_kind_of_customer_it_is_and_where_they_stand(on_sqlite: Listener) -> None:
    listener = on_sqlite
    dealings(listener)
    listener.set_do_not_link("K2", True, "李主管")
    listener.flag_customer("K1", "professional_claim", "半年内同样的索赔五次", "李主管")
    complain(listener)
    listener.deliver()  # nobody listens: what could not be sent is stored, rendered
    with listener.database.read() as session:
        stored = [row.content for row in session.exec(select(DeliveryRow)) if row.content]
    mail = "".join(text for content in stored for text in texts_of(content))
    for said in ("大客户 · 老客户 · 显性客户", "稳定期", "疑似职业索赔", "资料完整率", "90%", "王芳"):
        assert said in mail, said
