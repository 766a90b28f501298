"""What is saved as .xls: real old workbooks, encrypted ones, web pages and XML under that name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree, html  # type: ignore[import-untyped]
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from listener.errors import BadInput, Mistake
from listener.files.text_files import encoding_of
from listener.files.workbooks import Line, cell
from listener.language import say

__all__ = ["LARGEST", "ole_sheets", "page_tables", "xml_sheets"]

LARGEST = 100_000_000
"""Bytes of a file that is read as a whole."""

MOST_COLUMNS = 1000
_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]+)|<\?xml[^>]*encoding\s*=\s*["']([\w-]+)""", re.IGNORECASE)
_FILEPASS = b"\x2f\x00"
"""The record by which a workbook says that it is encrypted ([MS-XLS] 2.4.117)."""

Sheets = Iterator[tuple[str, Iterator[Line]]]


def ole_sheets(path: Path) -> Sheets:
    """The visible sheets of an old .xls; ``BadInput`` where the file is encrypted or no workbook."""
    try:
        _check_size(path)
        if _says_encrypted(path):
            raise _encrypted(path)
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as book:
            for meta in book.sheets_metadata:
                if meta.visible is SheetVisibleEnum.Visible:
                    yield meta.name, _lines(book.get_sheet_by_name(meta.name))
    except PasswordError:
        raise _encrypted(path) from None
    except (CalamineError, OSError, ValueError, IndexError):
        mend = say("用 Excel 或 WPS 另存为 .xlsx", "save it as .xlsx with Excel or WPS")
        raise BadInput(Mistake(str(path), say("不是能读取的 .xls 文件", "is no readable .xls file"), mend)) from None


def _lines(sheet: CalamineSheet) -> Iterator[Line]:
    for number, values in enumerate(sheet.iter_rows(), 1):
        yield Line(number, list(map(cell, values)))


def _check_size(path: Path) -> None:
    if path.stat().st_size > LARGEST:
        what = say(f"文件超过 {LARGEST // 1_000_000} MB", f"has more than {LARGEST // 1_000_000} MB")
        raise BadInput(Mistake(str(path), what, say("另存为 CSV 或 .xlsx", "save it as CSV or .xlsx")))


def _says_encrypted(path: Path) -> bool:
    """True for an encrypted .xlsx in its container ([MS-OFFCRYPTO] 2.3.1), and for an .xls with a FILEPASS record."""
    with path.open("rb") as file:
        content = file.read(LARGEST)
    if "EncryptedPackage".encode("utf-16-le") in content:
        return True
    begin = re.search(rb"\x09\x08\x10\x00\x00[\x05\x06].{14}", content, re.DOTALL)  # BOF of a BIFF8 stream
    return begin is not None and content[begin.end() : begin.end() + 2] == _FILEPASS


def _encrypted(path: Path) -> BadInput:
    what = say("是加密的 Excel 文件", "is an encrypted Excel file")
    chinese = "用 Excel 或 WPS 打开，去掉打开密码后另存为 .xlsx"
    mend = say(chinese, "open it in Excel or WPS, remove the password, save as .xlsx")
    return BadInput(Mistake(str(path), what, mend))


def page_tables(path: Path) -> Sheets:
    """The tables of a web page saved as .xls, in whatever encoding it says or has; merged cells as Excel shows them."""
    _check_size(path)
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
    try:
        page = html.document_fromstring(_decoded(path), parser=parser)
    except (etree.ParserError, etree.LxmlError, ValueError):
        raise BadInput(Mistake(str(path), say("网页中没有表格", "holds no table"))) from None
    found = 0
    for table in page.iter("table"):
        rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
        if any(len(row) > 1 for row in rows) or not found:
            found += 1
            yield say(f"表 {found}", f"table {found}"), _spread(rows)
    if not found:
        raise BadInput(Mistake(str(path), say("网页中没有表格", "holds no table")))


def _decoded(path: Path) -> str:
    """The page's text: as it says, unless its bytes say otherwise."""
    content = path.read_bytes()
    said = _CHARSET.search(content[:4096])
    name = (said[1] or said[2]).decode("ascii").lower() if said else ""
    name = "gb18030" if name in ("gb2312", "gbk", "gb-2312") else name
    if name and not content.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        try:
            return _undeclared(content.decode(name))
        except (UnicodeDecodeError, LookupError):
            pass
    return _undeclared(content.decode(encoding_of(path), "replace"))


def _undeclared(text: str) -> str:
    """lxml refuses text that declares an encoding."""
    return re.sub(r"^\s*<\?xml[^>]*\?>", "", text.lstrip("\ufeff"))


def _spread(rows: list[Any]) -> Iterator[Line]:
    """Cells with colspan and rowspan take up their places: the first holds the text, the others nothing."""
    taken: dict[int, int] = {}
    for number, row in enumerate(rows, 1):
        cells: list[str] = []
        again = {place: left - 1 for place, left in taken.items() if left > 1}
        for each in row.iterchildren("td", "th"):
            while len(cells) in taken:
                cells.append("")
            wide, high = _span(each, "colspan"), _span(each, "rowspan")
            if high > 1:
                again |= dict.fromkeys(range(len(cells), len(cells) + wide), high - 1)
            cells += [_text(each), *[""] * (wide - 1)]
        taken = again
        yield Line(number, cells[:MOST_COLUMNS])


def _span(each: Any, name: str) -> int:
    said = each.get(name, "1").strip()
    return min(max(int(said), 1), MOST_COLUMNS) if said.isdecimal() and len(said) < 6 else 1


def _text(each: Any) -> str:
    for end in each.iter("br"):
        end.tail = "\n" + (end.tail or "")
    return re.sub(r"[ \t\r\f\v\xa0]+", " ", each.text_content()).strip()


def xml_sheets(path: Path) -> Sheets:
    """The sheets of an Excel 2003 XML file ("XML Spreadsheet"), which many back ends export as .xls."""
    _check_size(path)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False, recover=True)
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except etree.LxmlError:
        root = None
    if root is None or not root.tag.startswith(_SPREADSHEET):
        raise BadInput(Mistake(str(path), say("不是 Excel 的 XML 表格", "is no spreadsheet in XML")))
    for sheet in root.iter(f"{_SPREADSHEET}Worksheet"):
        yield sheet.get(f"{_SPREADSHEET}Name", ""), _xml_lines(sheet)


def _xml_lines(sheet: Any) -> Iterator[Line]:
    number = 0
    for row in sheet.iter(f"{_SPREADSHEET}Row"):
        number = _index(row, number + 1)
        cells: list[str] = []
        for each in row.iterchildren(f"{_SPREADSHEET}Cell"):
            cells += [""] * (_index(each, len(cells) + 1) - 1 - len(cells))
            data = each.find(f"{_SPREADSHEET}Data")
            cells.append("".join(data.itertext()) if data is not None else "")
            cells += [""] * _number(each.get(f"{_SPREADSHEET}MergeAcross"), 0)
        yield Line(number, cells[:MOST_COLUMNS])


def _index(each: Any, usual: int) -> int:
    return max(usual, _number(each.get(f"{_SPREADSHEET}Index"), usual))


def _number(said: str | None, usual: int) -> int:
    return min(int(said), 2_000_000) if said and said.isdecimal() and len(said) < 8 else usual
