"""Tables as people have them: encodings, separators, quotes, Excel's habits, and lines that are broken."""

from __future__ import annotations

import csv
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from listener.errors import BadInput
from listener.files.sheets import BadRow, Notes, Rejects, Row, encoding_of, read_rows
from listener.files.workbooks import cell
from tests.old_files import encrypted_xlsx

TEXT = "编号,内容\n1,刹车失灵\n2,服务很好\n"


def file(folder: Path, content: str | bytes, name: str = "table.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def sheet(folder: Path, *rows: list[Any], name: str = "table.xlsx") -> Path:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(folder / name)
    return folder / name


def good(path: Path) -> list[dict[str, str]]:
    return [dict(row.values) for row in read_rows(path) if isinstance(row, Row)]


def bad(path: Path) -> list[tuple[int, str]]:
    return [(row.line, row.why) for row in read_rows(path) if isinstance(row, BadRow)]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
    def test_chinese_is_read_in_each(self, tmp_path: Path, encoding: str) -> None:
        path = file(tmp_path, TEXT, encoding=encoding)
        assert good(path) == [{"编号": "1", "内容": "刹车失灵"}, {"编号": "2", "内容": "服务很好"}]

    def test_a_byte_order_mark_is_no_part_of_the_first_heading(self, tmp_path: Path) -> None:
        assert next(iter(good(file(tmp_path, TEXT, encoding="utf-8-sig"))[0])) == "编号"

    def test_a_late_character_decides(self, tmp_path: Path) -> None:
        late = "id,text\n" + "1,plain\n" * 200_000 + "2,刹车\n"
        assert encoding_of(file(tmp_path, late, encoding="gb18030")) == "gb18030"

    def test_neither_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"既不是 UTF-8 也不是 GB18030.*另存为 UTF-8"):
            good(file(tmp_path, b"text\n\xff\xff\xff\n"))

    def test_a_broken_byte_costs_its_own_row_only(self, tmp_path: Path) -> None:
        for encoding in ("utf-8", "gb18030"):
            rows = [f"{n},服务很好第{n}次\n".encode(encoding) for n in range(40)]
            rows[7] = b"7,\xff\xff\n"
            path = file(tmp_path, "编号,内容\n".encode(encoding) + b"".join(rows))
            assert bad(path) == [(9, "「内容」含有无法识别的字节")]
            assert good(path)[7] == {"编号": "8", "内容": "服务很好第8次"}

    def test_broken_utf8_is_never_read_as_other_characters(self, tmp_path: Path) -> None:
        # these bytes are valid GB18030 as a whole: 鍒硅溅澶辩伒
        path = file(tmp_path, "text\n刹车失灵\n".encode() * 3 + b"\xe5\x88\n")
        path.read_bytes().decode("gb18030")
        assert {row["text"] for row in good(path)} == {"刹车失灵", "text"}
        assert len(bad(path)) == 1

    @pytest.mark.parametrize("head", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0"])
    def test_a_broken_excel_file_called_csv_is_told(self, tmp_path: Path, head: bytes) -> None:
        with pytest.raises(BadInput, match=r"\.xlsx"):
            good(file(tmp_path, head + b"\x00" * 100))
        with pytest.raises(BadInput, match=r"不是文本表格.*\.xlsx"):
            encoding_of(file(tmp_path, head + b"\x00" * 100))

    def test_an_excel_file_called_csv_is_read(self, tmp_path: Path) -> None:
        sheet(tmp_path, ["编号", "内容"], [1, "刹车失灵"]).rename(tmp_path / "t.csv")
        assert good(tmp_path / "t.csv") == [{"编号": "1", "内容": "刹车失灵"}]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
    def test_unicode_text_without_a_mark(self, tmp_path: Path, encoding: str) -> None:
        assert good(file(tmp_path, TEXT.replace(",", "\t"), encoding=encoding))[0] == {"编号": "1", "内容": "刹车失灵"}


WRITTEN = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # mostly zeros is UTF-16


class TestCsv:
    @pytest.mark.parametrize("separator", [",", "\t", ";"])
    def test_the_separator_is_seen_in_the_headings(self, tmp_path: Path, separator: str) -> None:
        path = file(tmp_path, f"编号{separator}内容\n1{separator}一、二，三\n")
        assert good(path) == [{"编号": "1", "内容": "一、二，三"}]

    def test_line_numbers_stay_true_over_quoted_line_ends(self, tmp_path: Path) -> None:
        path = file(tmp_path, '编号,内容\n1,"一\n二\n\n三"\n2,"说""好"""\n\n3,丙\n')
        rows = [row for row in read_rows(path) if isinstance(row, Row)]
        assert [(row.line, row.values["内容"]) for row in rows] == [(2, "一\n二\n\n三"), (6, '说"好"'), (8, "丙")]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_any_line_end(self, tmp_path: Path, end: str) -> None:
        assert len(good(file(tmp_path, TEXT.replace("\n", end)))) == 2

    def test_an_unclosed_quote_costs_its_own_line_only(self, tmp_path: Path) -> None:
        lines = ["编号,内容", "1,甲", '2,"乙', "3,丙", '4,"丁"', "5,戊"]
        path = file(tmp_path, "\n".join(lines) + "\n")
        assert [row["编号"] for row in good(path)] == ["1", "3", "4", "5"]
        assert bad(path) == [(3, "引号没有闭合，或引号后有多余内容")]

    def test_an_unclosed_quote_before_a_long_rest_costs_its_own_line_only(self, tmp_path: Path) -> None:
        path = file(tmp_path, '编号,内容\n1,"甲\n' + "".join(f"{n},{'好' * 50}\n" for n in range(2, 9000)))
        assert len(good(path)) == 8998
        assert [line for line, _ in bad(path)] == [2]

    def test_the_rest_of_a_broken_row_is_no_row_of_its_own(self, tmp_path: Path) -> None:
        path = file(tmp_path, '编号,内容,用户\n1,"他说 "很好" 然后\n第二行",王\n2,好,李\n3,短\n')
        assert [line for line, _ in bad(path)] == [2, 3]
        assert [row["编号"] for row in good(path)] == ["2", "3"]

    def test_a_title_above_the_headings_is_left_out(self, tmp_path: Path) -> None:
        for title in ("客户评价导出\n", "客户评价导出,,\n", "导出,2026-11-01\n\n"):
            path = file(tmp_path, title + "编号,内容,用户,评分\n1,甲,乙,5\n2,丙,丁,4\n")
            assert [row["内容"] for row in good(path)] == ["甲", "丙"]

    def test_a_note_beside_the_first_row_does_not_hide_the_headings(self, tmp_path: Path) -> None:
        path = file(tmp_path, "编号,内容\n1,甲,多,余,的\n2,乙\n")
        assert (good(path), [line for line, _ in bad(path)]) == ([{"编号": "2", "内容": "乙"}], [2])

    def test_the_separator_is_seen_below_a_title(self, tmp_path: Path) -> None:
        assert good(file(tmp_path, "导出\n编号\t内容\n1\t甲,乙\n"))[0] == {"编号": "1", "内容": "甲,乙"}

    def test_a_line_without_end_does_not_fill_the_memory(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("listener.files.text_files.LONGEST_LINE", 1000)
        path = file(tmp_path, "编号,内容\n1," + "好" * 5000 + "\n2,乙\n")
        assert [(row.line, len(row.values["内容"])) for row in read_rows(path) if isinstance(row, Row)] == [
            (2, 998),
            (3, 1),
        ]

    def test_an_unclosed_quote_in_the_last_line_is_told(self, tmp_path: Path) -> None:
        path = file(tmp_path, '编号,内容\n1,甲\n2,"乙')
        assert (len(good(path)), bad(path)) == (1, [(3, "引号没有闭合")])

    def test_a_quote_inside_a_plain_cell_is_a_character(self, tmp_path: Path) -> None:
        assert good(file(tmp_path, '编号,内容\n1,12" 屏幕\n2,乙\n'))[0]["内容"] == '12" 屏幕'

    def test_too_many_cells_are_told_and_too_few_are_empty(self, tmp_path: Path) -> None:
        path = file(tmp_path, "编号,内容\n1,甲,多余\n2\n3,丙,,\n")
        assert bad(path) == [(2, "有 3 格，表头只有 2 格")]
        assert good(path) == [{"编号": "2", "内容": ""}, {"编号": "3", "内容": "丙"}]

    def test_a_giant_cell_is_told(self, tmp_path: Path) -> None:
        path = file(tmp_path, "编号,内容\n1," + "好" * 200_001 + "\n2,乙\n")
        assert (len(good(path)), [line for line, _ in bad(path)]) == (1, [2])

    @pytest.mark.parametrize("cell", ["1.38E+10", "1.23457E+17", "2E+10", "1e+15", "1.38E10"])
    def test_scientific_notation_lost_its_digits(self, tmp_path: Path, cell: str) -> None:
        assert bad(file(tmp_path, f"手机,内容\n{cell},甲\n")) == [(2, "「手机」是科学计数法，号码已丢失精度")]

    @pytest.mark.parametrize("cell", ["E5", "1E5X", "型号 1E+10", "3.14", "5e20", "3E45"])
    def test_what_only_looks_alike_is_kept(self, tmp_path: Path, cell: str) -> None:
        assert good(file(tmp_path, f"型号,内容\n{cell},甲\n"))[0]["型号"] == cell

    def test_empty_lines_above_the_headings_are_left_out(self, tmp_path: Path) -> None:
        assert len(good(file(tmp_path, "\n,\n" + TEXT))) == 2

    def test_a_second_column_of_one_name_does_not_hide_the_first(self, tmp_path: Path) -> None:
        assert good(file(tmp_path, "内容,内容,\n甲,乙\n")) == [{"内容": "甲", "内容#2": "乙"}]

    @pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
    def test_an_empty_file_is_told(self, tmp_path: Path, content: str) -> None:
        with pytest.raises(BadInput, match="没有表头"):
            good(file(tmp_path, content))

    def test_stray_zero_bytes_do_not_make_it_utf_16(self, tmp_path: Path) -> None:
        assert good(file(tmp_path, "a,b\r\n\x000000,\x000000\r\n")) == [{"a": "\x000000", "b": "\x000000"}]

    @given(st.lists(st.lists(st.text(WRITTEN), min_size=2, max_size=2), max_size=6))
    def test_whatever_is_written_is_read(self, tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
        path = tmp_path_factory.mktemp("csv") / "t.csv"
        with path.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([["a", "b"], *rows])
        wanted = [[cell.strip() for cell in row] for row in rows]
        assert [list(row.values()) for row in good(path)] == [row for row in wanted if any(row)]


class TestXlsx:
    def test_a_title_above_the_headings_is_left_out_and_rows_keep_their_number(self, tmp_path: Path) -> None:
        path = sheet(
            tmp_path, ["评价导出"], [], ["导出时间", "2026-11-01"], ["编号", "内容", "评分", "门店"],
            ["a", "很好", 5, "一店"], ["b", "很差", 1, "二店"],
        )  # fmt: skip
        rows = [row for row in read_rows(path) if isinstance(row, Row)]
        assert [(row.line, row.values["内容"]) for row in rows] == [(5, "很好"), (6, "很差")]

    def test_numbers_are_written_as_people_see_them(self, tmp_path: Path) -> None:
        path = sheet(tmp_path, ["评分", "手机", "价格", "空"], [5.0, 13800138000.0, 12.5, None])
        assert good(path) == [{"评分": "5", "手机": "13800138000", "价格": "12.5", "空": ""}]

    def test_a_number_that_excel_rounded_is_told(self, tmp_path: Path) -> None:
        path = sheet(tmp_path, ["订单号", "内容"], [1.2345678901234568e17, "甲"], ["123456789012345678", "乙"])
        assert bad(path) == [(2, "「订单号」是科学计数法，号码已丢失精度")]
        assert good(path) == [{"订单号": "123456789012345678", "内容": "乙"}]

    def test_whole_numbers_count_only_with_all_their_digits(self, tmp_path: Path) -> None:
        assert (cell(123456789012345678), cell(123456789012345)) == ("123456789012345678", "123456789012345")
        assert (cell(123456789012345000), cell(1e15)) == ("1.234568e+17", "1.000000e+15")

    def test_a_failed_formula_is_no_value(self, tmp_path: Path) -> None:
        assert good(sheet(tmp_path, ["编号", "内容"], ["#N/A", "甲"], ["#REF!", "乙"]))[0] == {"编号": "", "内容": "甲"}

    def test_every_visible_sheet_with_the_same_columns_is_read(self, tmp_path: Path) -> None:
        book = Workbook()
        for title, rows, state in [
            ("封面", [], "visible"),
            ("一月", [["编号", "内容"], [1, "甲"]], "visible"),
            ("二月", [["标题"], ["内容", "编号"], ["乙", 2]], "visible"),
            ("字典", [["代码", "含义"], [1, "x"]], "visible"),
            ("草稿", [["编号", "内容"], [9, "不要"]], "hidden"),
        ]:
            part = book.create_sheet(title)
            part.sheet_state = state
            for row in rows:
                part.append(row)
        del book["Sheet"]
        book.save(tmp_path / "t.xlsx")
        assert good(tmp_path / "t.xlsx") == [{"编号": "1", "内容": "甲"}, {"内容": "乙", "编号": "2"}]
        assert bad(tmp_path / "t.xlsx") == []
        notes = Notes()
        assert len(list(read_rows(tmp_path / "t.xlsx", notes=notes))) == 2
        assert notes.remarks == ["共 3 个工作表，读取 「一月」、「二月」；未读取：字典（用 --sheet 指定）"]

    def test_the_sheet_that_fits_or_the_one_that_is_named(self, tmp_path: Path) -> None:
        book = Workbook()
        for title, heading in [("说明", ["条目", "含义"]), ("评价", ["评价编号", "评价内容"])]:
            part = book.create_sheet(title)
            part.append(heading)
            part.append(["1", "服务很好"])
        del book["Sheet"]
        book.save(path := tmp_path / "t.xlsx")
        fitting = list(read_rows(path, fits=lambda names: "评价内容" in names))
        assert [dict(row.values) for row in fitting if isinstance(row, Row)] == [
            {"评价编号": "1", "评价内容": "服务很好"}
        ]
        named = list(read_rows(path, sheet="说明", fits=lambda names: "评价内容" in names))
        assert [dict(row.values) for row in named if isinstance(row, Row)] == [{"条目": "1", "含义": "服务很好"}]
        with pytest.raises(BadInput, match=r"没有工作表「评论」.*说明、评价"):
            list(read_rows(path, sheet="评论"))
        with pytest.raises(BadInput, match="不是有工作表的文件"):
            list(read_rows(file(tmp_path, TEXT), sheet="评价"))

    def test_a_workbook_without_rows_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="没有表头"):
            good(sheet(tmp_path))

    def test_dates(self, tmp_path: Path) -> None:
        path = sheet(tmp_path, ["时间", "日期"], [datetime(2026, 11, 1, 8, 30), date(2026, 11, 2)])
        assert good(path)[0]["时间"] == "2026-11-01 08:30:00"
        assert good(path)[0]["日期"].startswith("2026-11-02")

    def test_one_column_is_a_table(self, tmp_path: Path) -> None:
        assert good(sheet(tmp_path, ["内容"], ["甲"])) == [{"内容": "甲"}]

    def test_an_encrypted_one_is_named_as_such(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"加密的 Excel 文件.*去掉打开密码"):
            good(file(tmp_path, encrypted_xlsx(), "table.xlsx"))

    @pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04broken", TEXT.encode()])
    def test_what_is_no_workbook_is_told(self, tmp_path: Path, content: bytes) -> None:
        with pytest.raises(BadInput, match=r"不是有效的 \.xlsx"):
            good(file(tmp_path, content, "table.xlsx"))

    def test_a_cut_off_workbook_is_told(self, tmp_path: Path) -> None:
        path = sheet(tmp_path, ["内容"], *[[f"甲{n}"] for n in range(500)])
        path.write_bytes(path.read_bytes()[:-2000])
        with pytest.raises(BadInput, match=r"不是有效的 \.xlsx"):
            good(path)


class TestJsonl:
    def test_a_broken_line_costs_itself_only(self, tmp_path: Path) -> None:
        path = file(tmp_path, '{"text": "甲"}\n{"text": \n\n[1]\n{"text": "乙"}\n', "t.jsonl")
        assert [row["text"] for row in good(path)] == ["甲", "乙"]
        assert [(line, why[:7]) for line, why in bad(path)] == [(2, "不是 JSON"), (4, "不是 JSON")]

    def test_values_become_cells(self, tmp_path: Path) -> None:
        line = '{"a": null, "b": 4.0, "c": true, "d": {"e": "甲"}, "f": 123456789012345678}'
        assert list(good(file(tmp_path, line, "t.jsonl"))[0].values()) == [
            "",
            "4",
            "true",
            '{"e": "甲"}',
            "123456789012345678",
        ]

    def test_digits_are_those_of_the_file_or_the_row_is_told(self, tmp_path: Path) -> None:
        lines = '{"n": 13812345678.0}\n{"n": 1.5e5}\n{"n": 12.50}\n{"n": NaN}\n{"n": 1.38e10}\n{"n": 1e21}\n'
        path = file(tmp_path, lines, "t.jsonl")
        assert [row["n"] for row in good(path)] == ["13812345678", "150000", "12.50", ""]
        assert [line for line, _ in bad(path)] == [5, 6]

    def test_several_values_stand_in_one_cell(self, tmp_path: Path) -> None:
        assert good(file(tmp_path, '{"phone": ["138", 139, null]}', "t.jsonl"))[0]["phone"] == "138;139;"

    def test_half_an_emoji_does_not_cost_the_row(self, tmp_path: Path) -> None:
        assert good(file(tmp_path, '{"text": "好\\ud83d"}', "t.jsonl"))[0]["text"] == "好\ufffd"

    def test_a_column_that_the_first_row_lacks_is_there(self, tmp_path: Path) -> None:
        path = file(tmp_path, '{"text": "甲"}\n{"text": "乙", "author": "王"}\n', "t.jsonl")
        assert good(path)[0] == {"text": "甲", "author": ""}

    def test_nesting_without_end_is_told(self, tmp_path: Path) -> None:
        assert len(bad(file(tmp_path, "[" * 100_000 + "\n", "t.jsonl"))) == 1


def test_unknown_endings_and_missing_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"\.docx.*\.csv"):
        list(read_rows(tmp_path / "t.docx"))
    with pytest.raises(BadInput, match="文件不存在"):
        list(read_rows(tmp_path / "t.csv"))


class TestRejects:
    def test_no_file_without_rejects_and_an_older_one_goes(self, tmp_path: Path) -> None:
        rejects = Rejects(file(tmp_path, "old", "t.rejects.csv"))
        assert rejects.close() is None
        assert not rejects.path.exists()

    def test_the_file_holds_line_reason_and_row_for_its_owner_only(self, tmp_path: Path) -> None:
        rejects = Rejects(tmp_path / "t.rejects.csv", headings=["编号", "内容"])
        rejects.add(BadRow(7, "正文为空", ("1", "甲\n乙")))
        path = rejects.close()
        assert path is not None
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")  # Excel reads it as UTF-8
        with path.open(encoding="utf-8-sig", newline="") as text:
            assert list(csv.reader(text)) == [["行号", "原因", "编号", "内容"], ["7", "正文为空", "1", "甲\n乙"]]

    def test_what_a_spreadsheet_would_run_is_harmless_and_comes_back_as_it_was(self, tmp_path: Path) -> None:
        rejects = Rejects(tmp_path / "t.rejects.csv", headings=["编号", "内容"])
        rejects.add(BadRow(2, "正文为空", ("=1+1", "+8613800138000")))
        rejects.add(BadRow(3, "正文为空", ("'好'", "半个\ud83d")))
        path = rejects.close()
        assert path is not None
        assert "'=1+1,'+8613800138000" in path.read_text(encoding="utf-8")
        assert [(row["编号"], row["内容"]) for row in good(path)] == [
            ("=1+1", "+8613800138000"),
            ("'好'", "半个\\ud83d"),
        ]
