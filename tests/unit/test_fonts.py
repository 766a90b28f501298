"""The shipped font: Chinese that people write, small when cut to a page, and free to ship."""

from __future__ import annotations

import base64
import io
import re

from fontTools.ttLib import TTFont

from listener.reports.fonts import FAMILY, FOLDER, FONT_FILE, font_face, subset_woff2
from listener.reports.fonts.__main__ import gb2312


def characters(font: TTFont) -> set[int]:
    return set(font.getBestCmap())


def test_it_has_all_of_gb2312_and_what_pages_use() -> None:
    assert len(gb2312()) == 7445
    assert len([point for point in gb2312() if 0x4E00 <= point <= 0x9FFF]) == 6763
    with TTFont(FONT_FILE) as font:
        missing = gb2312() - characters(font)
        assert not missing
        assert set(map(ord, "↗×±→…—“”%（）、。①②③☆★℃￥€")) <= characters(font)


def test_it_is_small_has_our_name_and_carries_its_licence() -> None:
    assert FONT_FILE.stat().st_size < 3_000_000
    with TTFont(FONT_FILE) as font:
        assert font["name"].getDebugName(1) == FAMILY
        assert "Adobe" in font["name"].getDebugName(0)
    licence = (FOLDER / "OFL.txt").read_text("utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert "Reserved Font Name 'Source'" in licence


def test_a_page_gets_only_its_own_characters() -> None:
    with TTFont(io.BytesIO(subset_woff2("刹车失灵"))) as font:
        found = characters(font)
    assert set(map(ord, "刹车失灵Az09")) <= found
    assert ord("投") not in found
    assert len(subset_woff2("刹车失灵")) < 30_000


def test_characters_that_it_lacks_do_no_harm() -> None:
    assert subset_woff2("😀\U00020000\x00")


def test_the_rule_carries_the_font_inside_itself() -> None:
    rule = font_face("投诉")
    data = re.search(r"url\(data:font/woff2;base64,([A-Za-z0-9+/=]+)\)", rule)
    assert data is not None
    assert base64.b64decode(data[1])[:4] == b"wOF2"
    assert "http" not in rule
