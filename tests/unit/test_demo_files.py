"""The demo's import files hold what was written, in the encodings that offices use."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from listener.demo.files import REVIEW_COLUMNS, write_customers, write_reviews
from listener.demo.mentions import customers, load_content
from listener.demo.pages import ZONE

NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
HEADING = list(REVIEW_COLUMNS.values())


def expected_rows() -> dict[str, tuple[str, str, datetime]]:
    return {r.native_id: (r.title, r.text, r.published_at(NOW)) for r in load_content().reviews}


def as_facts(row: dict[str, str]) -> tuple[str, str, datetime]:
    at = datetime.strptime(row["评价时间"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    return row["门店"], row["评价内容"], at


def test_the_csv_is_gb18030_and_holds_every_review(tmp_path: Path) -> None:
    path = write_reviews(tmp_path / "new", NOW)
    with pytest.raises(UnicodeDecodeError):
        path.read_text(encoding="utf-8")
    with path.open(encoding="gb18030", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == HEADING
    assert {row["评价编号"]: as_facts(row) for row in rows} == expected_rows()
    assert any("😋" in row["评价内容"] for row in rows)


def test_the_sheet_holds_the_same(tmp_path: Path) -> None:
    book = load_workbook(write_reviews(tmp_path, NOW, ending="xlsx"), read_only=True)
    heading, *rows = book.worksheets[0].iter_rows(values_only=True)
    book.close()
    assert list(heading) == HEADING
    read = [dict(zip(HEADING, (str(cell or "") for cell in row), strict=True)) for row in rows]
    assert {row["评价编号"]: as_facts(row) for row in read} == expected_rows()


def test_newest_first(tmp_path: Path) -> None:
    with write_reviews(tmp_path, NOW).open(encoding="gb18030", newline="") as file:
        times = [as_facts(row)[2] for row in csv.DictReader(file)]
    assert times == sorted(times, reverse=True)


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="neither csv nor xlsx"):
        write_reviews(tmp_path, NOW, ending="pdf")


def test_customers_are_copied_whole(tmp_path: Path) -> None:
    with write_customers(tmp_path / "new").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == customers()
