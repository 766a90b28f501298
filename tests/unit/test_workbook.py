"""Cells: texts never become formulas, times are dates on the local clock, Excel's limits are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from listener.files.table_rows import FORMULA, not_a_formula
from listener.reports import workbook
from listener.reports.workbook import LONGEST_TEXT, Column, Sheet, clean
from tests.factories import ZONE

HOSTILE = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    '=HYPERLINK("http://x")',
    "#N/A",
    "#REF!",
    "TRUE",
    "2026-11-16",
    "007",
]


def written(tmp_path: Path, *rows: tuple[object, ...], columns: int = 2, wrap: bool = False) -> Any:
    book = Workbook(write_only=True)
    sheet = Sheet(book, "信息", [Column(f"列{n}", 20, wrap) for n in range(columns)], ZONE)
    for row in rows:
        sheet.add(*row)
    sheet.close()
    book.save(tmp_path / "x.xlsx")
    return load_workbook(tmp_path / "x.xlsx")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_a_text_cell(tmp_path: Path, text: str) -> None:
    cell = written(tmp_path, (text, 1))["信息"]["A2"]
    assert (cell.value, cell.data_type) == (text, "s")
    assert bool(cell.quotePrefix) is (text.startswith(FORMULA))


def test_numbers_are_numbers_and_nothing_is_an_empty_cell(tmp_path: Path) -> None:
    sheet = written(tmp_path, (-0.5, None), ("", 3))["信息"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [[-0.5, None], [None, 3]]


def test_times_are_dates_on_the_local_clock(tmp_path: Path) -> None:
    sheet = written(tmp_path, (datetime(2026, 11, 16, 17, 30, tzinfo=UTC), datetime(1850, 1, 1, tzinfo=UTC)))["信息"]
    assert sheet["A2"].value == datetime(2026, 11, 17, 1, 30)
    assert sheet["A2"].is_date
    assert str(sheet["B2"].value).startswith("1850-01-01")


def test_heads_are_frozen_filtered_and_wide(tmp_path: Path) -> None:
    sheet = written(tmp_path, ("a", 1), ("b", 2))["信息"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:B3")
    assert sheet.column_dimensions["A"].width == 20
    assert sheet["A1"].font.b


@given(st.text(st.characters(codec=None), max_size=40))
def test_clean_keeps_what_xml_allows(text: str) -> None:
    kept = clean(text)
    kept.encode("utf-8")
    assert not any(ord(sign) < 32 and sign not in "\t\n\r" for sign in kept)
    assert [sign for sign in text if sign.isalnum()] == [sign for sign in kept if sign.isalnum()]


@pytest.mark.parametrize("sign", ["长", "😀"])
def test_clean_cuts_by_what_excel_counts(sign: str) -> None:
    cut = clean(sign * 40_000)
    assert LONGEST_TEXT - 1 <= len(cut.encode("utf-16-le")) / 2 <= LONGEST_TEXT
    assert cut.endswith("…")
    whole = sign * (LONGEST_TEXT // len(sign.encode("utf-16-le")) * 2)
    assert clean(whole) == whole


def test_illegal_characters_do_not_break_the_file(tmp_path: Path) -> None:
    assert written(tmp_path, ("a\x00\x08b\x1f\ufffe", 1))["信息"]["A2"].value == "ab"


def test_a_full_sheet_goes_on_in_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    book = written(tmp_path, *((f"r{n}", n) for n in range(5)))
    assert book.sheetnames == ["信息", "信息 2", "信息 3"]
    assert [sheet.max_row for sheet in book] == [3, 3, 2]
    assert all(sheet["A1"].value == "列0" and sheet.freeze_panes == "A2" for sheet in book)


def test_csv_cells_are_no_formulas() -> None:
    assert [not_a_formula(text) for text in ("=1", "＝1", "好=1", "", "\r=1")] == ["'=1", "'＝1", "好=1", "", "'\r=1"]
