"""The Chinese font that ships: a bare machine has none and draws boxes.

``ListenerSansSC.otf`` is a subset of Noto Sans CJK SC under the SIL Open Font License (``OFL.txt``); how it was
made stands in ``listener.reports.fonts.__main__``. A page embeds only the characters that it uses.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent
FONT_FILE = FOLDER / "ListenerSansSC.otf"
FAMILY = "Listener Sans SC"
"""Not the original's name: a modified OFL font must not use it, and a local font of that name must not win."""

STACK = f"'{FAMILY}', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
"""The CSS font stack of every page and picture: the embedded font first, then what a reader's machine may have."""


def subset_woff2(characters: Iterable[str]) -> bytes:
    """The shipped font with only ``characters`` (and ASCII) in it, as WOFF2; unknown characters are left out."""
    options = subset.Options()
    options.flavor = "woff2"
    options.layout_features = ["kern", "palt"]
    options.hinting = False
    options.notdef_outline = True
    maker = subset.Subsetter(options)
    maker.populate(unicodes={ord(each) for each in characters} | set(range(0x20, 0x7F)))
    out = io.BytesIO()
    # no timestamp: the same page gives the same bytes
    with TTFont(FONT_FILE, lazy=True, recalcTimestamp=False) as font:
        maker.subset(font)
        font.flavor = "woff2"
        font.save(out)
    return out.getvalue()


def font_face(text: str) -> str:
    """An ``@font-face`` rule (CSS) that carries the glyphs of ``text`` inside itself; needs no network."""
    encoded = base64.b64encode(subset_woff2(set(text))).decode("ascii")
    return (
        f"@font-face{{font-family:'{FAMILY}';font-display:swap;"
        f"src:url(data:font/woff2;base64,{encoded}) format('woff2')}}"
    )
