"""Imports as a user runs them: kept mappings, updates as events of the case, deadlines of authorities on the clocks."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import select

from listener.bootstrap import Listener
from listener.demo.setting import write_setting
from listener.errors import BadInput
from listener.intake.mappings import guess, load_mappings
from listener.loading import Environment
from listener.store.engine import Database
from listener.store.tables import AlertRow, CaseEventRow, CaseRow, MentionRow, RawMentionRow
from tests.factories import NOW, ZONE

STARTERS = Path(__file__).parents[2] / "config" / "imports"
COMPLAINT = "朔岳白露刹车失灵，4S店拖了三个星期不处理，要求退车并赔偿损失"
HEADINGS = ["登记编号", "投诉内容", "投诉人", "登记时间", "办理时限", "处理状态", "处理结果"]
DUE = NOW + timedelta(days=9)


@pytest.fixture
def listener(sqlite_url: str, tmp_path: Path) -> Iterator[Listener]:
    config = write_setting(tmp_path / "config", "http://127.0.0.1:9/", 9)
    shutil.copytree(STARTERS, config / "imports")
    found = Listener.from_folder(config, environment=Environment(database_url=sqlite_url, now=NOW))
    yield found
    found.database.close()


def table(folder: Path, *rows: list[str], headings: list[str] = HEADINGS, name: str = "导出.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([headings, *rows])
    return path


def complaint(status: str = "处理中", answer: str = "", by: datetime = DUE) -> list[str]:
    return ["1370104002026", COMPLAINT, "王女士", "2026-11-20 09:00", f"{by:%Y-%m-%d}", status, answer]


def events(database: Database) -> list[tuple[str, str]]:
    with database.read() as session:
        return [(row.action, row.new) for row in session.exec(select(CaseEventRow).order_by("id"))]


def test_a_complaint_of_12315_opens_a_case_with_its_number_and_deadline(listener: Listener, tmp_path: Path) -> None:
    counts = listener.import_mentions(table(tmp_path, complaint()), {}, kept="12315")
    assert (counts["new"], counts["changed"], counts["known"], counts["rejected"]) == (1, 0, 0, 0)
    assert any("未经真实导出核对" in str(remark) for remark in _list(counts["remarks"]))
    listener.process()
    with listener.database.read() as session:
        (case,) = session.exec(select(CaseRow)).all()
        (said,) = session.exec(select(MentionRow)).all()
    assert (said.platform, said.site, said.native_id) == ("12315", "www.12315.cn", "1370104002026")
    assert case.outside_number == "1370104002026"
    assert case.outside_by is not None
    assert case.outside_by.astimezone(ZONE).strftime("%m-%d %H:%M") == f"{DUE:%m-%d} 23:59"


def test_the_outside_clock_runs_alone_until_somebody_takes_the_case_up(
    listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener.import_mentions(table(tmp_path, complaint()), {}, kept="12315")
    listener.process()
    assert listener.look_at_clocks() == 0, "nine days ahead"
    monkeypatch.setattr(listener, "now", lambda: DUE.replace(hour=10) - timedelta(days=1))
    assert listener.look_at_clocks() == 1
    with listener.database.read() as session:
        raised = session.exec(select(AlertRow)).all()
        case = session.exec(select(CaseRow)).one()
    assert [row.facts["clock"] for row in raised if row.kind == "case_escalated" and row.facts] == ["outside"]
    assert case.first_contact_by is None and case.escalated == {"outside": 100}


@pytest.mark.parametrize(("status", "by"), [("已办结", DUE), ("处理中", NOW - timedelta(days=40))])
def test_what_is_over_escalates_nothing(listener: Listener, tmp_path: Path, status: str, by: datetime) -> None:
    listener.import_mentions(table(tmp_path, complaint(status, by=by)), {}, kept="12315")
    listener.process()
    with listener.database.read() as session:
        assert session.exec(select(CaseRow)).one().next_escalation_at is None


def test_a_second_import_is_0_new_and_what_changed_is_an_event(listener: Listener, tmp_path: Path) -> None:
    path = table(tmp_path, complaint())
    listener.import_mentions(path, {}, kept="12315")
    listener.process()
    again = listener.import_mentions(path, {}, kept="12315")
    assert (again["new"], again["changed"], again["known"]) == (0, 0, 1)
    later = DUE + timedelta(days=5)
    changed = table(tmp_path, complaint("已受理", "已联系消费者，约定周五退车", later), name="下周.csv")
    counts = listener.import_mentions(changed, {}, kept="12315", dry_run=True)
    assert (counts["new"], counts["changed"]) == (0, 1)
    counts = listener.import_mentions(changed, {}, kept="12315")
    assert (counts["new"], counts["changed"], counts["known"]) == (0, 1, 0)
    assert listener.import_mentions(changed, {}, kept="12315")["known"] == 1, "before it is worked through"
    listener.process()
    told = dict(events(listener.database))
    assert told["status_changed"] == "已受理"
    assert told["company_replied"] == "已联系消费者，约定周五退车"
    assert told["deadline_changed"].startswith(f"{later:%Y-%m-%d}")
    with listener.database.read() as session:
        assert len(session.exec(select(MentionRow)).all()) == 1
        case = session.exec(select(CaseRow)).one()
        assert case.outside_by is not None and case.outside_by.astimezone(ZONE).date() == later.date()
        assert len(session.exec(select(RawMentionRow)).all()) == 2
    back = listener.import_mentions(path, {}, kept="12315")
    assert (back["new"], back["changed"]) == (0, 1), "the last import is believed"
    listener.process()
    assert [new for action, new in events(listener.database) if action == "status_changed"] == ["已受理", "处理中"]


def test_a_deadline_that_cannot_be_read_rejects_its_row(listener: Listener, tmp_path: Path) -> None:
    row = complaint()
    row[4] = "15个工作日"
    counts = listener.import_mentions(table(tmp_path, row), {}, kept="12315")
    assert (counts["rejected"], counts["new"]) == (1, 0)
    assert "时限无法识别：15个工作日" in Path(str(counts["reject_file"])).read_text(encoding="utf-8-sig")


class TestMappings:
    def test_every_starter_is_sound_and_finds_its_own_columns(self) -> None:
        found, mistakes = load_mappings(STARTERS)
        assert mistakes == []
        assert set(found) == {"douyin_laike", "jd", "meituan", "heimao", "12315", "12345"}
        assert all(not each.verified and "text" in each.map and each.platform for each in found.values())

    def test_a_mapping_is_kept_and_read_by(self, listener: Listener, tmp_path: Path) -> None:
        headings = ["序号", "说了什么", "谁", "评价时间"]
        path = table(tmp_path, ["1", "服务很好", "老王", "2026-11-20"], headings=headings)
        mapping = {"text": "说了什么", "author": "谁"}
        dry = listener.import_mentions(path, mapping, save="门店", source="shop", platform="review", dry_run=True)
        assert dry["saved"] is None
        counts = listener.import_mentions(path, mapping, save="门店", source="shop", platform="review")
        saved = Path(str(counts["saved"]))
        assert saved == listener.settings.config_dir / "imports" / "门店.toml"
        again = listener.import_mentions(path, {}, kept="门店")
        assert (again["known"], again["mapping"], again["remarks"]) == (1, mapping, [])
        with pytest.raises(BadInput, match="已经存在，不会覆盖"):
            listener.import_mentions(path, {"text": "谁"}, save="门店")

    def test_a_strange_name_and_a_strange_mapping_are_told(self, listener: Listener, tmp_path: Path) -> None:
        path = table(tmp_path, complaint())
        with pytest.raises(BadInput, match=r"没有 12351\.toml.*12345"):
            listener.import_mentions(path, {}, kept="12351")
        with pytest.raises(BadInput, match="不能作为名称"):
            listener.import_mentions(path, {}, save="../x")

    def test_mistakes_in_a_kept_mapping_are_told_by_check(self, listener: Listener) -> None:
        folder = listener.settings.config_dir
        (folder / "imports" / "x.toml").write_text('[map]\ntxet = "内容"\n', encoding="utf-8")
        (folder / "imports" / "y.toml").write_text('platfrom = "a"\n', encoding="utf-8")
        with pytest.raises(BadInput) as caught:
            listener.reload()
        told = str(caught.value)
        assert "x.toml" in told and "txet" in told and "text" in told
        assert "y.toml" in told and "platform" in told

    def test_columns_that_a_file_lacks_are_told(self, listener: Listener, tmp_path: Path) -> None:
        path = table(tmp_path, ["R1", "好吃"], headings=["评价ID", "评价内容"])
        counts = listener.import_mentions(path, {}, kept="meituan")
        assert counts["mapping"] == {"id": "评价ID", "text": "评价内容"}
        assert "published_at" in str(_list(counts["remarks"])[0])

    def test_headings_of_two_rows_are_understood(self) -> None:
        found = guess(["订单/时间", "订单编号", "评价/时间", "内容"])
        assert (found["text"], found["order"]) == ("内容", "订单编号")


def test_the_sheet_that_fits_is_read_and_told(listener: Listener, tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(["字段", "含义"])
    part = book.create_sheet("评价明细")
    for row in (
        ["评价导出（2026-11）"],
        ["评价编号", "评价内容", "评价时间"],
        ["1", "好", "2026-11-20"],
        ["合计", None, 1],
    ):
        part.append(row)
    book.save(path := tmp_path / "t.xlsx")
    counts = listener.import_mentions(path, {})
    assert (counts["new"], counts["rejected"], counts["skipped"]) == (1, 0, 1)
    assert _list(counts["remarks"]) == [
        "共 2 个工作表，读取 「评价明细」；未读取：Sheet（用 --sheet 指定）",
        "跳过 1 行合计",
    ]


def _list(value: object) -> list[Any]:
    assert isinstance(value, list)
    return value
