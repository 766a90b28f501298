"""Exports: every row once, in three formats, streamed, safe to open."""

from __future__ import annotations

import csv
import json
import tracemalloc
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from listener.errors import BadInput
from listener.export import export
from listener.reports.rows import CASE_COLUMNS, DELIVERY_COLUMNS, MENTION_COLUMNS
from listener.store import facts
from listener.store.engine import Database
from tests.factories import ZONE
from tests.report_samples import END, START, Writer, fill

REQUIRED = [
    "source", "platform", "native_id", "url", "title", "author_id", "author_name", "text", "published_at",
    "captured_at", "duplicate_of", "topics", "sentiment", "sentiment_score", "complaint", "category", "severity",
    "customer_id", "case_id",
]  # fmt: skip


@pytest.fixture
def sqlite(sqlite_url: str) -> Database:
    database = Database(sqlite_url)
    fill(database)
    return database


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_mentions_as_jsonl(database: Database, tmp_path: Path) -> None:
    fill(database)
    assert export(database, "mentions", tmp_path / "m.jsonl", zone=ZONE) == 11
    rows = {row["native_id"]: row for row in lines(tmp_path / "m.jsonl")}
    assert len(rows) == 11
    first = rows["n1"]
    assert list(first)[: len(REQUIRED)] == REQUIRED
    assert first["published_at"] == "2026-11-16T09:00:00+08:00"
    assert datetime.fromisoformat(first["captured_at"]).tzinfo is not None
    assert first["topics"] == ["晨曜"]
    assert (first["sentiment"], first["sentiment_score"], first["complaint"]) == ("negative", -0.75, "yes")
    assert (first["category"], first["severity"], first["customer_id"]) == ("car.brake", "S1", "C-1001")
    assert isinstance(first["case_id"], int)
    assert (rows["n2"]["duplicate_of"], first["duplicate_of"]) == ("n1", None)
    assert (rows["n8"]["published_at"], rows["n6"]["case_id"], rows["n6"]["customer_id"]) == (None, None, None)


def test_texts_are_masked_unless_asked(sqlite: Database, tmp_path: Path) -> None:
    export(sqlite, "mentions", tmp_path / "m.jsonl", zone=ZONE)
    assert "13812345678" not in (tmp_path / "m.jsonl").read_text("utf-8")
    export(sqlite, "mentions", tmp_path / "m.jsonl", zone=ZONE, unmask=True)
    assert "13812345678" in (tmp_path / "m.jsonl").read_text("utf-8")


def test_a_window_limits_what_is_exported(sqlite: Database, tmp_path: Path) -> None:
    assert export(sqlite, "mentions", tmp_path / "m.csv", zone=ZONE, start=START, end=END) == 9
    assert export(sqlite, "mentions", tmp_path / "m.csv", zone=ZONE, start=END) == 1


HOSTILE = ["=1+1", "+86", "-2", "@x", "\t=1", "＝1", 'a"b,c\nd', "=cmd|' /C calc'!A0"]


@pytest.fixture
def hostile(sqlite_url: str) -> Database:
    database = Database(sqlite_url)
    writer = Writer(database)
    for text in HOSTILE:
        writer.mention(START, text, title=text, author_name=text, topics=[text[:8]])
    return database


def test_csv_opens_in_excel_and_runs_nothing(hostile: Database, tmp_path: Path) -> None:
    export(hostile, "mentions", tmp_path / "m.csv", zone=ZONE)
    content = (tmp_path / "m.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines(keepends=True)))
    assert {row["text"].removeprefix("'") for row in rows} == set(HOSTILE)
    for row in rows:
        for name, value in row.items():
            if name != "sentiment_score":
                assert not value.startswith(("=", "+", "-", "@", "\t", "\r", "＝")), (name, value)
    assert [float(row["sentiment_score"]) for row in rows] == [0.0] * len(HOSTILE)


def test_jsonl_keeps_every_text_as_it_is(hostile: Database, tmp_path: Path) -> None:
    export(hostile, "mentions", tmp_path / "m.jsonl", zone=ZONE, unmask=True)
    assert {row["text"] for row in lines(tmp_path / "m.jsonl")} == set(HOSTILE)


def test_xlsx_cells_are_texts(hostile: Database, tmp_path: Path) -> None:
    assert export(hostile, "mentions", tmp_path / "m.xlsx", zone=ZONE, unmask=True) == len(HOSTILE)
    sheet = load_workbook(tmp_path / "m.xlsx").active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    assert heads == list(MENTION_COLUMNS)
    column = [row[heads.index("text")] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in column} == set(HOSTILE)
    assert {cell.data_type for cell in column} == {"s"}


def test_cases(database: Database, tmp_path: Path) -> None:
    fill(database)
    assert export(database, "cases", tmp_path / "c.jsonl", zone=ZONE) == 2
    grave, doubtful = lines(tmp_path / "c.jsonl")
    assert tuple(grave) == CASE_COLUMNS
    assert (grave["severity"], grave["mentions"], grave["customer_id"]) == ("S1", 2, "C-1001")
    assert grave["first_contact_at"] == "2026-11-16T02:00:00+08:00"
    assert (doubtful["state"], doubtful["first_contact_at"], doubtful["owner"]) == ("to_verify", None, None)


def test_deliveries(sqlite: Database, tmp_path: Path) -> None:
    writer = Writer(sqlite)
    writer.number = 50
    writer.delivery(subject="电话13812345678", last_error="")
    writer.delivery(status="suppressed", held="免打扰", sent_at=None)
    assert export(sqlite, "deliveries", tmp_path / "d.csv", zone=ZONE) == 2
    with (tmp_path / "d.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == DELIVERY_COLUMNS
    assert [(row["status"], row["held"], row["sent_at"]) for row in rows] == [
        ("sent", "", "2026-11-16T00:00:00+08:00"), ("suppressed", "免打扰", ""),
    ]  # fmt: skip
    assert "kefu@example.com" not in (tmp_path / "d.csv").read_text("utf-8-sig")
    assert "13812345678" not in (tmp_path / "d.csv").read_text("utf-8-sig")


def test_an_unknown_ending_or_thing_names_the_mend(sqlite: Database, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.jsonl、\.csv 或 \.xlsx"):
        export(sqlite, "mentions", tmp_path / "m.txt", zone=ZONE)
    with pytest.raises(BadInput, match=r"mentions \| cases \| deliveries"):
        export(sqlite, "customers", tmp_path / "m.csv", zone=ZONE)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []


def test_half_a_file_never_stands_there(sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "m.jsonl"
    out.write_text("old")
    monkeypatch.setattr("listener.export.mention_row", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export(sqlite, "mentions", out, zone=ZONE)
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["m.jsonl"]


@pytest.mark.parametrize("ending", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_rows(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    """300 mentions of 20 kB text are 6 MB and more; in pages of 10 the export holds a small part of them."""
    monkeypatch.setattr(facts.mentions, "__defaults__", (facts.ALL, 10))
    database = Database(sqlite_url)
    writer = Writer(database)
    for _ in range(300):
        writer.mention(START, "刹车异响" * 5000)
    export(database, "cases", tmp_path / "warm.jsonl", zone=ZONE)
    tracemalloc.start()
    export(database, "mentions", tmp_path / f"m.{ending}", zone=ZONE, unmask=True)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (tmp_path / f"m.{ending}").stat().st_size > 300 * 20_000
    assert peak < 4_000_000
