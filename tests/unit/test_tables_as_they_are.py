"""Tables as back ends export them: pages called .xls, old workbooks, titles, merged headings, sums, guarded cells."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from listener.errors import BadInput
from listener.files.headings import find_heading, is_total
from listener.files.sheets import BadRow, Notes, Row, read_rows
from tests.old_files import xls

GOOD = {"编号": "1", "内容": "刹车失灵"}
PAGE = """<html><head>{meta}</head><body><table border="1">
<tr><th colspan="2">评价导出 2026-11</th></tr>
<tr><th>编号</th><th>内容</th></tr>
<tr><td>1</td><td style="mso-number-format:'\\@'">刹车失灵</td></tr></table></body></html>"""
XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="评价"><Table><Row><Cell><Data ss:Type="String">编号</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="String">内容</Data></Cell></Row>
<Row ss:Index="5"><Cell><Data ss:Type="Number">1</Data></Cell>
<Cell ss:Index="3"><Data ss:Type="String">刹车失灵</Data></Cell>
</Row></Table></Worksheet></Workbook>"""


def file(folder: Path, content: str | bytes, name: str = "导出.xls", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows(path: Path) -> list[dict[str, str]]:
    return [dict(row.values) for row in read_rows(path) if isinstance(row, Row)]


def bad(path: Path) -> list[tuple[int, str]]:
    return [(row.line, row.why) for row in read_rows(path) if isinstance(row, BadRow)]


class TestPagesCalledXls:
    @pytest.mark.parametrize(
        ("meta", "encoding"),
        [
            ('<meta charset="gbk">', "gb18030"),
            ('<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', "gb18030"),
            ('<meta charset="utf-8">', "utf-8"),
            ('<meta charset="utf-8">', "gb18030"),  # it lies
            ("", "gb18030"),
            ("", "utf-8-sig"),
            ("", "utf-16"),
        ],
    )
    def test_in_any_encoding(self, tmp_path: Path, meta: str, encoding: str) -> None:
        assert rows(file(tmp_path, PAGE.format(meta=meta), encoding=encoding)) == [GOOD]

    def test_merged_cells_take_their_places(self, tmp_path: Path) -> None:
        page = """<table><tr><th rowspan=2>编号</th><th colspan=2>评价</th><th rowspan=2>时间</th></tr>
        <tr><th>内容</th><th>星级</th></tr><tr><td>1<td>很差<br>不来了<td>1<td>2026-11-01</table>"""
        found = rows(file(tmp_path, "<html>" + page))
        assert found == [{"编号": "1", "内容": "很差\n不来了", "星级": "1", "时间": "2026-11-01"}]

    def test_a_page_without_a_table_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match="网页中没有表格"):
            rows(file(tmp_path, "<html><body>登录已过期</body></html>"))

    def test_a_table_within_a_cell_is_no_row(self, tmp_path: Path) -> None:
        page = "<html><table><tr><td>编号<td>内容<tr><td>1<td>甲<table><tr><td>x<td>y</table></table>"
        assert [row["编号"] for row in rows(file(tmp_path, page))] == ["1"]

    def test_text_called_xls_and_excels_xml(self, tmp_path: Path) -> None:
        assert rows(file(tmp_path, "编号\t内容\n1\t刹车失灵\n", encoding="gb18030")) == [GOOD]
        assert rows(file(tmp_path, XML)) == [{"编号": "1", "#2": "", "内容": "刹车失灵"}]


class TestOldWorkbooks:
    def test_is_read(self, tmp_path: Path) -> None:
        path = file(tmp_path, xls(["评价导出", None], ["编号", "内容", "电话"], [1, "刹车失灵", 13800138000]))
        assert rows(path) == [GOOD | {"电话": "13800138000"}]

    def test_digits_that_are_lost_cost_the_row(self, tmp_path: Path) -> None:
        path = file(
            tmp_path,
            xls(["编号", "内容", "订单号"], [1, "甲", 1.38001380013800e17], [2, "乙", "1.38E+10"], [3, "丙", 5]),
        )
        assert [line for line, _ in bad(path)] == [2, 3]
        assert all("「订单号」是科学计数法" in why for _, why in bad(path))
        assert len(rows(path)) == 1

    def test_an_encrypted_one_is_named_as_such(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"加密的 Excel 文件.*去掉打开密码后另存为 \.xlsx"):
            rows(file(tmp_path, xls(["编号"], password=True)))

    def test_a_broken_one_is_told(self, tmp_path: Path) -> None:
        with pytest.raises(BadInput, match=r"不是能读取的 \.xls"):
            rows(file(tmp_path, xls(["编号", "内容"])[:700]))


class TestScientificNotation:
    @pytest.mark.parametrize("number", [123456789012345680, 1.38e17, 100000000000000000])
    def test_a_number_of_xlsx_beyond_15_digits(self, tmp_path: Path, number: float) -> None:
        book = Workbook()
        for row in (["内容", "订单号"], ["甲", number], ["乙", 13800138000]):
            book.worksheets[0].append(row)
        book.save(path := tmp_path / "t.xlsx")
        assert [line for line, _ in bad(path)] == [2]
        assert rows(path) == [{"内容": "乙", "订单号": "13800138000"}]

    @pytest.mark.parametrize("cell", ["1.38E+10", "1.38001E+10", '"1.38E+10\t"', '="1.38E+10"'])
    def test_a_number_of_csv_is_never_repaired(self, tmp_path: Path, cell: str) -> None:
        path = file(tmp_path, f"内容,电话\n甲,{cell}\n", "t.csv")
        assert bad(path) == [(2, "「电话」是科学计数法，号码已丢失精度")]


class TestTextTables:
    @pytest.mark.parametrize(
        "text",
        [
            "编号\t,内容\t\n1\t,刹车失灵\t\n",
            '"编号\t","内容\t"\n"1\t","刹车失灵\t"\n',
            '编号,内容\n="1",刹车失灵\n',
            "sep=;\n编号;内容\n1;刹车失灵\n",
            "编号;内容\n1;刹车失灵\n",
            "\t编号,\t内容\n\t1,\t刹车失灵\n",
        ],
    )
    def test_padded_and_guarded_cells(self, tmp_path: Path, text: str) -> None:
        assert rows(file(tmp_path, text, "t.csv")) == [GOOD]

    def test_an_apostrophe_before_digits_goes(self, tmp_path: Path) -> None:
        assert rows(file(tmp_path, "编号,内容\n'0571123456,'真'的差\n", "t.csv")) == [
            {"编号": "0571123456", "内容": "'真'的差"}
        ]

    def test_rows_of_sums_and_empty_rows_are_left_out_and_counted(self, tmp_path: Path) -> None:
        text = "编号,内容,金额\n1,甲,5\n,,\n小计,,5\n2,合计太贵了,7\n合计：,,12\n总计,,这是谁算的\n"
        notes = Notes()
        path = file(tmp_path, text, "t.csv")
        assert [row.line for row in read_rows(path, notes=notes)] == [2, 5, 7]
        assert notes.totals == 2


class TestHeadings:
    @pytest.mark.parametrize(
        ("records", "names", "line"),
        [
            ([["评价导出"], [], ["编号", "内容"], ["1", "甲"]], ["编号", "内容"], 3),
            ([["编号", "用户", "", "时间"], ["", "昵称", "等级", ""], ["1", "老王", "5", "今天"]],
             ["编号", "昵称", "等级", "时间"], 2),
            ([["标题"], ["订单", "", "评价", ""], ["编号", "时间", "内容", "时间"], ["1", "a", "b", "c"]],
             ["编号", "订单/时间", "内容", "评价/时间"], 3),
            ([["编号", "", "内容"], ["1", "x", "甲"]], ["编号", "#2", "内容"], 1),
            ([["编号", "星级", ""], ["", "5", "3"], ["1", "2", "3"]], ["编号", "星级"], 1),
            ([["内容"], ["甲"]], ["内容"], 1),
        ],
    )  # fmt: skip
    def test_which_row_names_the_columns(self, records: list[list[str]], names: list[str], line: int) -> None:
        found = find_heading([(number, cells) for number, cells in enumerate(records, 1) if any(cells)])
        assert found is not None
        assert (found.names, found.line) == (names, line)

    def test_nothing_has_no_headings(self) -> None:
        assert find_heading([]) is None

    @pytest.mark.parametrize(
        "cells", [["合计", "", "128"], ["", "总计：", "1,024", "-"], ["Total", "3"], ["合计（元）", "5"]]
    )
    def test_sums(self, cells: list[str]) -> None:
        assert is_total(cells)

    @pytest.mark.parametrize("cells", [["合计", "太贵"], ["12", "合计"], [], ["合计账单有误", "5"]])
    def test_what_is_none(self, cells: list[str]) -> None:
        assert not is_total(cells)
