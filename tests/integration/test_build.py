"""Reports from stored facts to files."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from listener.errors import BadInput
from listener.model.reported import Figures
from listener.reports.build import ReportFiles, build_report
from listener.reports.known import cron_interval
from listener.settings import SourceSettings
from listener.store.engine import Database
from tests.factories import ZONE
from tests.report_samples import DAY, END, NOW, START, Writer, fill


def build(database: Database, out: Path, **changes: Any) -> ReportFiles:
    values: dict[str, Any] = {"start": START, "end": END, "zone": ZONE, "company": "晨曜汽车", "now": NOW}
    return build_report(database, out=out, **(values | changes))


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


@pytest.fixture
def sqlite(sqlite_url: str) -> Database:
    """For what does not depend on the kind of database."""
    database = Database(sqlite_url)
    fill(database)
    return database


def test_the_numbers_counted_by_hand(filled: Database, tmp_path: Path) -> None:
    summary = build(filled, tmp_path / "report.json").summary
    assert summary.total == Figures(volume=9, reposts=2, negative=4, neutral=3, positive=2, complaints=2, review=1)
    assert summary.previous == Figures(volume=1, negative=1)
    assert summary.comparable
    assert summary.by_captured == 1
    assert [(row.name, row.figures.volume) for row in summary.sources] == [
        ("owners-forum", 6), ("news", 2), ("reviews", 1),
    ]  # fmt: skip
    assert [day.figures.volume for day in summary.days] == [2, 2, 1, 1, 2, 0, 1]
    assert [day.coverage for day in summary.days] == ["full"] * 4 + ["partial"] * 3
    assert [(s.name, s.complaints, s.review) for s in summary.severities] == [
        ("S1", 1, 0), ("S2", 0, 0), ("S3", 1, 1), ("S4", 0, 0),
    ]  # fmt: skip
    assert [(p.name, p.count) for p in summary.problems] == [
        ("car.body", 1), ("car.brake", 1), ("core.no_reply", 1), ("core.refund", 1),
    ]  # fmt: skip
    assert [(row.name, row.figures.volume) for row in summary.topics] == [("晨曜", 6), ("售后", 1)]
    assert [row.name for row in summary.products] == ["晨曜X5"]
    assert (summary.customers.known.volume, summary.customers.people) == (1, 1)
    assert summary.cases.response == {"late": 1, "none": 1}


def test_outages_are_measured(filled: Database, tmp_path: Path) -> None:
    summary = build(filled, tmp_path / "report.json").summary
    assert [(each.source, each.outcome, each.uncovered_hours) for each in summary.blind] == [("news", "blocked", 66.0)]
    assert summary.blind[0].since == START + 4 * DAY + timedelta(hours=6)
    kinds = {each.source: [gap.kind for gap in each.gaps] for each in summary.health}
    assert kinds == {"news": ["blocked"], "owners-forum": [], "reviews": ["before_first"]}


def test_configured_sources_that_were_never_crawled_are_blind_and_removed_ones_are_gone(
    sqlite: Database, tmp_path: Path
) -> None:
    sources = [
        SourceSettings(name="owners-forum", platform="discuz", title="车主论坛", cron="0 */6 * * *"),
        SourceSettings(name="weibo", platform="weibo", title="微博"),
        SourceSettings(name="reviews", platform="app_store", enabled=False),
    ]
    files = build(sqlite, tmp_path / "index.html", sources=sources)
    assert [(each.source, each.title, each.outcome) for each in files.summary.blind] == [("weibo", "微博", "")]
    assert files.html is not None
    assert "从未采集" in files.html.read_text("utf-8")


def test_a_folder_gets_page_workbook_and_json(sqlite: Database, tmp_path: Path) -> None:
    out = tmp_path / "new" / "report"
    files = build(sqlite, out)
    assert (files.html, files.xlsx, files.json) == (out / "index.html", out / "report.xlsx", out / "report.json")
    assert sorted(path.name for path in out.iterdir()) == ["index.html", "report.json", "report.xlsx"]
    assert 'href="report.xlsx"' in (out / "index.html").read_text("utf-8")
    assert stat.S_IMODE((out / "index.html").stat().st_mode) & 0o007 == 0


@pytest.mark.parametrize("name", ["a.html", "a.XLSX", "a.json"])
def test_a_file_gets_what_its_ending_says(sqlite: Database, tmp_path: Path, name: str) -> None:
    files = build(sqlite, tmp_path / "one" / name)
    assert [path.name for path in (tmp_path / "one").iterdir()] == [name]
    assert [path for path in (files.html, files.xlsx, files.json) if path] == [tmp_path / "one" / name]


def test_another_ending_is_refused_with_the_mend(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"report\.pdf.*\.html"):
        build(sqlite, tmp_path / "report.pdf")
    with pytest.raises(BadInput, match="--from"):
        build(sqlite, tmp_path, end=START)


def test_a_place_that_cannot_be_written_is_one_clear_line(sqlite: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="无法写入"):
        build(sqlite, tmp_path / "file" / "report")


def test_a_failed_report_leaves_the_old_one_whole(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(sqlite, tmp_path / "r")
    before = {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()}
    monkeypatch.setattr("listener.reports.build.write_workbook", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        build(sqlite, tmp_path / "r", company="另一家")
    assert {path.name: path.read_bytes() for path in (tmp_path / "r").iterdir()} == before


def test_json_has_the_summary_and_every_row(sqlite: Database, tmp_path: Path) -> None:
    found = json.loads(build(sqlite, tmp_path / "r.json").json.read_text("utf-8"))  # type: ignore[union-attr]
    assert found["summary"]["total"]["volume"] == len(found["mentions"]) == 9
    assert len(found["cases"]) == 2
    assert found["mentions"][-1]["native_id"] == "n1"
    assert "13812345678" not in json.dumps(found)


def test_an_empty_database_gives_a_report(sqlite_url: str, tmp_path: Path) -> None:
    files = build(Database(sqlite_url), tmp_path / "r")
    assert files.summary.total == Figures()
    assert json.loads(files.json.read_text("utf-8"))["mentions"] == []  # type: ignore[union-attr]
    assert load_workbook(files.xlsx)["信息"].max_row == 1


def test_a_page_with_too_many_mentions_keeps_the_newest(sqlite: Database, tmp_path: Path) -> None:
    html = build(sqlite, tmp_path / "r", page_limit=3).html.read_text("utf-8")  # type: ignore[union-attr]
    assert html.count("<article ") == 3
    assert "周日最后一秒" in html
    assert "另有 6 条" in html


def test_the_workbook(sqlite: Database, tmp_path: Path) -> None:
    writer = Writer(sqlite)
    writer.number = 50
    writer.mention(
        START + DAY, '=HYPERLINK("http://evil.example","点我")', native_id="h1", title="@cmd", author_name="+1"
    )
    book = load_workbook(build(sqlite, tmp_path / "r.xlsx").xlsx)
    assert book.sheetnames == ["概览", "信息", "投诉", "工单", "来源"]
    mentions = book["信息"]
    heads = [cell.value for cell in mentions[1]]
    rows = [dict(zip(heads, [cell.value for cell in row], strict=True)) for row in mentions.iter_rows(min_row=2)]
    assert len(rows) == 10
    first = rows[-1]
    assert first["时间"] == datetime(2026, 11, 16, 9, 0)
    assert (first["情感"], first["投诉"], first["紧急程度"]) == ("负面", "是", "特急")
    assert first["问题"] == "制动系统；无人处理"
    assert "138****5678" in first["正文"] or "13812345678" not in first["正文"]
    assert {cell.data_type for row in mentions.iter_rows() for cell in row} <= {"s", "n", "d"}
    assert book["投诉"].max_row == 1 + 3
    assert [row[1].value for row in book["工单"].iter_rows(min_row=2)] == ["特急", "一般"]
    assert all(book[name].freeze_panes == "A2" and book[name].auto_filter.ref for name in book.sheetnames[1:])
    overview = [[cell.value for cell in row if cell.value is not None] for row in book["概览"].iter_rows()]
    assert ["声量", 10, 1] in overview
    assert ["news", "被拦截", 66, datetime(2026, 11, 20, 6, 0), "HTTP 403"] in overview
    sources = {row[0].value: [cell.value for cell in row] for row in book["来源"].iter_rows(min_row=2)}
    assert sources["news"][2] == "被拦截"
    assert "2026-11-20 06:00 – 2026-11-23 00:00 被拦截" in str(sources["news"])


def test_a_report_in_english(sqlite: Database, tmp_path: Path) -> None:
    files = build(sqlite, tmp_path / "r", language="en")
    assert load_workbook(files.xlsx).sheetnames == ["Overview", "Mentions", "Complaints", "Cases", "Sources"]
    assert "Gaps in what was seen" in files.html.read_text("utf-8")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("cron", "expected"),
    [("", None), ("*/10 * * * *", timedelta(minutes=10)), ("0 8 * * 1-5", timedelta(days=3))],
)
def test_cron_interval(cron: str, expected: timedelta | None) -> None:
    assert cron_interval(cron) == expected
